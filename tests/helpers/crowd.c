/* SPDX-License-Identifier: MIT */
/*
 * Many tasks at once. usage: crowd threads N    N threads that meet at a barrier, and end
 *                            crowd storm SECONDS   forks, and its children fork, as fast as may be;
 * when they have ended, 100 more, one by one crowd realtime SECONDS   a SCHED_FIFO spinner on each
 * CPU
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (64 << 10)

static pthread_barrier_t barrier;
static double end;

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void *meet(void *unused)
{
	(void)unused;
	pthread_barrier_wait(&barrier);
	return NULL;
}

static int threads(long count)
{
	pthread_t *ids = calloc(count, sizeof(*ids));
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_barrier_init(&barrier, NULL, count + 1);
	for (long i = 0; i < count; i++) {
		int err = pthread_create(&ids[i], &attr, meet, NULL);

		if (err) {
			fprintf(stderr, "thread %ld: %s\n", i, strerror(err));
			_exit(1);
		}
	}
	pthread_barrier_wait(&barrier);
	for (long i = 0; i < count; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

/* Each process forks until the time is over, reaps its own and ends: nothing outlives the first. */
/* One after the other, where there is room for one again. */
static void fork_more(int count)
{
	while (count) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0 && waitpid(pid, NULL, 0) == pid)
			count--;
	}
}

static int storm(void)
{
	pid_t first = getpid();

	while (now() < end) {
		pid_t pid = fork();

		if (pid < 0) /* as many as may be: some must end first */
			waitpid(-1, NULL, errno == EAGAIN ? WNOHANG : 0);
		if (pid == 0 && now() >= end)
			_exit(0);
	}
	while (wait(NULL) > 0)
		;
	if (getpid() == first)
		fork_more(100);
	return 0;
}

static void *spin(void *cpu)
{
	struct sched_param param = { .sched_priority = 50 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((long)cpu, &one);
	if (pthread_setaffinity_np(pthread_self(), sizeof(one), &one) ||
	    pthread_setschedparam(pthread_self(), SCHED_FIFO, &param))
		_exit(1);
	while (now() < end)
		;
	return NULL;
}

static int realtime(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t ids[1024];

	for (long i = 0; i < count; i++)
		if (pthread_create(&ids[i], NULL, spin, (void *)i))
			_exit(1);
	for (long i = 0; i < count; i++)
		pthread_join(ids[i], NULL);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	end = now() + atof(argv[2]);
	if (!strcmp(argv[1], "threads"))
		return threads(atol(argv[2]));
	return !strcmp(argv[1], "storm") ? storm() : realtime();
}
