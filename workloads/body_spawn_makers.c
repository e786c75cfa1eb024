/* SPDX-License-Identifier: MIT */
/* How each model creates one more, and waits for its end. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include "body_spawn.h"
#include "coroutine.h"
#include "futex.h"

static void tell_that_it_ran(struct born *born)
{
	atomic_store(&born->ran, 1);
	futex_wake(&born->ran, 1, 0);
}

static int await_first_run(struct born *born)
{
	while (!atomic_load(&born->ran))
		futex_wait(&born->ran, 0, NULL, 0);
	return 0;
}

/* ---- processes ---- */

static int prepare_processes(struct nursery *nursery, unsigned capacity, bool apart)
{
	return pipe2(nursery->pipe, O_CLOEXEC) ? errno : 0;
}

static void process_main(struct born *born, pid_t parent)
{
	struct nursery *nursery = born->nursery;
	char byte;

	born->ran_ns = reading_now_ns();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!nursery->hold || getppid() != parent)
		_exit(0);
	close(nursery->pipe[1]);
	tell_that_it_ran(born);
	while (read(nursery->pipe[0], &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int create_process(struct nursery *nursery, unsigned index)
{
	struct born *born = &nursery->born[index];
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		process_main(born, parent);
	born->pid = pid;
	return pid < 0 ? errno : 0;
}

static int await_process(struct nursery *nursery, unsigned index)
{
	struct born *born = &nursery->born[index];

	if (nursery->hold)
		return await_first_run(born);
	while (waitpid(born->pid, NULL, 0) < 0)
		if (errno != EINTR)
			return errno;
	return 0;
}

static void finish_processes(struct nursery *nursery, unsigned count)
{
	close(nursery->pipe[1]);
	close(nursery->pipe[0]);
	for (unsigned i = 0; nursery->hold && i < count; i++)
		while (waitpid(nursery->born[i].pid, NULL, 0) < 0 && errno == EINTR)
			;
}

/* ---- threads ---- */

static int prepare_threads(struct nursery *nursery, unsigned capacity, bool apart)
{
	return 0;
}

static void *thread_main(void *argument)
{
	struct born *born = argument;
	struct nursery *nursery = born->nursery;

	born->ran_ns = reading_now_ns();
	if (!nursery->hold)
		return NULL;
	tell_that_it_ran(born);
	while (!atomic_load(&nursery->open))
		futex_wait(&nursery->open, 0, NULL, FUTEX_PRIVATE_FLAG);
	return NULL;
}

static int create_thread(struct nursery *nursery, unsigned index)
{
	struct born *born = &nursery->born[index];
	pthread_attr_t attributes;
	int error;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
	error = pthread_create(&born->thread, &attributes, thread_main, born);
	pthread_attr_destroy(&attributes);
	return error;
}

static int await_thread(struct nursery *nursery, unsigned index)
{
	if (nursery->hold)
		return await_first_run(&nursery->born[index]);
	return pthread_join(nursery->born[index].thread, NULL);
}

static void finish_threads(struct nursery *nursery, unsigned count)
{
	atomic_store(&nursery->open, 1);
	futex_wake(&nursery->open, INT32_MAX, FUTEX_PRIVATE_FLAG);
	for (unsigned i = 0; nursery->hold && i < count; i++)
		pthread_join(nursery->born[i].thread, NULL);
}

/* ---- coroutines, in a loop of their own that the unit runs ---- */

static int prepare_coroutines(struct nursery *nursery, unsigned capacity, bool apart)
{
	nursery->loop = coroutine_loop_new(capacity, COROUTINE_STACK_BYTES, 1);
	if (!nursery->loop)
		return errno;
	return apart ? -coroutine_loop_map_apart(nursery->loop) : 0;
}

static void coroutine_main(void *argument)
{
	struct born *born = argument;

	born->ran_ns = reading_now_ns();
	if (born->nursery->hold)
		coroutine_park(born->coroutine);
}

static int create_coroutine(struct nursery *nursery, unsigned index)
{
	struct born *born = &nursery->born[index];

	born->coroutine = coroutine_new(nursery->loop, coroutine_main, born);
	return born->coroutine ? 0 : errno;
}

/* Held ones are all parked then, which the loop rightly calls a deadlock. */
static int await_coroutine(struct nursery *nursery, unsigned index)
{
	int error = -coroutine_loop_run(nursery->loop);

	return nursery->hold && error == EDEADLK ? 0 : error;
}

static void finish_coroutines(struct nursery *nursery, unsigned count)
{
	for (unsigned i = 0; nursery->hold && i < count; i++)
		coroutine_unpark(nursery->born[i].coroutine);
	coroutine_loop_run(nursery->loop);
	coroutine_loop_free(nursery->loop);
}

const struct maker *spawn_maker(unsigned model_bit)
{
	static const struct maker processes = { prepare_processes, create_process, await_process,
						finish_processes };
	static const struct maker threads = { prepare_threads, create_thread, await_thread,
					      finish_threads };
	static const struct maker coroutines = { prepare_coroutines, create_coroutine,
						 await_coroutine, finish_coroutines };

	return model_bit == MODEL_PROCESSES ? &processes
	       : model_bit == MODEL_THREADS ? &threads
					    : &coroutines;
}
