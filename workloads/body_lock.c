/* SPDX-License-Identifier: MIT */
/*
 * lock: units that compute in turn inside a lock (c) and outside it (o).
 *
 * Provokes: waiting for a lock. Whatever the number of units and CPUs, only one is inside, so no
 * more than (c + o) / c of them can run at an instant.
 *
 * A fair stand-in for a program with one big lock: an allocator, a cache, an interpreter's lock.
 *
 * Expect: with mutex, units asleep on it and CPUs idle; with spin and ticket the waiting units run
 * too, so it looks like parallelism, and no more work is done. ticket is first come, first served:
 * with more units than CPUs all wait for one that is not running. As coroutines the lock is the
 * runtime's own and no CPU ever waits; spin and ticket give way to the other coroutines between
 * looks, or they would look for ever.
 *
 * A microsecond here is 1000 steps of spin's loop, about that on today's cores: the work is the
 * same on every machine.
 */
#include "body_lock.h"
#include "body_spin.h"
#include "check_units.h"
#include "complain.h"
#include "workload.h"

enum { C, O, KIND };

#define STEPS_A_MICROSECOND 1000

struct shared {
	struct body_lock lock;
	uint64_t sections __attribute__((aligned(64))); /* plain: the lock is all that guards it */
};

static int prepare(struct workload *workload)
{
	struct shared *shared = workload_share(sizeof(*shared));

	workload->body_memory = shared;
	if (!shared)
		return -1;
	body_lock_init(&shared->lock, workload->parameters[KIND], workload->units[0].runtime);
	return 0;
}

static void give_way(struct unit *unit)
{
	if (unit->runtime->yield)
		unit->runtime->yield(unit);
}

/*
 * The count is read first and written last: were two inside, one would undo what the other counted.
 * A coroutine gives way inside too: otherwise nobody would ever find the lock taken.
 */
static uint64_t section(struct unit *unit, uint64_t value)
{
	struct shared *shared = unit->workload->body_memory;
	uint64_t before;

	body_lock_take(unit, &shared->lock);
	before = shared->sections;
	value = spin_steps(value, unit->workload->parameters[C] * STEPS_A_MICROSECOND);
	give_way(unit);
	shared->sections = before + 1;
	body_lock_give(unit, &shared->lock);
	return value;
}

static void run(struct unit *unit)
{
	uint64_t outside = unit->workload->parameters[O] * STEPS_A_MICROSECOND, value = 1;

	while (unit->truth.iterations < unit->workload->work) {
		value = section(unit, value);
		value = spin_steps(value, outside);
		give_way(unit);
		unit->truth.iterations++;
	}
	unit->truth.checksum = value;
}

static int check(const struct workload *workload, json_t *result)
{
	const struct shared *shared = workload->body_memory;
	uint64_t sections = workload->units_count * workload->work;

	if (shared->sections != sections)
		return complain("this is a defect of the lock, please report it",
				"%llu critical sections were gone through and %llu counted",
				(unsigned long long)sections, (unsigned long long)shared->sections);
	json_object_set_new(result, "sections", json_integer(sections));
	return check_units_equal(workload, result);
}

static const char *const kinds[] = {
	[BODY_LOCK_MUTEX] = "mutex", [BODY_LOCK_SPIN] = "spin", [BODY_LOCK_TICKET] = "ticket", NULL
};

static const struct parameter parameters[] = {
	[C] = { .name = "c",
		.why = "microseconds of computing inside",
		.value_default = 100,
		.max = 1000000 },
	[O] = { .name = "o",
		.why = "microseconds of computing outside",
		.value_default = 100,
		.max = 1000000 },
	[KIND] = { .name = "kind", .why = "how one waits for it", .values = kinds },
	{ 0 },
};

const struct body body_lock = {
	.name = "lock",
	.why = "computing inside one lock and outside: what a critical section leaves of "
	       "parallelism",
	.kind = "lock",
	.version = 1,
	.work_unit = "critical sections",
	.work_default = 1000,
	.work_max = 1000000000,
	.units_default = 2,
	.units_multiple = 1,
	.parameters = parameters,
	.prepare = prepare,
	.run = run,
	.check = check,
};
