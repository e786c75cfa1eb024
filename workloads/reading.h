/* SPDX-License-Identifier: MIT */
#ifndef READING_H
#define READING_H

#include <stdint.h>

/* A moment and the calling thread's context switches up to it, by the kernel's own count. */
struct reading {
	uint64_t ns; /* CLOCK_MONOTONIC */
	uint64_t nvcsw, nivcsw;
};

uint64_t reading_now_ns(void);

/*
 * The switches that a trace shows strictly between two readings' ns are exactly the difference of
 * their counts: no switch lies between a reading's clock and its counters, but under a tracer that
 * stops the thread at every system call.
 */
void reading_take(struct reading *reading);

#endif
