/* SPDX-License-Identifier: MIT */
#ifndef TID_SET_H
#define TID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A few tids; looked through one by one, on births and deaths only. */
struct tid_set {
	uint32_t *tids;
	size_t count, room;
};

/* 0, or an exit status, out of memory, with the reason printed. */
int tid_set_add(struct tid_set *set, uint32_t tid);
void tid_set_remove(struct tid_set *set, uint32_t tid);
bool tid_set_has(const struct tid_set *set, uint32_t tid);
void tid_set_free(struct tid_set *set);

#endif
