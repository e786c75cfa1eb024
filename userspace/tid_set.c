/* SPDX-License-Identifier: MIT */
#include "tid_set.h"
#include <stdlib.h>
#include "failure.h"

int tid_set_add(struct tid_set *set, uint32_t tid)
{
	if (set->count == set->room) {
		size_t room = set->room ? 2 * set->room : 64;
		uint32_t *grown = reallocarray(set->tids, room, sizeof(*grown));

		if (!grown)
			return fail_memory();
		set->tids = grown;
		set->room = room;
	}
	set->tids[set->count++] = tid;
	return 0;
}

static size_t find(const struct tid_set *set, uint32_t tid)
{
	size_t at = 0;

	while (at < set->count && set->tids[at] != tid)
		at++;
	return at;
}

void tid_set_remove(struct tid_set *set, uint32_t tid)
{
	size_t at = find(set, tid);

	if (at < set->count)
		set->tids[at] = set->tids[--set->count];
}

bool tid_set_has(const struct tid_set *set, uint32_t tid)
{
	return find(set, tid) < set->count;
}

void tid_set_free(struct tid_set *set)
{
	free(set->tids);
	*set = (struct tid_set){ NULL, 0, 0 };
}
