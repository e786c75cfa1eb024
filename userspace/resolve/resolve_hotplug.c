/* SPDX-License-Identifier: MIT */
/* CPUs that go offline and come online: each record tells also what was before it. */
#include "resolve_pass.h"

void resolve_hotplug(struct resolver *r, const struct hotplug_event *event, uint64_t ts)
{
	struct cpu_now *now;

	if (event->cpu >= (uint32_t)r->out->cpu_count)
		return;
	now = &r->cpus[event->cpu];
	if (!now->told)
		r->out->starts_offline[event->cpu] = event->online;
	if (event->online)
		now->online_ns = ts;
	else
		now->in_window |= now->online_ns <= r->window->t1 && ts > r->window->t0;
	now->told = true;
	now->offline = !event->online;
}

static bool is_listed(const json_t *online_cpus, int cpu)
{
	const json_t *listed;
	size_t i;

	json_array_foreach(online_cpus, i, listed) {
		if (json_integer_value(listed) == cpu)
			return true;
	}
	return false;
}

void resolve_hotplug_end(struct resolver *r, const json_t *online_cpus)
{
	for (int cpu = 0; cpu < r->out->cpu_count; cpu++) {
		struct cpu_now *now = &r->cpus[cpu];

		/* One that was not online at the attach, and of which nothing was heard since. */
		if (json_array_size(online_cpus) && !now->told && !now->seen &&
		    !is_listed(online_cpus, cpu))
			r->out->starts_offline[cpu] = now->offline = true;
		now->in_window |= !now->offline && now->online_ns <= r->window->t1;
		if (now->offline)
			unseen_last_switch(r, cpu);
	}
}
