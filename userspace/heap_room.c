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

void heap_room_return(void)
{
	malloc_trim(0);
}
