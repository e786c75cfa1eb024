/* SPDX-License-Identifier: MIT */
/* Behind whom tasks waited, by name. */
#include <stdlib.h>
#include <string.h>
#include "summary_build.h"

static int by_ns(const void *a, const void *b)
{
	const struct antagonist *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return memcmp(x->comm, y->comm, sizeof(x->comm));
}

static struct antagonist antagonist_of(const struct timeline *tl, const struct behind_row *row)
{
	const struct task *task = &tl->table->tasks[row->task];
	struct antagonist a = { .ns = row->ns, .tid = task->id.tid, .own = task->measured };

	memcpy(a.comm, task->id.comm, COMM_SIZE);
	return a;
}

/* Tasks of one name, and of W or not, are one row. */
static void merge(struct cpu_summary *out, const struct antagonist *one)
{
	for (size_t i = 0; i < out->wait_behind_count; i++) {
		struct antagonist *row = &out->wait_behind[i];

		if (!memcmp(row->comm, one->comm, COMM_SIZE) && row->own == one->own) {
			row->ns += one->ns;
			return;
		}
	}
	out->wait_behind[out->wait_behind_count++] = *one;
}

bool summary_wait_behind(struct cpu_summary *out, const struct timeline *tl)
{
	const struct behind_cpu *c = &tl->behind.cpus[out->cpu];

	out->wait_behind = calloc(BEHIND_OF_CPU, sizeof(*out->wait_behind));
	if (!out->wait_behind)
		return false;
	for (size_t i = 0; i < BEHIND_OF_CPU; i++) {
		struct antagonist one;

		if (!c->rows[i].ns)
			continue;
		one = antagonist_of(tl, &c->rows[i]);
		merge(out, &one);
	}
	qsort(out->wait_behind, out->wait_behind_count, sizeof(*out->wait_behind), by_ns);
	out->wait_behind_rest_ns = c->rest_ns;
	return true;
}

struct antagonist summary_antagonist(const struct timeline *tl, uint32_t task)
{
	const struct behind_row *most = NULL;

	if (task >= tl->behind.task_room)
		return (struct antagonist){};
	for (size_t i = 0; i < BEHIND_OF_TASK; i++) {
		const struct behind_row *row = &tl->behind.tasks[task].rows[i];

		if (row->ns && (!most || row->ns > most->ns))
			most = row;
	}
	return most ? antagonist_of(tl, most) : (struct antagonist){};
}
