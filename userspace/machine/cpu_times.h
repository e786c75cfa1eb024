/* SPDX-License-Identifier: MIT */
/*
 * What no scheduler event tells: for how long the host of a virtual machine, and interrupts, took
 * each CPU. The kernel counts both in /proc/stat, in ticks of 10 ms; interrupts, unless it was
 * built with IRQ_TIME_ACCOUNTING, by what each timer tick happens to fall into.
 */
#ifndef CPU_TIMES_H
#define CPU_TIMES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include "sched_event.h"

#define CPU_TIMES_TICK_NS 10000000ull

enum { TIME_STEAL, TIME_IRQ, TIME_SOFTIRQ, TIME_COUNT };

struct cpu_times { /* since the machine started */
	struct cpu_time {
		uint64_t ticks[TIME_COUNT];
		bool there;
	} cpus[EVENT_MAX_CPUS];
	bool steal_seen; /* by any CPU, ever: this kernel tells of it */
};

/* Of the CPUs that are online; what can't be read is not there. `path`: /proc/stat. */
void cpu_times_read(struct cpu_times *t, const char *path);

/*
 * [{"cpu", "steal_ns", "irq_ns", "softirq_ns"}] for each CPU that is in both, what its times rose
 * by; steal_ns is null where no host tells of it. NULL: out of memory.
 */
json_t *cpu_times_json(const struct cpu_times *from, const struct cpu_times *to, bool steal_told);

#endif
