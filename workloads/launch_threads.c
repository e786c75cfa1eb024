/* SPDX-License-Identifier: MIT */
/* One POSIX thread a unit: tasks of one process that share its memory and its fate. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "complain.h"
#include "workload.h"

static void *thread_main(void *argument)
{
	struct unit *unit = argument;

	unit_identify(&unit->truth);
	gate_pass(unit->workload->gate);
	unit_run(unit);
	return NULL;
}

static int create_threads(struct workload *workload, pthread_t *threads)
{
	pthread_attr_t attributes;
	int error = 0;
	unsigned i;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	for (i = 0; i < workload->units_count && !error; i++)
		error = pthread_create(&threads[i], &attributes, thread_main, &workload->units[i]);
	pthread_attr_destroy(&attributes);
	if (!error)
		return 0;
	return complain("use fewer units (-n), or raise the limit on tasks (ulimit -u, pids.max)",
			"thread %u of %u could not be created: %s", i, workload->units_count,
			strerror(error));
}

/* After a failure main's exit ends the threads that still wait at the gate. */
static int launch(struct workload *workload)
{
	pthread_t *threads;

	if (workload_prepare(workload, &runtime_thread, 0))
		return -1;
	threads = calloc(workload->units_count, sizeof(*threads));
	if (!threads)
		return complain("use fewer units (-n)", "out of memory");
	gate_init(workload->gate, workload->units_count);
	if (create_threads(workload, threads) || launch_release(workload)) {
		free(threads);
		return -1;
	}
	for (unsigned i = 0; i < workload->units_count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	return 0;
}

const struct model model_threads = {
	.name = "threads",
	.bit = MODEL_THREADS,
	.why = "one POSIX thread a unit: the kernel spreads them over cores, they share memory",
	.units_max = 10000,
	.launch = launch,
};
