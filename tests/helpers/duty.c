/* SPDX-License-Identifier: MIT */
/*
 * Threads that compute for 40 ms of every 100 ms, at times and on CPUs that are known.
 * usage: duty LOG PERIODS CPU:PHASE...    a thread each; PHASE: ms after a period's start
 *        duty token ROUNDS CPU CPU         none of that: two threads pass a token to and fro
 *
 * Each thread reads the clock all the time that it computes. Where two readings lie apart and its
 * count of involuntary switches has risen between them, it was off its CPU for what its own CPU
 * clock has not counted. LOG gets, as JSON, what
 * follows from these notes alone: seconds that the threads computed, that at least one did, that
 * two or more did at the same instant, and by the kernel's clock of each thread.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define PERIOD_NS 100000000ull
#define BUSY_NS 40000000ull
#define APART_NS 10000ull
#define THREADS_MAX 16
#define EDGES_MAX 200000

static struct edge {
	uint64_t ns;
	int change;
} edges[EDGES_MAX];
static size_t edge_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static uint64_t begin_ns;
static long periods;

static struct duty {
	pthread_t thread;
	int cpu;
	uint64_t phase_ns, cpu_ns;
} duties[THREADS_MAX];

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void note(uint64_t from, uint64_t to)
{
	pthread_mutex_lock(&lock);
	if (edge_count + 2 > EDGES_MAX)
		exit(3);
	edges[edge_count++] = (struct edge){ from, 1 };
	edges[edge_count++] = (struct edge){ to, -1 };
	pthread_mutex_unlock(&lock);
}

static long involuntary(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nivcsw;
}

/* Computes until `end`, and notes when it was on its CPU. */
static void compute(uint64_t end)
{
	uint64_t from = clock_ns(CLOCK_MONOTONIC), last = from, now;
	uint64_t used = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	long switches = involuntary();

	do {
		now = clock_ns(CLOCK_MONOTONIC);
		if (now - last > APART_NS && involuntary() != switches) {
			uint64_t used_now = clock_ns(CLOCK_THREAD_CPUTIME_ID);

			note(from, from + used_now - used);
			from = now;
			used = used_now;
			switches = involuntary();
		}
		last = now;
	} while (now < end);
	note(from, now);
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	errno = pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
	if (errno)
		fail("setaffinity");
}

static void *run(void *argument)
{
	struct duty *duty = argument;

	pin(duty->cpu);
	for (long i = 0; i < periods; i++) {
		uint64_t at = begin_ns + i * PERIOD_NS + duty->phase_ns;
		struct timespec ts = { at / 1000000000, at % 1000000000 };
		uint64_t used = clock_ns(CLOCK_THREAD_CPUTIME_ID);

		while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
			;
		compute(at + BUSY_NS);
		duty->cpu_ns += clock_ns(CLOCK_THREAD_CPUTIME_ID) - used;
	}
	return NULL;
}

static int by_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns < y->ns ? -1 : 1;
	return x->change - y->change;
}

static void write_log(const char *path, int count)
{
	uint64_t computed = 0, busy = 0, parallel = 0, last = 0, cpu = 0;
	FILE *log = fopen(path, "w");
	int running = 0;

	if (!log)
		fail(path);
	qsort(edges, edge_count, sizeof(edges[0]), by_time);
	for (size_t i = 0; i < edge_count; i++) {
		uint64_t span = edges[i].ns - last;

		computed += running * span;
		busy += running >= 1 ? span : 0;
		parallel += running >= 2 ? span : 0;
		running += edges[i].change;
		last = edges[i].ns;
	}
	for (int i = 0; i < count; i++)
		cpu += duties[i].cpu_ns;
	fprintf(log, "{\"computed_s\": %.9f, \"busy_s\": %.9f, \"parallel_s\": %.9f, ",
		computed / 1e9, busy / 1e9, parallel / 1e9);
	fprintf(log, "\"tlp\": %.9f, \"cpu_s\": %.9f}\n", (double)computed / busy, cpu / 1e9);
	if (fclose(log))
		fail(path);
}

/* ---- a token ------------------------------------------------------------------------------------
 */

static int pipes[2][2];

static void *pass(void *argument)
{
	struct duty *duty = argument;
	int me = duty - duties;
	char token = 0;

	pin(duty->cpu);
	for (long i = 0; i < periods; i++) {
		if (me == 0 && write(pipes[0][1], &token, 1) != 1)
			fail("write");
		if (read(pipes[!me][0], &token, 1) != 1)
			fail("read");
		if (me == 1 && write(pipes[1][1], &token, 1) != 1)
			fail("write");
	}
	return NULL;
}

static int pass_token(char **cpus)
{
	for (int i = 0; i < 2; i++) {
		duties[i].cpu = strtol(cpus[i], NULL, 10);
		if (pipe(pipes[i]))
			fail("pipe");
	}
	for (int i = 0; i < 2; i++) {
		errno = pthread_create(&duties[i].thread, NULL, pass, &duties[i]);
		if (errno)
			fail("pthread_create");
	}
	for (int i = 0; i < 2; i++)
		pthread_join(duties[i].thread, NULL);
	return 0;
}

int main(int argc, char **argv)
{
	int count = argc - 3;

	if (count < 1 || count > THREADS_MAX)
		return 2;
	periods = strtol(argv[2], NULL, 10);
	if (!strcmp(argv[1], "token") && argc == 5)
		return pass_token(argv + 3);
	for (int i = 0; i < count; i++) {
		char *end;

		duties[i].cpu = strtol(argv[i + 3], &end, 10);
		if (*end++ != ':')
			return 2;
		duties[i].phase_ns = strtoul(end, NULL, 10) * 1000000;
	}
	begin_ns = clock_ns(CLOCK_MONOTONIC) + 20000000;
	for (int i = 0; i < count; i++) {
		errno = pthread_create(&duties[i].thread, NULL, run, &duties[i]);
		if (errno)
			fail("pthread_create");
	}
	for (int i = 0; i < count; i++)
		pthread_join(duties[i].thread, NULL);
	write_log(argv[1], count);
	return 0;
}
