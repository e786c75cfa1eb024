/* SPDX-License-Identifier: MIT */
#include "claims.h"
#include <stdlib.h>

bool claims_open(struct claims *c, int cpu_count)
{
	int words = c->words = cpu_count / 64 + 1;

	c->cpu_count = cpu_count;
	c->stale = true;
	c->idle = calloc(6 * words, sizeof(*c->idle));
	c->cpus = calloc(cpu_count + 1, sizeof(*c->cpus));
	c->taken = calloc(cpu_count + 1, sizeof(*c->taken));
	c->lasting = calloc(cpu_count + 1, sizeof(*c->lasting));
	if (!c->idle || !c->cpus || !c->taken || !c->lasting ||
	    !violations_open(&c->violations, cpu_count))
		return false;
	c->queued = c->idle + words;
	c->pool = c->queued + words;
	c->unused = c->pool + words;
	c->seen = c->unused + words;
	c->dead = c->seen + words;
	for (int cpu = 0; cpu < cpu_count; cpu++)
		c->cpus[cpu].owner = c->cpus[cpu].woken = CLAIMED_BY_NOBODY;
	return true;
}

void claims_free(struct claims *c)
{
	free(c->idle);
	free(c->cpus);
	free(c->taken);
	free(c->lasting);
	violations_free(&c->violations);
}

static void violate(struct claims *c, struct accounting *a, int cpu, uint64_t from)
{
	from += accounting_violation(a, c->to - from);
	if (from < c->to)
		violations_add(&c->violations, cpu, c->cpus[cpu].owner, from, c->to,
			       c->cpus[cpu].cause);
}

void claims_settle(struct claims *c, struct accounting *a)
{
	for (int i = 0; i < c->taken_count; i++) {
		uint64_t until = c->cpus[c->taken[i]].until, from = c->from;

		if (from < until) {
			until = until < c->to ? until : c->to;
			a->ns[CAUSE_BEING_WOKEN] += until - from;
			from = until;
		}
		if (from < c->to)
			violate(c, a, c->taken[i], from);
	}
	c->from = c->to;
}

uint64_t claims_account(struct claims *c, struct accounting *a, const struct claims_span *span)
{
	if (c->stale || span->from != c->to || span->from >= c->turns) {
		claims_settle(c, a);
		claims_match(c, span);
		c->from = span->from;
	}
	c->to = span->to;
	/* Which CPU's spell the throttled time is taken off depends on their order in each span. */
	if (a->throttled_left_ns) {
		claims_settle(c, a);
		c->stale = true;
	}
	return c->taken_count;
}

void claims_forget(struct claims *c, struct accounting *a)
{
	claims_settle(c, a);
	violations_forget(&c->violations);
	c->stale = true;
}

void claims_close(struct claims *c, struct accounting *a)
{
	claims_settle(c, a);
	violations_close(&c->violations);
}
