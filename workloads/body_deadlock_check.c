/* SPDX-License-Identifier: MIT */
#include "body_deadlock.h"
#include "complain.h"

static json_t *wait_json(unsigned unit, int lock, int holder)
{
	return json_pack("{s:i, s:i, s:i}", "unit", (int)unit, "lock", lock, "held_by", holder);
}

/* Does it wait for a lock whose holder has not finished either? */
static bool is_stuck(const struct workload *workload, const struct deadlock_lock *locks,
		     unsigned unit)
{
	int lock = locks[unit].wanted_by_own, holder = lock == NOBODY ? NOBODY : locks[lock].holder;

	return !workload->units[unit].truth.finish_ns && holder != NOBODY && holder != (int)unit &&
	       !workload->units[holder].truth.finish_ns;
}

int deadlock_check(const struct workload *workload, const struct deadlock_lock *locks,
		   json_t *result)
{
	bool ordered = workload->parameters[ORDERED] == YES;
	json_t *waits = json_array();

	for (unsigned i = 0; i < workload->units_count; i++) {
		int lock = locks[i].wanted_by_own;

		if (ordered ? !workload->units[i].truth.finish_ns : !is_stuck(workload, locks, i)) {
			json_decref(waits);
			return complain("raise hold, or use fewer units (-n)",
					"after %llu ms unit %u had not %s",
					(unsigned long long)workload->parameters[HOLD], i,
					ordered ? "finished" : "come to where it waits for ever");
		}
		if (!ordered)
			json_array_append_new(waits, wait_json(i, lock, locks[lock].holder));
	}
	json_object_set_new(result, "deadlocked", json_boolean(!ordered));
	json_object_set_new(result, "waits", waits);
	return 0;
}
