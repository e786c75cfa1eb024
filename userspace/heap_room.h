/* SPDX-License-Identifier: MIT */
/* Room on the heap for work that needs megabytes for a moment, all of it faulted in by one call. */
#ifndef HEAP_ROOM_H
#define HEAP_ROOM_H

#include <stddef.h>

/*
 * The next `bytes` of malloc() fault in no page: what is freed meanwhile stays for the next. Where
 * that can't be had nothing happens. Ends with heap_room_return().
 */
void heap_room_take(size_t bytes);

/* Gives back to the kernel what is free by now. */
void heap_room_return(void);

#endif
