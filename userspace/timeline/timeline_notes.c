/* SPDX-License-Identifier: MIT */
#include "timeline_notes.h"
#include <stdlib.h>

bool note_maker_open(struct note_maker *m, struct task_table *table, const struct resolution *r)
{
	*m = (struct note_maker){ .table = table, .resolution = r };
	m->cpus = calloc(r->cpu_count + 1, sizeof(*m->cpus));
	for (int cpu = 0; m->cpus && cpu < r->cpu_count; cpu++)
		m->cpus[cpu].task = TASK_UNKNOWN;
	task_table_rewind(table);
	table->frozen = true;
	return m->cpus;
}

void note_maker_free(struct note_maker *m)
{
	free(m->cpus);
	if (m->table)
		m->table->frozen = false;
}

void notes_grew(struct note_maker *m)
{
	for (int cpu = 0; cpu < m->resolution->cpu_count; cpu++)
		m->cpus[cpu].implicit_next = 0;
}

/* Of ever higher numbers; *next is then the one at *at. */
static bool is_listed(const struct u32_list *list, size_t *at, uint32_t *next, uint32_t seq)
{
	while (*at < list->count && list->list[*at] < seq)
		++*at;
	*next = *at < list->count ? list->list[*at] : UINT32_MAX;
	return *at < list->count && list->list[*at] == seq;
}

bool note_is_implicit(struct note_maker *m, int cpu, uint32_t seq)
{
	struct note_cpu *c = &m->cpus[cpu];

	return is_listed(&m->resolution->implicit[cpu], &c->implicit_at, &c->implicit_next, seq);
}

bool note_is_child_wait(struct note_maker *m, int cpu, uint32_t seq)
{
	struct note_cpu *c = &m->cpus[cpu];

	return is_listed(&m->resolution->child_waits[cpu], &c->child_wait_at, &c->child_wait_next,
			 seq);
}
