/* SPDX-License-Identifier: MIT */
#include "losses.h"
#include <stdlib.h>
#include <string.h>

void losses_start(struct losses *l)
{
	memset(l, 0, sizeof(*l));
	l->births_since = UINT64_MAX;
}

static bool grow(void **list, size_t *room, size_t count, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *grown;

	if (count < *room)
		return true;
	grown = reallocarray(*list, more, size);
	if (!grown)
		return false;
	*list = grown;
	*room = more;
	return true;
}

bool losses_add(struct losses *l, const struct loss *loss)
{
	if (!grow((void **)&l->list, &l->room, l->count, sizeof(*l->list)))
		return false;
	l->list[l->count++] = *loss;
	if (loss->stream == STREAM_LIFECYCLE && loss->from < l->births_since)
		l->births_since = loss->from;
	return true;
}

bool losses_add_span(struct losses *l, uint64_t from, uint64_t to)
{
	if (!grow((void **)&l->spans, &l->span_room, l->span_count, sizeof(*l->spans)))
		return false;
	l->spans[l->span_count++] = (struct loss_span){ from, to };
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct loss *x = a, *y = b;

	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

static int by_start(const void *a, const void *b)
{
	const struct loss_span *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

void losses_settle(struct losses *l)
{
	size_t kept = 0;

	if (l->count)
		qsort(l->list, l->count, sizeof(*l->list), by_place);
	if (!l->span_count)
		return;
	qsort(l->spans, l->span_count, sizeof(*l->spans), by_start);
	for (size_t i = 1; i < l->span_count; i++) {
		struct loss_span *last = &l->spans[kept];

		if (l->spans[i].from > last->to)
			l->spans[++kept] = l->spans[i];
		else if (l->spans[i].to > last->to)
			last->to = l->spans[i].to;
	}
	l->span_count = kept + 1;
}

const struct loss_span *losses_between(const struct losses *l, uint64_t from, uint64_t to)
{
	size_t low = 0, high = l->span_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->spans[middle].to > from)
			high = middle;
		else
			low = middle + 1;
	}
	return low < l->span_count && l->spans[low].from < to ? &l->spans[low] : NULL;
}

uint64_t losses_next_on(const struct losses *l, int cpu, uint64_t from)
{
	const struct loss sought = { .from = from, .cpu = cpu, .stream = STREAM_SCHED };
	size_t low = 0, high = l->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_place(&l->list[middle], &sought) >= 0)
			high = middle;
		else
			low = middle + 1;
	}
	if (low == l->count || l->list[low].cpu != cpu || l->list[low].stream != STREAM_SCHED)
		return UINT64_MAX;
	return l->list[low].from;
}

void losses_free(struct losses *l)
{
	free(l->list);
	free(l->spans);
	losses_start(l);
}
