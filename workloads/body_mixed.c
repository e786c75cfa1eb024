/* SPDX-License-Identifier: MIT */
/*
 * mixed: computing for a share p of the time, waiting for the rest.
 *
 * Provokes: everything between spin (p = 100) and sleep (p = 0).
 *
 * A fair stand-in for a service's worker: a little computing, then a wait for something outside,
 * round after round. A round computes a fixed number of spin's steps and then waits for a fixed
 * time, so that the work is the same on every machine; p is exact where a core makes a million
 * steps in a millisecond, and a fast core's true share is a little lower.
 *
 * Expect: k units on one carrier take as long as one while k times p stays below 100; above, their
 * computing queues up there, while threads go on overlapping until every CPU is full.
 */
#include "body_spin.h"
#include "check_units.h"
#include "complain.h"
#include "workload.h"

enum { P, MS };

#define STEPS_A_MS 1000000

static void run(struct unit *unit)
{
	uint64_t p = unit->workload->parameters[P], ms = unit->workload->parameters[MS];
	uint64_t steps = STEPS_A_MS / 100 * p * ms, wait_ns = (100 - p) * ms * 10000;
	uint64_t value = 1;

	for (uint64_t round = 0; round < unit->workload->work; round++) {
		value = spin_steps(value, steps);
		unit->truth.iterations++;
		if (wait_ns)
			unit->runtime->wait_ns(unit, wait_ns);
		else if (unit->runtime->yield)
			unit->runtime->yield(unit);
	}
	unit->truth.checksum = value;
}

static int check(const struct workload *workload, json_t *result)
{
	uint64_t wait_ns = (100 - workload->parameters[P]) * workload->parameters[MS] * 10000;

	for (unsigned i = 0; i < workload->units_count; i++) {
		const struct unit_truth *truth = &workload->units[i].truth;

		if (truth->finish_ns - truth->start_ns < wait_ns * workload->work)
			return complain("the machine's timers cannot be trusted",
					"unit %u waited less than was asked", i);
	}
	return check_units_equal(workload, result);
}

static const struct parameter parameters[] = {
	[P] = { .name = "p",
		.why = "percent of a round that is computing",
		.value_default = 50,
		.min = 0,
		.max = 100 },
	[MS] = { .name = "ms",
		 .why = "milliseconds a round, at a million steps a millisecond",
		 .value_default = 10,
		 .min = 1,
		 .max = 10000 },
	{ 0 },
};

const struct body body_mixed = {
	.name = "mixed",
	.why = "computing for a share of the time, waiting for the rest: a sweep from spin to "
	       "sleep",
	.kind = "sweep",
	.version = 1,
	.work_unit = "rounds",
	.work_default = 20,
	.work_max = 1000000,
	.units_default = 2,
	.units_multiple = 1,
	.apart = true,
	.parameters = parameters,
	.run = run,
	.check = check,
};
