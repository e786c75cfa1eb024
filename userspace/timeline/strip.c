/* SPDX-License-Identifier: MIT */
#include "strip.h"
#include <stdlib.h>

/* Where the column begins: a whole ns, and no product that overflows in a window of any length. */
static uint64_t column_start(const struct strip *s, uint32_t column)
{
	uint64_t length = s->window->t1 - s->window->t0;

	return s->window->t0 + length / s->columns * column +
	       length % s->columns * column / s->columns;
}

bool strip_open(struct strip *s, const struct window *w, int cpu_count)
{
	uint64_t length = w->t1 - w->t0;

	*s = (struct strip){ .window = w, .cpu_count = cpu_count };
	s->columns = length < STRIP_COLUMNS ? (uint32_t)length : STRIP_COLUMNS;
	s->cpus = calloc(cpu_count + 1, sizeof(*s->cpus));
	if (!s->cpus)
		return false;
	for (int cpu = 0; cpu < cpu_count; cpu++) {
		struct strip_cpu *c = &s->cpus[cpu];

		c->most_who = STRIP_STATE(CPU_UNKNOWN);
		c->column_end = s->columns ? column_start(s, 1) : w->t1;
		for (uint32_t i = 0; i < STRIP_COLUMNS; i++)
			c->cells[i] = STRIP_STATE(CPU_UNKNOWN);
	}
	return true;
}

static void next_column(const struct strip *s, struct strip_cpu *c)
{
	c->cells[c->column++] = c->most_who;
	c->most_who = STRIP_STATE(CPU_UNKNOWN);
	c->most_ns = 0;
	c->column_end = c->column < s->columns ? column_start(s, c->column + 1) : s->window->t1;
}

void strip_add_columns(struct strip *s, struct strip_cpu *c, uint64_t from, uint64_t to,
		       enum cpu_state state, uint32_t task)
{
	from = window_clip(s->window, from);
	to = window_clip(s->window, to);
	while (from < to) {
		uint64_t end;

		while (c->column_end <= from)
			next_column(s, c);
		end = to < c->column_end ? to : c->column_end;
		strip_tally(c, state, task, end - from);
		from = end;
	}
}

void strip_close(struct strip *s)
{
	for (int cpu = 0; cpu < s->cpu_count; cpu++)
		while (s->cpus[cpu].column < s->columns)
			next_column(s, &s->cpus[cpu]);
}

void strip_free(struct strip *s)
{
	free(s->cpus);
	s->cpus = NULL;
}
