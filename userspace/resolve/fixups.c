/* SPDX-License-Identifier: MIT */
#include "fixups.h"
#include <stdlib.h>
#include <string.h>
#include "sched_event.h"

bool fixups_add(struct fixups *fixups, struct fixup fix)
{
	if (fixups->count == fixups->room) {
		size_t room = fixups->room ? 2 * fixups->room : 64;
		struct fixup *grown = reallocarray(fixups->list, room, sizeof(*grown));

		if (!grown)
			return false;
		fixups->list = grown;
		fixups->room = room;
	}
	fixups->list[fixups->count++] = fix;
	return true;
}

/* At one time: a death comes before what happens on CPUs, and what a loss hides after it. */
static int rank(const struct fixup *fix)
{
	return fix->kind == FIX_DEAD ? -1 : fix->kind == FIX_CPU ? fix->cpu : EVENT_MAX_CPUS;
}

static int compare_fixups(const void *a, const void *b)
{
	const struct fixup *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (rank(x) != rank(y))
		return rank(x) < rank(y) ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->before_seq != y->before_seq)
		return (int32_t)(x->before_seq - y->before_seq) < 0 ? -1 : 1;
	return (x->task != TASK_UNKNOWN) - (y->task != TASK_UNKNOWN);
}

void fixups_sort(struct fixups *fixups)
{
	if (fixups->count)
		qsort(fixups->list, fixups->count, sizeof(*fixups->list), compare_fixups);
}

void fixups_drop(struct fixups *fixups, size_t count)
{
	if (!count) /* there may be no list */
		return;
	fixups->count -= count;
	memmove(fixups->list, fixups->list + count, fixups->count * sizeof(*fixups->list));
}

void fixups_free(struct fixups *fixups)
{
	free(fixups->list);
	*fixups = (struct fixups){};
}
