/* SPDX-License-Identifier: MIT */
#include "wakers.h"
#include <stdlib.h>

static void drop_those_of_one(struct wakers *w)
{
	uint8_t kept = 0;

	for (uint8_t i = 0; i < w->count; i++) {
		if (w->rows[i].count > 1)
			w->rows[kept++] = w->rows[i];
		else
			w->rest++;
	}
	w->count = kept;
}

static bool make_room(struct wakers *w)
{
	uint8_t room = w->room ? 2 * w->room : 2;
	struct woken_by *grown = reallocarray(w->rows, room, sizeof(*grown));

	if (!grown)
		return false;
	w->rows = grown;
	w->room = room;
	return true;
}

bool wakers_add_anew(struct wakers *w, int64_t tid)
{
	uint8_t *hint = &w->hints[tid & (WAKERS_HINTS - 1)], at = 0;

	while (at < w->count && w->rows[at].tid != tid)
		at++;
	if (at < w->count) {
		w->rows[at].count++;
		*hint = at;
		return true;
	}
	if (w->count == WAKERS_MAX)
		drop_those_of_one(w);
	if (w->count == WAKERS_MAX) {
		w->rest++;
		return true;
	}
	if (w->count == w->room && !make_room(w))
		return false;
	*hint = w->count;
	w->rows[w->count++] = (struct woken_by){ tid, 1 };
	return true;
}

void wakers_free(struct wakers *w)
{
	free(w->rows);
}
