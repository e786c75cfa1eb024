/* SPDX-License-Identifier: MIT */
#include "reading.h"
#include <sys/resource.h>
#include <time.h>

/* A tracer that stops its task at every system call (strace) makes each one a switch. */
#define TRIES_MAX 1000

uint64_t reading_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* Equal counters before and after the clock was read mean that it was not read across a switch. */
void reading_take(struct reading *reading)
{
	struct rusage before, after;
	unsigned tries = 0;

	getrusage(RUSAGE_THREAD, &after);
	do {
		before = after;
		reading->ns = reading_now_ns();
		getrusage(RUSAGE_THREAD, &after);
	} while ((before.ru_nvcsw != after.ru_nvcsw || before.ru_nivcsw != after.ru_nivcsw) &&
		 ++tries < TRIES_MAX);
	reading->nvcsw = after.ru_nvcsw;
	reading->nivcsw = after.ru_nivcsw;
}
