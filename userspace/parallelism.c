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

static void add_all_in_flight(struct parallelism *p, const struct parallelism_span *span)
{
	uint64_t from = span->from > p->all_from ? span->from : p->all_from;
	uint64_t to = span->to < p->all_to ? span->to : p->all_to;

	if (to <= from || !span->running)
		return;
	p->all_cpu_ns += (to - from) * span->running;
	p->all_busy_ns += to - from;
}

bool parallelism_add(struct parallelism *p, const struct parallelism_span *span)
{
	uint64_t length = span->to - span->from;
	uint32_t most = span->running > span->demand ? span->running : span->demand;

	if (!grow(p, most + 1))
		return false;
	p->running_ns[span->running] += length;
	p->demand_ns[span->demand] += length;
	p->satisfiable_sum += length * (span->demand < span->n ? span->demand : span->n);
	p->in_flight_sum += length * span->in_flight;
	if (span->in_flight >= 2)
		p->in_flight_2_ns += length;
	if (span->in_flight > p->peak_in_flight)
		p->peak_in_flight = span->in_flight;
	if (span->sliced)
		p->sliced_ns += length;
	if (span->bound)
		p->bound_ns += length;
	add_all_in_flight(p, span);
	return true;
}

void parallelism_free(struct parallelism *p)
{
	free(p->running_ns);
	free(p->demand_ns);
}
