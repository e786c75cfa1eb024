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

/* Whoever has no row uses up the credit of the one with the least, and then takes its place. */
static void add(struct behind_row *rows, size_t count, uint64_t *rest_ns, uint32_t task,
		uint64_t ns)
{
	struct behind_row *least = rows;

	for (size_t i = 0; i < count; i++) {
		if (rows[i].ns && rows[i].task == task) {
			rows[i].ns += ns;
			rows[i].credit += ns;
			return;
		}
		if (rows[i].credit < least->credit)
			least = &rows[i];
	}
	if (least->credit > ns) {
		least->credit -= ns;
		*rest_ns += ns;
		return;
	}
	*rest_ns += least->ns;
	*least = (struct behind_row){ ns, ns - least->credit, task };
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
			if (c->rows[i].credit < c->rows[c->least].credit)
				c->least = i;
		c->least_known = true;
	}
	return &c->rows[c->least];
}

/* The same as add() for a CPU's rows, mostly without a look at each of them. */
static void add_to_cpu(struct behind_cpu *c, uint32_t task, uint64_t ns)
{
	struct behind_row *row = cpu_row(c, task);

	if (row) {
		row->ns += ns;
		row->credit += ns;
		c->least_known &= row != &c->rows[c->least];
		return;
	}
	row = least_row(c);
	if (row->credit > ns) {
		row->credit -= ns;
		c->rest_ns += ns;
		return;
	}
	if (row->ns)
		c->rows_of[row->task % BEHIND_HINTS]--;
	c->rest_ns += row->ns;
	*row = (struct behind_row){ ns, ns - row->credit, task };
	c->rows_of[task % BEHIND_HINTS]++;
	c->row_of[task % BEHIND_HINTS] = row - c->rows;
	c->least_known = false;
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
	struct behind_task *t;

	if (task >= b->task_room && !make_room(b, task))
		return false;
	t = &b->tasks[task];
	for (unsigned i = 0; i < BEHIND_SLICES && ns; i++) {
		const struct behind_slice *slice = &c->slices[(c->newest - i) % BEHIND_SLICES];
		uint64_t part = slice->ns < ns ? slice->ns : ns;

		add_to_cpu(c, slice->task, part);
		add(t->rows, BEHIND_OF_TASK, &t->rest_ns, slice->task, part);
		ns -= part;
	}
	c->rest_ns += ns;
	t->rest_ns += ns;
	return true;
}
