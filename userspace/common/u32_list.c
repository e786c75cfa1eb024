/* SPDX-License-Identifier: MIT */
#include "u32_list.h"
#include <stdlib.h>

bool u32_list_add(struct u32_list *list, uint32_t number)
{
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		uint32_t *grown = reallocarray(list->list, room, sizeof(*grown));

		if (!grown)
			return false;
		list->list = grown;
		list->room = room;
	}
	list->list[list->count++] = number;
	return true;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void u32_list_sort(struct u32_list *list)
{
	if (list->count)
		qsort(list->list, list->count, sizeof(uint32_t), compare);
}

struct u32_list *u32_lists_new(size_t count)
{
	return calloc(count + 1, sizeof(struct u32_list));
}

void u32_lists_free(struct u32_list *lists, size_t count)
{
	for (size_t i = 0; lists && i < count; i++)
		free(lists[i].list);
	free(lists);
}
