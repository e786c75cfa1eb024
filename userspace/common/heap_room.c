/* SPDX-License-Identifier: MIT */
#include "heap_room.h"
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where malloc's own thresholds end when it has seen blocks of that size come and go. */
#define MMAP_THRESHOLD (32 << 20)
#define TRIM_THRESHOLD (64 << 20)
#define HUGE_PAGE ((uintptr_t)2 << 20)
#define HEAP_HEAD 64u /* of a block, at the most */
#define HUGE_WORTH (4u << 20)
#define HUGE_BLOCK (16u << 20)
#define HUGE_ROOM_MAX (1u << 30)

static void *skipped;

/*
 * A block of so many bytes, and HEAP_HEAD more, in which all huge pages are whole: what malloc()
 * writes before and after a block would make small ones of them. What the heap has up to there is
 * `skipped`, and not touched: once freed it would be the next to be handed out, page by page.
 */
static char *aligned_room(size_t bytes)
{
	char *end_of_heap = malloc(bytes + HUGE_PAGE);

	if (!end_of_heap || skipped)
		free(end_of_heap);
	else
		skipped = realloc(end_of_heap,
				  HUGE_PAGE - ((uintptr_t)end_of_heap + HEAP_HEAD) % HUGE_PAGE);
	return malloc(bytes + HEAP_HEAD);
}

void heap_room_take(size_t bytes)
{
	uintptr_t from, to;
	char *room;

	bytes = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, TRIM_THRESHOLD);
	room = aligned_room(bytes);
	from = ((uintptr_t)room + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	to = ((uintptr_t)room + bytes + HEAP_HEAD) / HUGE_PAGE * HUGE_PAGE;
	if (room && from < to) {
		madvise((void *)from, to - from, MADV_HUGEPAGE);
#ifdef MADV_POPULATE_WRITE /* 5.14 */
		madvise((void *)from, to - from, MADV_POPULATE_WRITE);
#endif
	}
	free(room);
}

void heap_huge_block(void *block, size_t bytes)
{
	size_t page = sysconf(_SC_PAGESIZE), before = (uintptr_t)block % page;

	if (bytes >= HUGE_WORTH)
		madvise((char *)block - before, bytes + before, MADV_HUGEPAGE);
}

void *heap_huge_new(size_t bytes)
{
	bool huge = bytes >= HUGE_WORTH;
	void *block =
		huge ? aligned_alloc(HUGE_PAGE, (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE)
		     : malloc(bytes);

	if (huge && block)
		heap_huge_block(block, bytes);
	return block;
}

void heap_room_huge(size_t bytes, size_t beside)
{
	void **last = NULL;

	if (bytes < HUGE_WORTH)
		return;
	mallopt(M_MMAP_THRESHOLD, MMAP_THRESHOLD);
	mallopt(M_TRIM_THRESHOLD, HUGE_ROOM_MAX);
	bytes += beside;
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
	free(skipped);
	skipped = NULL;
	malloc_trim(0);
}
