/* SPDX-License-Identifier: MIT */
/* One unit after the other on one thread: what the other models are measured against. */
#include <pthread.h>
#include <string.h>
#include "complain.h"
#include "workload.h"

static void *carrier(void *argument)
{
	struct workload *workload = argument;

	unit_identify(&workload->carriers[0]);
	for (unsigned i = 0; i < workload->units_count; i++)
		unit_identify(&workload->units[i].truth);
	gate_pass(workload->gate);
	for (unsigned i = 0; i < workload->units_count; i++)
		unit_run(&workload->units[i]);
	return NULL;
}

static int launch(struct workload *workload)
{
	pthread_t thread;
	int error;

	if (workload_prepare(workload, &runtime_serial, 1))
		return -1;
	gate_init(workload->gate, 1);
	error = pthread_create(&thread, NULL, carrier, workload);
	if (error)
		return complain("the limit on tasks (ulimit -u, pids.max) may be reached",
				"the carrier thread could not be created: %s", strerror(error));
	if (launch_release(workload, NULL, NULL))
		return -1;
	pthread_join(thread, NULL);
	return 0;
}

const struct model model_serial = {
	.name = "serial",
	.bit = MODEL_SERIAL,
	.why = "one unit after the other on one thread: the baseline of every speed-up",
	.units_max = 100000,
	.one_carrier = true,
	.launch = launch,
};
