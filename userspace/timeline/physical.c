/* SPDX-License-Identifier: MIT */
#include "physical.h"

void physical_start(struct physical *p, const json_t *machine)
{
	topology_read(&p->topology, machine);
}

static void add_span(struct physical *p, const struct window *w, uint64_t t)
{
	uint64_t span = window_span(w, p->since, t);

	p->core_ns += span * p->cores;
	p->shared_ns += span * p->shared;
	if (t > p->since)
		p->since = t;
}

/* CPUs that share a core on which `working` of its CPUs do. */
static uint32_t sharing(uint32_t working)
{
	return working >= 2 ? working : 0;
}

void physical_change(struct physical *p, const struct window *w, int cpu, uint64_t t, bool works)
{
	const struct topology_cpu *c = &p->topology.cpus[cpu];
	uint16_t *working;

	if (!c->listed)
		return;
	add_span(p, w, t);
	working = &p->working[c->core];
	p->shared -= sharing(*working);
	p->cores -= *working > 0;
	*working += works ? 1 : -1;
	p->cores += *working > 0;
	p->shared += sharing(*working);
}

void physical_end(struct physical *p, const struct window *w)
{
	add_span(p, w, w->t1);
}
