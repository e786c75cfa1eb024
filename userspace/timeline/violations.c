/* SPDX-License-Identifier: MIT */
#include "violations.h"
#include <stdlib.h>
#include <string.h>

bool violations_open(struct violations *v, int cpu_count)
{
	v->cpu_count = cpu_count;
	v->spells = calloc(cpu_count + 1, sizeof(*v->spells));
	v->longest = calloc(VIOLATIONS_LISTED, sizeof(*v->longest));
	return v->spells && v->longest;
}

/* ---- the longest --------------------------------------------------------------------------------
 */

static void swap(struct violation *a, struct violation *b)
{
	struct violation kept = *a;

	*a = *b;
	*b = kept;
}

static void sift_up(struct violation *heap, size_t at)
{
	for (; at && heap[at].ns < heap[(at - 1) / 2].ns; at = (at - 1) / 2)
		swap(&heap[at], &heap[(at - 1) / 2]);
}

static void sift_down(struct violation *heap, size_t count)
{
	size_t at = 0;

	for (;;) {
		size_t least = at, left = 2 * at + 1;

		if (left < count && heap[left].ns < heap[least].ns)
			least = left;
		if (left + 1 < count && heap[left + 1].ns < heap[least].ns)
			least = left + 1;
		if (least == at)
			return;
		swap(&heap[at], &heap[least]);
		at = least;
	}
}

static void leave_out(struct violation_sums *sums, uint64_t ns)
{
	sums->more_count++;
	sums->more_ns += ns;
}

static void list(struct violations *v, const struct violation *one)
{
	if (v->listed < VIOLATIONS_LISTED) {
		v->longest[v->listed] = *one;
		sift_up(v->longest, v->listed++);
		return;
	}
	if (one->ns <= v->longest[0].ns) {
		leave_out(&v->sums, one->ns);
		return;
	}
	leave_out(&v->sums, v->longest[0].ns);
	v->longest[0] = *one;
	sift_down(v->longest, v->listed);
}

/* ---- spells -------------------------------------------------------------------------------------
 */

/* What held for the longest part. */
static enum violation_cause main_cause(const struct violation_spell *spell)
{
	enum violation_cause main = VIOLATION_UNKNOWN;

	for (int i = 0; i < VIOLATION_CAUSE_COUNT; i++)
		if (spell->ns[i] > spell->ns[main])
			main = i;
	return main;
}

static void end_spell(struct violations *v, int cpu)
{
	struct violation_spell *spell = &v->spells[cpu];
	struct violation one = {
		.from = spell->from, .ns = spell->to - spell->from, .task = spell->task, .cpu = cpu
	};

	if (!one.ns)
		return;
	v->sums.count++;
	v->sums.ns += one.ns;
	if (one.ns > VIOLATION_LISTED_NS) {
		one.cause = main_cause(spell);
		list(v, &one);
	} else {
		v->sums.short_count++;
		v->sums.short_ns += one.ns;
	}
	spell->to = spell->from;
}

void violations_add(struct violations *v, int cpu, uint32_t task, uint64_t from, uint64_t to,
		    enum violation_cause cause)
{
	struct violation_spell *spell = &v->spells[cpu];

	if (spell->to != from || spell->task != task || spell->to == spell->from) {
		end_spell(v, cpu);
		*spell = (struct violation_spell){ .from = from, .task = task };
	}
	spell->to = to;
	spell->ns[cause] += to - from;
}

bool violations_lasts(const struct violations *v, int cpu, uint64_t t, uint32_t *task)
{
	const struct violation_spell *spell = &v->spells[cpu];

	*task = spell->task;
	return spell->to == t && spell->from < t;
}

void violations_forget(struct violations *v)
{
	memset(v->spells, 0, v->cpu_count * sizeof(*v->spells));
	v->sums = (struct violation_sums){};
	v->listed = 0;
}

static int by_time(const void *a, const void *b)
{
	const struct violation *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->cpu - y->cpu;
}

void violations_close(struct violations *v)
{
	for (int cpu = 0; cpu < v->cpu_count; cpu++)
		end_spell(v, cpu);
	qsort(v->longest, v->listed, sizeof(*v->longest), by_time);
}

void violations_free(struct violations *v)
{
	free(v->spells);
	free(v->longest);
}
