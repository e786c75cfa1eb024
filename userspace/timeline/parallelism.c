/* SPDX-License-Identifier: MIT */
#include "parallelism.h"
#include <stdlib.h>
#include <string.h>

static bool grow(struct parallelism *p, size_t levels)
{
	if (levels > p->room) {
		size_t room = 2 * levels + 16;
		uint64_t *running = reallocarray(p->running_ns, room, sizeof(*running)), *demand;

		if (!running)
			return false;
		p->running_ns = running;
		demand = reallocarray(p->demand_ns, room, sizeof(*demand));
		if (!demand)
			return false;
		p->demand_ns = demand;
		memset(running + p->room, 0, (room - p->room) * sizeof(*running));
		memset(demand + p->room, 0, (room - p->room) * sizeof(*demand));
		p->room = room;
	}
	if (levels > p->levels)
		p->levels = levels;
	return true;
}

bool parallelism_add(struct parallelism *p, const struct moment *m, uint64_t n, uint64_t ns)
{
	uint64_t demand = (uint64_t)m->running + m->waiting;

	if (!grow(p, demand + 1))
		return false;
	p->running_ns[m->running] += ns;
	p->demand_ns[demand] += ns;
	p->satisfiable_sum += ns * (demand < n ? demand : n);
	p->in_flight_sum += ns * m->in_flight;
	if (m->in_flight >= 2)
		p->in_flight_2_ns += ns;
	if (m->in_flight > p->peak_in_flight)
		p->peak_in_flight = m->in_flight;
	if (m->flags & MOMENT_SLICED)
		p->sliced_ns += ns;
	if (m->blocked[BLOCK_UNKNOWN] || m->flags & MOMENT_BIRTHS_LOST)
		p->bound_ns += ns;
	if (m->flags & MOMENT_ALL_IN_FLIGHT && m->running) {
		p->all_cpu_ns += ns * m->running;
		p->all_busy_ns += ns;
	}
	return true;
}

void parallelism_free(struct parallelism *p)
{
	free(p->running_ns);
	free(p->demand_ns);
}
