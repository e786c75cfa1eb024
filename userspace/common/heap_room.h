/* SPDX-License-Identifier: MIT */
/* Room on the heap for work that needs megabytes for a moment, all of it faulted in by one call. */
#ifndef HEAP_ROOM_H
#define HEAP_ROOM_H

#include <stddef.h>

/*
 * The next `bytes` of malloc() fault in no page: what is freed meanwhile stays for the next. They
 * lie in huge pages, where the kernel has any: a guest whose host shadows its page tables pays for
 * the first touch of each page, also of one that is there. Where that can't be had nothing happens.
 * Ends with heap_room_return().
 */
void heap_room_take(size_t bytes);

/*
 * The next `bytes` of malloc() lie in huge pages, where the kernel has any: what is read at random
 * in so much memory is found without a walk through the page tables each time. None is faulted in
 * before it is used. Fewer than 4 MiB stay as they are. `beside`: what else comes out of the heap
 * meanwhile, and is to leave those their room.
 */
void heap_room_huge(size_t bytes, size_t beside);

/* The same for one block of its own, before it is first written to. */
void heap_huge_block(void *block, size_t bytes);

/* Such a block, from its first byte on, for free(). NULL: out of memory. */
void *heap_huge_new(size_t bytes);

/* Gives back to the kernel what is free by now. */
void heap_room_return(void);

#endif
