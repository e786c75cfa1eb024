/* SPDX-License-Identifier: MIT */
/*
 * Units as coroutines: on one carrier thread, where the kernel sees one task, or on several that
 * share the work; in the launcher's process or spread over forked ones, a tree of processes,
 * threads and coroutines.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>
#include "blocking_pool.h"
#include "complain.h"
#include "coroutine.h"
#include "forked.h"
#include "workload.h"

/* The coroutines of one process, and its carriers. */
struct group {
	struct workload *workload;
	struct coroutine_loop *loop;
	struct unit_truth *carriers;
	struct unit *units;
	unsigned units_count;
	_Atomic unsigned entered;
};

static void coroutine_main(void *argument)
{
	unit_run(argument);
}

/* 0 or -errno. */
static int add_pool(struct workload *workload, struct coroutine_loop *loop)
{
	struct blocking_pool *pool;
	int error = coroutine_loop_add_pool(loop, &pool);

	for (unsigned i = 0; !error && i < BLOCKING_POOL_THREADS; i++)
		workload_helper(workload, getpid(), blocking_pool_tids(pool)[i]);
	return error;
}

static struct group make_group(struct workload *workload, unsigned index)
{
	unsigned processes = workload->processes ? workload->processes : 1;
	unsigned units_count = workload->units_count / processes;

	return (struct group){ .workload = workload,
			       .carriers = workload->carriers + index * workload->threads,
			       .units = workload->units + index * units_count,
			       .units_count = units_count };
}

static int make_units(struct group *group)
{
	for (unsigned i = 0; i < group->units_count; i++) {
		struct unit *unit = &group->units[i];

		unit->truth.pid = getpid();
		unit->coroutine = coroutine_new(group->loop, coroutine_main, unit);
		if (!unit->coroutine)
			return -1;
	}
	return 0;
}

/* By the process that runs it. 0, or -1 after saying why in `why`. */
static int fill_group(struct group *group, char *why, size_t size)
{
	struct workload *workload = group->workload;
	int error;

	group->loop =
		coroutine_loop_new(group->units_count, COROUTINE_STACK_BYTES, workload->threads);
	if (!group->loop || make_units(group)) {
		snprintf(why, size, "%u coroutines with %d KiB of stack each: %s",
			 group->units_count, COROUTINE_STACK_BYTES / 1024, strerror(errno));
		return -1;
	}
	atomic_fetch_add(workload->guarded_stacks, coroutine_loop_guarded(group->loop));
	error = workload->body->calls_block ? add_pool(workload, group->loop) : 0;
	if (!error)
		return 0;
	snprintf(why, size, "the pool for calls that block: %s", strerror(-error));
	return -1;
}

/* A unit that several carriers share is on no one task. */
static void name_carrier(struct group *group, unsigned index)
{
	unit_identify(&group->carriers[index]);
	for (unsigned i = 0; group->workload->threads == 1 && i < group->units_count; i++)
		group->units[i].truth.tid = group->carriers[index].tid;
}

/* Returns non-NULL after a failure, which the first carrier that ended with it has told. */
static void *carrier(void *argument)
{
	struct group *group = argument;
	unsigned index = atomic_fetch_add(&group->entered, 1);
	int error;

	name_carrier(group, index);
	gate_pass(group->workload->gate);
	error = coroutine_loop_run(group->loop);
	if (error == -EDEADLK && group->workload->body->end_ns)
		return NULL; /* the loop has seen it: nothing is left to be waited for */
	if (error)
		workload_failed(group->workload,
				"the coroutines could not go on: %s: this is a defect of the body "
				"or the runtime, please report it",
				error == -EDEADLK ? "each waits for another" : strerror(-error));
	return error ? group : NULL;
}

/* Carriers from `first` on as threads; the number that run in *count. 0 or an errno. */
static int start_carriers(struct group *group, unsigned first, pthread_t *threads, unsigned *count)
{
	int error = 0;

	*count = first;
	while (*count < group->workload->threads && !error) {
		error = pthread_create(&threads[*count], NULL, carrier, group);
		*count += !error;
	}
	return error;
}

static int join_carriers(pthread_t *threads, unsigned first, unsigned count)
{
	int failed = 0;

	for (unsigned i = first; i < count; i++) {
		void *result;

		pthread_join(threads[i], &result);
		failed |= result != NULL;
	}
	return failed;
}

/* One process of a tree: its first thread is a carrier too. */
static int process_main(struct workload *workload, unsigned index)
{
	struct group group = make_group(workload, index);
	pthread_t threads[THREADS_MAX];
	char why[160];
	unsigned count;
	int error, failed;

	if (fill_group(&group, why, sizeof(why))) {
		workload_failed(workload, "process %u: %s", index, why);
		return -1;
	}
	error = start_carriers(&group, 1, threads, &count);
	if (error) {
		workload_failed(workload, "process %u: carrier %u could not be created: %s", index,
				count, strerror(error));
		return -1;
	}
	failed = carrier(&group) != NULL;
	failed |= join_carriers(threads, 1, count);
	coroutine_loop_free(group.loop);
	return failed ? -1 : 0;
}

static int launch_threads(struct workload *workload)
{
	struct group group = make_group(workload, 0);
	pthread_t threads[THREADS_MAX];
	char why[160];
	unsigned count;
	int error, failed;

	if (fill_group(&group, why, sizeof(why))) {
		coroutine_loop_free(group.loop);
		return complain("use fewer units (-n), or raise ulimit -v, -n or -u", "%s", why);
	}
	error = start_carriers(&group, 0, threads, &count);
	if (error)
		return complain("the limit on tasks (ulimit -u, pids.max) may be reached",
				"carrier %u of %u could not be created: %s", count + 1,
				workload->threads, strerror(error));
	if (launch_release(workload, NULL, NULL))
		return -1;
	failed = join_carriers(threads, 0, count);
	launch_give_up(workload);
	coroutine_loop_free(group.loop);
	return failed ? -1 : 0;
}

static int launch(struct workload *workload)
{
	unsigned processes = workload->processes ? workload->processes : 1;

	if (workload_prepare(workload, &runtime_coroutine, processes * workload->threads))
		return -1;
	gate_init(workload->gate, processes * workload->threads);
	if (workload->processes)
		return forked_run(workload, workload->processes, process_main);
	return launch_threads(workload);
}

const struct model model_coroutines = {
	.name = "coroutines",
	.bit = MODEL_COROUTINES,
	.why = "units that switch among themselves on one thread, concurrent and never parallel, "
	       "or on --threads T of them",
	.units_max = 100000,
	.one_carrier = true,
	.launch = launch,
};
