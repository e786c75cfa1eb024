/* SPDX-License-Identifier: MIT */
/* What is told of a wait once it ends on a CPU: for how long, and behind whom. */
#include "timeline_states.h"

void end_wait(struct timeline *tl, uint32_t task, int cpu, uint64_t t)
{
	const struct task_state *s = &tl->tasks[task];
	bool measured = is_measured(tl, task);

	if (window_has(tl->window, t) &&
	    !latency_add(&tl->latency, task, measured, s->state == STATE_WAIT_PREEMPT,
			 window_span(tl->window, s->since, t)))
		tl->failed = true;
	if (measured && s->cpu == cpu)
		tl->cpus[cpu].wait_behind_ns += waited_behind_ns(tl, s, t);
}
