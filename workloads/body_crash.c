/* SPDX-License-Identifier: MIT */
/*
 * crash: half way through its work one unit writes where there is no memory.
 *
 * Provokes: SIGSEGV, which the kernel answers by ending the whole process that the task is in.
 *
 * A fair stand-in for a bug in one of many workers: why browsers and databases give each a process.
 *
 * Expect: of processes only that one dies and the others do all their work; of threads all die at
 * the same instant, whatever they were doing. No core file is written, and the crash is no failure
 * of the run: it is what was asked for.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include "body_spin.h"
#include "workload.h"

#define STEPS_A_TURN 1000000
#define VICTIM 0
#define DEATH_TIMEOUT_NS 5000000000ull

/* All are half way before one crashes: none is late, none has finished. */
struct meeting {
	struct unit_mutex mutex;
	struct unit_condition changed;
	unsigned here;
};

static int prepare(struct workload *workload)
{
	const struct runtime *runtime = workload->units[0].runtime;
	struct meeting *meeting = workload_share(sizeof(*meeting));

	workload->body_memory = meeting;
	if (!meeting)
		return -1;
	runtime->mutex_init(&meeting->mutex);
	runtime->condition_init(&meeting->changed);
	return 0;
}

static void meet(struct unit *unit)
{
	struct meeting *meeting = unit->workload->body_memory;
	const struct runtime *runtime = unit->runtime;

	runtime->lock(unit, &meeting->mutex);
	meeting->here++;
	while (meeting->here < unit->workload->units_count)
		runtime->wait(unit, &meeting->changed, &meeting->mutex);
	runtime->signal(unit, &meeting->changed);
	runtime->unlock(unit, &meeting->mutex);
}

/*
 * A page that nobody may touch, and not a null pointer, which a compiler may reason about. A limit
 * of 0 prevents core files, but not a program that core_pattern pipes them to: that a process is
 * not dumpable does. Sanitizers would catch the signal and explain it.
 */
static void crash(struct unit *unit)
{
	const struct rlimit no_core = { 0 };
	volatile char *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGSEGV, SIG_DFL);
	if (nowhere != MAP_FAILED)
		*nowhere = 1;
	unit_fail(unit, "it is still alive after its crash");
}

/*
 * The crash may be late: a thread that dies by it must not have finished before. One that outlives
 * it all the same does finish, and is seen to.
 */
static void await_death(struct unit *unit)
{
	if (unit->workload->model->bit == MODEL_THREADS)
		unit->runtime->wait_ns(unit, DEATH_TIMEOUT_NS);
}

static void run(struct unit *unit)
{
	uint64_t value = 1;

	for (uint64_t turn = 0; turn < unit->workload->work; turn++) {
		if (turn == unit->workload->work / 2) {
			meet(unit);
			if (unit->index == VICTIM)
				crash(unit);
		}
		value = spin_steps(value, STEPS_A_TURN);
		unit->truth.iterations++;
	}
	unit->truth.checksum = value;
	await_death(unit);
}

/* Who died with the victim is what the run is to show: nothing is expected of it here. */
static int check(const struct workload *workload, json_t *result)
{
	json_t *died = json_array(), *finished = json_array();

	for (unsigned i = 0; i < workload->units_count; i++) {
		const struct unit_truth *truth = &workload->units[i].truth;

		json_array_append_new(truth->signal ? died : finished, json_integer(i));
	}
	json_object_set_new(result, "crashed", json_integer(VICTIM));
	json_object_set_new(result, "died", died);
	json_object_set_new(result, "finished", finished);
	return 0;
}

static const struct parameter parameters[] = { { 0 } };

const struct body body_crash = {
	.name = "crash",
	.why = "one unit crashes half way: who dies with it?",
	.kind = "isolation",
	.version = 1,
	.work_unit = "millions of iterations",
	.work_default = 200,
	.work_max = 1000000,
	.units_default = 4,
	.units_multiple = 1,
	.models = MODEL_PROCESSES | MODEL_THREADS,
	.parameters = parameters,
	.prepare = prepare,
	.run = run,
	.may_die = true,
	.check = check,
};
