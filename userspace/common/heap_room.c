/* SPDX-License-Identifier: MIT */
#include "heap_room.h"
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where malloc's own thresholds end when it has seen blocks of that size come and go. */
#define MMAP_THRESHOLD (32 << 20)
#define TRIM_THRESHOLD (64 << 20)
#define HUGE_WORTH (4u << 20)
#define HUGE_BLOCK (16u << 20)
#define HUGE_ROOM_MAX (1u << 30)

void heap_room_take(size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *room;

	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
	room = malloc(bytes);
#ifdef MADV_POPULATE_WRITE /* 5.14 */
	if (room && bytes > 2 * page)
		madvise(room + page - (uintptr_t)room % page, bytes - 2 * page,
			MADV_POPULATE_WRITE);
#endif
	free(room);
}

void heap_huge_block(void *block, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE), before = (uintptr_t)block % page;

	if (bytes >= HUGE_WORTH)
		madvise((char *)block - before, bytes + before, MADV_HUGEPAGE);
}

void heap_room_huge(size_t bytes)
{
	void **last = NULL;

	if (bytes < HUGE_WORTH)
		return;
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, HUGE_ROOM_MAX);
	bytes = bytes < HUGE_ROOM_MAX ? bytes : HUGE_ROOM_MAX;
	/* Blocks beyond the threshold would be mappings of their own, and go when they are freed.
	 */
	for (size_t had = 0; had < bytes; had += HUGE_BLOCK) {
		void **block = malloc(HUGE_BLOCK);

		if (!block)
			break;
		heap_huge_block(block, HUGE_BLOCK);
		*block = last;
		last = block;
	}
	while (last) {
		void **before = *last;

		free(last);
		last = before;
	}
}

void heap_room_return(void)
{
	malloc_trim(0);
}
