/* SPDX-License-Identifier: MIT */
/*
 * One forked process a unit: tasks that share nothing but the pages they were given before the
 * fork.
 */
#include "forked.h"

static int process_main(struct workload *workload, unsigned index)
{
	struct unit *unit = &workload->units[index];

	unit_identify(&unit->truth);
	gate_pass(workload->gate);
	unit_run(unit);
	return 0;
}

static int launch(struct workload *workload)
{
	if (workload_prepare(workload, &runtime_process, 0))
		return -1;
	gate_init(workload->gate, workload->units_count);
	return forked_run(workload, workload->units_count, process_main);
}

const struct model model_processes = {
	.name = "processes",
	.bit = MODEL_PROCESSES,
	.why = "one forked process a unit: the kernel spreads them over cores, memory is apart",
	.units_max = 10000,
	.launch = launch,
};
