/* SPDX-License-Identifier: MIT */
/* Lists of numbers that grow: sequence numbers, tids, indexes. */
#ifndef U32_LIST_H
#define U32_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct u32_list {
	uint32_t *list;
	size_t count, room;
};

/* False out of memory. */
bool u32_list_add(struct u32_list *list, uint32_t number);
/* Ascending. */
void u32_list_sort(struct u32_list *list);

/* An array of `count` empty lists. NULL out of memory. */
struct u32_list *u32_lists_new(size_t count);
/* With all that they hold; NULL is allowed. */
void u32_lists_free(struct u32_list *lists, size_t count);

#endif
