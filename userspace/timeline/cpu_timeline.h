/* SPDX-License-Identifier: MIT */
/* One CPU's line of time: who ran on it, in the window. */
#ifndef CPU_TIMELINE_H
#define CPU_TIMELINE_H

#include "moments.h"
#include "tasks/task_table.h"
#include "tasks/window.h"

struct comm_time {
	char comm[COMM_SIZE];
	uint64_t ns;
};

struct cpu_timeline {
	enum cpu_state state;
	bool offline;  /* the scheduler does not use it: it is off where nothing runs on it */
	uint32_t task; /* runs on it; TASK_IDLE, TASK_UNKNOWN */
	uint64_t since;
	uint64_t ns[CPU_STATE_COUNT]; /* in the window, of the stays that have ended */
	uint64_t switches, voluntary, interleavings, migrations_in; /* of W */
	uint64_t longest_slice_ns, wait_behind_ns;
	uint32_t waiting; /* tasks of W in its queue */
	bool allowed;	  /* W may use it */
	struct comm_time *others;
	size_t other_count, other_room, other_last; /* the last: counted in last */
};

/* Somebody who is not of W was in for so long. False out of memory. */
bool cpu_timeline_other(struct cpu_timeline *c, const char *comm, uint64_t ns);

/* How long a task ran on it, whoever's, in the window; `stay`: how long the one in is there. */
static inline uint64_t cpu_timeline_busy_ns(const struct cpu_timeline *c, uint64_t stay)
{
	bool busy = c->state == CPU_OTHER || c->state == CPU_WORKLOAD;

	return c->ns[CPU_OTHER] + c->ns[CPU_WORKLOAD] + (busy ? stay : 0);
}

#endif
