/* SPDX-License-Identifier: MIT */
#include "behind.h"
#include <stdlib.h>
#include <string.h>

bool behind_open(struct behind *b, int cpu_count)
{
	b->cpus = calloc(cpu_count + 1, sizeof(*b->cpus));
	return b->cpus;
}

void behind_free(struct behind *b)
{
	free(b->cpus);
	free(b->tasks);
}

static uint64_t credit_of(const struct behind_row *row)
{
	return row->ns - row->used;
}

/*
 * Whoever has no row uses up the credit of the one with the least, and then takes its place. True:
 * it has it now.
 */
static bool take_row(struct behind_row *least, uint64_t *rest_ns, uint32_t task, uint64_t ns)
{
	uint64_t credit = credit_of(least);

	if (credit > ns) {
		least->used += ns;
		*rest_ns += ns;
		return false;
	}
	*rest_ns += least->ns;
	*least = (struct behind_row){ ns, credit, task };
	return true;
}

/* In which row it was counted in, NULL: in none. */
static struct behind_row *add_to_task(struct behind_task *t, uint32_t task, uint64_t ns)
{
	struct behind_row *least = t->rows;

	for (struct behind_row *row = t->rows; row < t->rows + BEHIND_OF_TASK; row++) {
		if (row->ns && row->task == task) {
			row->ns += ns;
			return row;
		}
		if (credit_of(row) < credit_of(least))
			least = row;
	}
	return take_row(least, &t->rest_ns, task, ns) ? least : NULL;
}

static struct behind_row *cpu_row(struct behind_cpu *c, uint32_t task)
{
	unsigned hint = task % BEHIND_HINTS;
	struct behind_row *row = &c->rows[c->row_of[hint]];

	if (!c->rows_of[hint])
		return NULL;
	if (row->ns && row->task == task)
		return row;
	for (unsigned i = 0; i < BEHIND_OF_CPU; i++)
		if (c->rows[i].ns && c->rows[i].task == task) {
			c->row_of[hint] = i;
			return &c->rows[i];
		}
	return NULL;
}

/* Only the row with the least credit ever loses some: it is the one until it gains, or is replaced.
 */
static struct behind_row *least_row(struct behind_cpu *c)
{
	if (!c->least_known) {
		c->least = 0;
		for (unsigned i = 1; i < BEHIND_OF_CPU; i++)
			if (credit_of(&c->rows[i]) < credit_of(&c->rows[c->least]))
				c->least = i;
		c->least_known = true;
	}
	return &c->rows[c->least];
}

/* The same as add_to_task() for a CPU's rows, mostly without a look at each of them. */
static struct behind_row *add_to_cpu(struct behind_cpu *c, uint32_t task, uint64_t ns)
{
	struct behind_row *row = cpu_row(c, task);
	uint32_t before;
	bool had;

	if (row) {
		row->ns += ns;
		c->least_known &= row != &c->rows[c->least];
		return row;
	}
	row = least_row(c);
	had = row->ns > 0;
	before = row->task;
	if (!take_row(row, &c->rest_ns, task, ns))
		return NULL;
	if (had)
		c->rows_of[before % BEHIND_HINTS]--;
	c->rows_of[task % BEHIND_HINTS]++;
	c->row_of[task % BEHIND_HINTS] = row - c->rows;
	c->least_known = false;
	return row;
}

static bool make_room(struct behind *b, uint32_t task)
{
	uint32_t room = task + task / 2 + 64;
	struct behind_task *grown = reallocarray(b->tasks, room, sizeof(*grown));

	if (!grown)
		return false;
	memset(grown + b->task_room, 0, (room - b->task_room) * sizeof(*grown));
	b->tasks = grown;
	b->task_room = room;
	return true;
}

bool behind_wait_slices(struct behind *b, int cpu, uint32_t task, uint64_t ns)
{
	struct behind_cpu *c = &b->cpus[cpu];
	struct behind_row *row, *own;
	struct behind_task *t;

	if (task >= b->task_room && !make_room(b, task))
		return false;
	t = &b->tasks[task];
	for (unsigned i = 0; i < BEHIND_SLICES && ns; i++) {
		const struct behind_slice *slice = &c->slices[(c->newest - i) % BEHIND_SLICES];
		uint64_t part = slice->ns < ns ? slice->ns : ns;

		row = add_to_cpu(c, slice->task, part);
		own = add_to_task(t, slice->task, part);
		t->last.cpus = 0;
		if (row && own)
			t->last = (struct behind_last){ cpu + 1, row - c->rows, own - t->rows };
		ns -= part;
	}
	c->rest_ns += ns;
	t->rest_ns += ns;
	return true;
}
