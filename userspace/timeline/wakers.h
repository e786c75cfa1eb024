/* SPDX-License-Identifier: MIT */
/*
 * Who has woken a task, and how often: of any number of wakers a few rows. While there are no more
 * than WAKERS_MAX all is exact. When one more comes, those that woke it once give up their rows; if
 * there are none, the new one gets none. What has no row is in `rest`, so that all sum to the
 * wakings; a row's own count then says "at least".
 */
#ifndef WAKERS_H
#define WAKERS_H

#include <stdbool.h>
#include <stdint.h>

#define WAKERS_MAX 64
#define WAKERS_HINTS 8 /* a power of two */

struct woken_by {
	int64_t tid; /* -1: an interrupt */
	uint64_t count;
};

struct wakers {
	struct woken_by *rows; /* in the order of their first waking */
	uint64_t rest;
	uint8_t count, room;
	uint8_t hints[WAKERS_HINTS]; /* [tid % WAKERS_HINTS]: the row it was last */
};

/* The same as wakers_add(), wherever its row is. */
bool wakers_add_anew(struct wakers *w, int64_t tid);

/* False out of memory. */
static inline bool wakers_add(struct wakers *w, int64_t tid)
{
	uint8_t at = w->hints[tid & (WAKERS_HINTS - 1)];

	if (at >= w->count || w->rows[at].tid != tid)
		return wakers_add_anew(w, tid);
	w->rows[at].count++;
	return true;
}
void wakers_free(struct wakers *w);

#endif
