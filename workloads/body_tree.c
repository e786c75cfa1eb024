/* SPDX-License-Identifier: MIT */
/*
 * tree: processes that hold threads that hold coroutines, all of which compute a little and wait a
 * little, round after round.
 *
 * Provokes: three levels of concurrency, of which the kernel sees two, and the cores one.
 *
 * A fair stand-in for a server of our days: some worker processes, in each a few threads of an
 * event loop, on each of them hundreds of requests under way.
 *
 * Expect: P x T carriers, P x T x C units in flight from beginning to end, and at most min(P x T,
 * CPUs) of them running. Without options 2 x 2 x 100: --processes, --threads and -n change that.
 */
#include "body_spin.h"
#include "check_units.h"
#include "complain.h"
#include "workload.h"

enum { STEPS, MS };

static void run(struct unit *unit)
{
	const uint64_t *parameters = unit->workload->parameters;
	uint64_t value = 1;

	for (uint64_t round = 0; round < unit->workload->work; round++) {
		value = spin_steps(value, parameters[STEPS] * 1000);
		unit->runtime->wait_ns(unit, parameters[MS] * 1000000);
		unit->truth.iterations++;
	}
	unit->truth.checksum = value;
}

static int check(const struct workload *workload, json_t *result)
{
	uint64_t steps = workload->parameters[STEPS] * 1000;
	uint64_t expected = spin_steps(1, steps * workload->work);
	uint64_t wait_ns = workload->parameters[MS] * 1000000 * workload->work;

	for (unsigned i = 0; i < workload->units_count; i++) {
		const struct unit_truth *truth = &workload->units[i].truth;

		if (truth->checksum != expected)
			return complain("suspect the machine: memory, overclocking",
					"unit %u did not compute what it should", i);
		if (truth->finish_ns - truth->start_ns < wait_ns)
			return complain("the machine's timers cannot be trusted",
					"unit %u waited less than was asked", i);
	}
	result_checksum(result, expected);
	return 0;
}

static const struct parameter parameters[] = {
	[STEPS] = { .name = "steps",
		    .why = "thousands of steps that a unit computes in a round",
		    .value_default = 100,
		    .max = 1000000 },
	[MS] = { .name = "ms",
		 .why = "milliseconds that it then waits",
		 .value_default = 10,
		 .max = 60000 },
	{ 0 },
};

const struct body body_tree = {
	.name = "tree",
	.why = "processes that hold threads that hold coroutines: 2 x 2 x 100",
	.kind = "hierarchy",
	.version = 1,
	.work_unit = "rounds",
	.work_default = 10,
	.work_max = 1000000,
	.units_default = 100,
	.units_multiple = 1,
	.threads_default = 2,
	.processes_default = 2,
	.models = MODEL_COROUTINES,
	.parameters = parameters,
	.apart = true,
	.run = run,
	.check = check,
};
