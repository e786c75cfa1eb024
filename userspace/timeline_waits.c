/* SPDX-License-Identifier: MIT */
/* What is told of a wait once it ends on a CPU: for how long, and behind whom. */
#include "timeline_states.h"

/* How long others have run on the CPU since the task joined its queue. */
static uint64_t waited_behind_ns(const struct timeline *tl, const struct task_state *s, uint64_t t)
{
	return cpu_timeline_busy_ns(&tl->cpus[s->cpu], tl->window, t) - s->busy_before_ns;
}

void end_wait(struct timeline *tl, uint32_t task, int cpu, uint64_t t)
{
	const struct task_state *s = &tl->tasks[task];
	bool good = true, measured = is_measured(tl, task);
	uint64_t behind = measured && s->cpu == cpu ? waited_behind_ns(tl, s, t) : 0;

	if (window_has(tl->window, t))
		good = latency_add(&tl->latency, task, measured, s->state == STATE_WAIT_PREEMPT,
				   window_span(tl->window, s->since, t));
	if (good && behind)
		good = behind_wait(&tl->behind, cpu, task, behind);
	tl->cpus[cpu].wait_behind_ns += behind;
	tl->failed |= !good;
}
