/* SPDX-License-Identifier: MIT */
/* CPUs that go offline and come online. */
#include "timeline_change.h"

/* Until it is off, and from when it is on again, kernel threads run there all the same. */
static void set_offline(struct timeline *tl, int cpu, bool offline)
{
	tl->cpus[cpu].offline = offline;
	if (tl->cpus[cpu].task == TASK_IDLE)
		cpu_set(tl, cpu, TASK_IDLE);
}

void timeline_hotplug(struct timeline *tl, const struct ordered_event *o)
{
	const struct hotplug_event *hotplug = (const void *)o->event;

	if (hotplug->cpu < (uint32_t)tl->cpu_count)
		set_offline(tl, (int)hotplug->cpu, !hotplug->online);
}

void cpu_start_offline(struct timeline *tl, int cpu)
{
	tl->cpus[cpu].offline = true;
	cpu_set(tl, cpu, TASK_IDLE);
}

void count_last_switch(struct timeline *tl, uint32_t task)
{
	const struct task *known = &tl->table->tasks[task];
	struct task_state *s = &tl->tasks[task];
	uint64_t t = tl->at.t;

	s->nvcsw++;
	s->syscall = SYSCALL_NONE;
	s->block = BLOCK_OTHER;
	s->all_switches += t > known->base_at.to_ns &&
			   (!known->has_last || t < known->final_at.from_ns);
	if (!tl->at.in_window)
		return;
	s->switches++;
	s->voluntary++;
	tl->cpus[s->cpu].voluntary += is_measured(tl, task);
	tl->cpus[s->cpu].switches += is_measured(tl, task);
}
