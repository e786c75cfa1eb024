/* SPDX-License-Identifier: MIT */
/* The strip's cells as letters: those that ran longest of the tasks in it get one. */
#include <stdlib.h>
#include <string.h>
#include "summary_build.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
#define LETTER_COUNT (sizeof(letters) - 1)

struct seen {
	uint32_t task;
	uint32_t tid;
	uint64_t run_ns;
};

static int by_run(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->run_ns != y->run_ns)
		return x->run_ns > y->run_ns ? -1 : 1;
	if (x->tid != y->tid)
		return x->tid < y->tid ? -1 : 1;
	return x->task < y->task ? -1 : x->task > y->task;
}

/* The tasks in the cells, each once, the longest run first, in an array that the caller frees. */
static struct seen *tasks_seen(const struct timeline *tl, size_t *count)
{
	unsigned char *is_seen = calloc(tl->task_room + 1, 1);
	size_t room = (size_t)tl->cpu_count * STRIP_COLUMNS + 1;
	struct seen *seen;

	if (room > tl->task_room)
		room = tl->task_room + 1;
	seen = calloc(room, sizeof(*seen));
	*count = 0;
	for (int cpu = 0; seen && is_seen && cpu < tl->cpu_count; cpu++)
		for (uint32_t i = 0; i < tl->strip.columns; i++) {
			uint32_t task = tl->strip.cpus[cpu].cells[i];

			if (task >= tl->task_room || is_seen[task])
				continue;
			is_seen[task] = 1;
			seen[(*count)++] = (struct seen){ task, tl->table->tasks[task].id.tid,
							  tl->tasks[task].ns[STATE_RUNNING] };
		}
	if (!is_seen) {
		free(seen);
		seen = NULL;
	}
	free(is_seen);
	if (seen)
		qsort(seen, *count, sizeof(*seen), by_run);
	return seen;
}

static char cell_of(uint32_t cell, const struct seen *seen, size_t count)
{
	static const char states[CPU_STATE_COUNT] = {
		[CPU_UNKNOWN] = STRIP_UNKNOWN,
		[CPU_IDLE] = STRIP_IDLE,
		[CPU_OTHER] = STRIP_OTHER,
		[CPU_OFFLINE] = STRIP_OFFLINE,
	};

	if (cell > STRIP_STATE(CPU_STATE_COUNT))
		return states[STRIP_STATE(0) - cell];
	for (size_t i = 0; i < count && i < LETTER_COUNT; i++)
		if (seen[i].task == cell)
			return letters[i];
	return STRIP_FURTHER;
}

static bool copy_legend(struct summary *s, const struct timeline *tl, const struct seen *seen,
			size_t count)
{
	size_t rows = count < LETTER_COUNT ? count : LETTER_COUNT;

	s->strip.legend = calloc(rows + 1, sizeof(*s->strip.legend));
	if (!s->strip.legend)
		return false;
	s->strip.legend_count = rows;
	for (size_t i = 0; i < rows; i++) {
		struct strip_legend *row = &s->strip.legend[i];

		row->letter = letters[i];
		row->tid = seen[i].tid;
		memcpy(row->comm, tl->table->tasks[seen[i].task].id.comm, COMM_SIZE);
	}
	return true;
}

/* After summary_cpus(), whose rows get their cells. */
bool summary_strip(struct summary *s, const struct timeline *tl)
{
	uint32_t columns = tl->strip.columns;
	size_t count;
	struct seen *seen = tasks_seen(tl, &count);
	bool good = seen && copy_legend(s, tl, seen, count);

	s->strip.columns = columns;
	for (size_t i = 0; good && i < s->cpu_count; i++) {
		const uint32_t *cells = tl->strip.cpus[s->cpus[i].cpu].cells;

		s->cpus[i].cells = calloc(columns + 1, 1);
		good = s->cpus[i].cells != NULL;
		for (uint32_t at = 0; good && at < columns; at++)
			s->cpus[i].cells[at] = cell_of(cells[at], seen, count);
	}
	free(seen);
	return good;
}
