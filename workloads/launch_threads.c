/* SPDX-License-Identifier: MIT */
/* One POSIX thread a unit: tasks of one process that share its memory and its fate. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "complain.h"
#include "forked.h"

static void *thread_main(void *argument)
{
	struct unit *unit = argument;

	unit_identify(&unit->truth);
	gate_pass(unit->workload->gate);
	unit_run(unit);
	return NULL;
}

/* 0 or an errno; *count of them have been created. */
static int create_threads(struct workload *workload, pthread_t *threads, unsigned *count)
{
	pthread_attr_t attributes;
	int error = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	for (*count = 0; *count < workload->units_count && !error; *count += !error)
		error = pthread_create(&threads[*count], &attributes, thread_main,
				       &workload->units[*count]);
	pthread_attr_destroy(&attributes);
	return error;
}

static void join_threads(const struct workload *workload, pthread_t *threads)
{
	for (unsigned i = 0; i < workload->units_count; i++)
		pthread_join(threads[i], NULL);
	free(threads);
}

/* After a failure main's exit ends the threads that still wait at the gate. */
static int launch_here(struct workload *workload)
{
	pthread_t *threads = calloc(workload->units_count, sizeof(*threads));
	unsigned count;
	int error;

	if (!threads)
		return complain("use fewer units (-n)", "out of memory");
	error = create_threads(workload, threads, &count);
	if (error)
		complain("use fewer units (-n), or raise the limit on tasks (ulimit -u, pids.max)",
			 "thread %u of %u could not be created: %s", count + 1,
			 workload->units_count, strerror(error));
	if (error || launch_release(workload, NULL, NULL)) {
		free(threads);
		return -1;
	}
	join_threads(workload, threads);
	return 0;
}

/* Its first thread is none of the units. */
static int process_main(struct workload *workload, unsigned index)
{
	pthread_t *threads = calloc(workload->units_count, sizeof(*threads));
	unsigned count = 0;
	int error = ENOMEM;

	workload_helper(workload, getpid(), gettid());
	if (threads)
		error = create_threads(workload, threads, &count);
	if (error) {
		workload_failed(workload, "thread %u of %u could not be created: %s", count + 1,
				workload->units_count, strerror(error));
		return -1;
	}
	join_threads(workload, threads);
	return 0;
}

/* Threads that crash, or never end, take their process with them, which then is not this one. */
static int launch(struct workload *workload)
{
	if (workload_prepare(workload, &runtime_thread, 0))
		return -1;
	gate_init(workload->gate, workload->units_count);
	if (body_ends_badly(workload->body))
		return forked_run(workload, 1, process_main);
	return launch_here(workload);
}

const struct model model_threads = {
	.name = "threads",
	.bit = MODEL_THREADS,
	.why = "one POSIX thread a unit: the kernel spreads them over cores, they share memory",
	.units_max = 10000,
	.launch = launch,
};
