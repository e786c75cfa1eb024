/* SPDX-License-Identifier: MIT */
/* One unit after the other on one thread: what the other models are measured against. */
#include "workload.h"

static void *carrier(void *argument)
{
	struct workload *workload = argument;

	unit_identify(&workload->carrier);
	for (unsigned i = 0; i < workload->units_count; i++)
		unit_identify(&workload->units[i].truth);
	gate_pass(workload->gate);
	for (unsigned i = 0; i < workload->units_count; i++)
		unit_run(&workload->units[i]);
	return NULL;
}

static int launch(struct workload *workload)
{
	if (workload_prepare(workload, &runtime_serial))
		return -1;
	return launch_on_carrier(workload, carrier);
}

const struct model model_serial = {
	.name = "serial",
	.bit = MODEL_SERIAL,
	.why = "one unit after the other on one thread: the baseline of every speed-up",
	.units_max = 100000,
	.one_carrier = true,
	.launch = launch,
};
