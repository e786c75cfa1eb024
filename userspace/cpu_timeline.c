/* SPDX-License-Identifier: MIT */
#include "cpu_timeline.h"
#include <stdlib.h>
#include <string.h>
#include "resolve.h"

static enum cpu_state state_with(const struct cpu_timeline *c, const struct task_table *table,
				 uint32_t task)
{
	if (task == TASK_IDLE)
		return c->offline ? CPU_OFFLINE : CPU_IDLE;
	if (task == TASK_UNKNOWN || task_is_doubtful(table, task))
		return CPU_UNKNOWN;
	return table->tasks[task].measured ? CPU_WORKLOAD : CPU_OTHER;
}

static bool add_other(struct cpu_timeline *c, const char *comm, uint64_t ns)
{
	for (size_t i = 0; i < c->other_count; i++)
		if (!memcmp(c->others[i].comm, comm, COMM_SIZE)) {
			c->others[i].ns += ns;
			return true;
		}
	if (c->other_count == c->other_room) {
		size_t room = c->other_room ? 2 * c->other_room : 16;
		struct comm_time *grown = reallocarray(c->others, room, sizeof(*grown));

		if (!grown)
			return false;
		c->others = grown;
		c->other_room = room;
	}
	memcpy(c->others[c->other_count].comm, comm, COMM_SIZE);
	c->others[c->other_count++].ns = ns;
	return true;
}

bool cpu_timeline_set(struct cpu_timeline *c, const struct window *w,
		      const struct task_table *table, uint64_t t, uint32_t task)
{
	uint64_t span = window_span(w, c->since, t);
	bool good = true;

	c->ns[c->state] += span;
	if (c->state == CPU_OTHER && span)
		good = add_other(c, table->tasks[c->task].id.comm, span);
	if (c->state == CPU_WORKLOAD && span > c->longest_slice_ns)
		c->longest_slice_ns = span;
	c->task = task;
	c->state = state_with(c, table, task);
	c->since = t;
	return good;
}

uint64_t cpu_timeline_busy_ns(const struct cpu_timeline *c, const struct window *w, uint64_t t)
{
	bool busy = c->state == CPU_OTHER || c->state == CPU_WORKLOAD;

	return c->ns[CPU_OTHER] + c->ns[CPU_WORKLOAD] + (busy ? window_span(w, c->since, t) : 0);
}
