/* SPDX-License-Identifier: MIT */
#ifndef ID_MAP_H
#define ID_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * From numbers (tids) to numbers: a few steps a call, however many are in it. A zeroed one is
 * empty. No key is 0.
 */
struct id_map {
	struct id_entry {
		uint64_t key; /* 0: the slot is free */
		uint64_t value;
	} * slots;
	size_t count, room; /* slots: a power of two, at least half of them free */
	uint64_t steps;	    /* slots ever looked at: what the tests hold it to */
};

/* The key's value, NULL: it is not in. Good until the map is changed. */
uint64_t *id_map_find(struct id_map *map, uint64_t key);
/* The same; where it is not in it is put in with 0. NULL out of memory. */
uint64_t *id_map_at(struct id_map *map, uint64_t key);
void id_map_remove(struct id_map *map, uint64_t key);
/* Forgets all, keeps the room. */
void id_map_clear(struct id_map *map);
void id_map_free(struct id_map *map);

#endif
