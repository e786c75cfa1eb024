/* SPDX-License-Identifier: MIT */
/*
 * sleep: waiting for time to pass.
 *
 * Provokes: tasks that are in flight and almost never runnable.
 *
 * A fair stand-in for anything that waits for the outside, a server for its clients or a client for
 * an answer, with the wait's length known exactly and no device in the way.
 *
 * Expect: n in flight, cores near 0; n units take as long as one, in every model but serial. Many
 * concurrent tasks, no parallelism.
 */
#include "check_units.h"
#include "complain.h"
#include "hash.h"
#include "workload.h"

enum { MS, TIMES };

static void run(struct unit *unit)
{
	uint64_t ns = unit->workload->parameters[MS] * 1000000, lengths = HASH_START;

	for (uint64_t time = 0; time < unit->workload->work; time++) {
		unit->runtime->wait_ns(unit, ns);
		lengths = hash_bytes(lengths, &ns, sizeof(ns));
		unit->truth.iterations++;
	}
	unit->truth.checksum = lengths;
}

static int check(const struct workload *workload, json_t *result)
{
	uint64_t asked_ns = workload->parameters[MS] * 1000000 * workload->work;

	for (unsigned i = 0; i < workload->units_count; i++) {
		const struct unit_truth *truth = &workload->units[i].truth;

		if (truth->finish_ns - truth->start_ns < asked_ns)
			return complain("the machine's timers cannot be trusted",
					"unit %u slept less than was asked", i);
	}
	/* Nothing is computed: it is of the lengths of the waits. */
	return check_units_equal(workload, result);
}

static const struct parameter parameters[] = {
	[MS] = { .name = "ms",
		 .why = "length of a wait in milliseconds",
		 .value_default = 100,
		 .min = 1,
		 .max = 60000 },
	[TIMES] = { .name = "times",
		    .why = "waits a unit; the same as --work",
		    .value_default = 5,
		    .min = 1,
		    .max = 1000000,
		    .is_work = true },
	{ 0 },
};

const struct body body_sleep = {
	.name = "sleep",
	.why = "timer waits: many in flight, hardly any on a core",
	.kind = "I/O-like",
	.version = 1,
	.work_unit = "waits",
	.work_default = 5,
	.work_max = 1000000,
	.units_default = 2,
	.units_multiple = 1,
	.apart = true,
	.parameters = parameters,
	.run = run,
	.check = check,
};
