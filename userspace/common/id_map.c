/* SPDX-License-Identifier: MIT */
#include "id_map.h"
#include <stdlib.h>
#include <string.h>

/* Keys that follow each other, as tids do, go far apart (Knuth's multiplicative hash). */
static size_t home(const struct id_map *map, uint64_t key)
{
	return (key * 0x9e3779b97f4a7c15ull) >> 32 & (map->room - 1);
}

/* The key's slot, or the free one where it would be. */
static struct id_entry *slot_of(struct id_map *map, uint64_t key)
{
	size_t at = home(map, key);

	map->steps++;
	while (map->slots[at].key && map->slots[at].key != key) {
		at = (at + 1) & (map->room - 1);
		map->steps++;
	}
	return &map->slots[at];
}

static int grow(struct id_map *map)
{
	struct id_map grown = { .room = map->room ? 2 * map->room : 64, .steps = map->steps };

	grown.slots = calloc(grown.room, sizeof(*grown.slots));
	if (!grown.slots)
		return -1;
	grown.count = map->count;
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].key)
			*slot_of(&grown, map->slots[i].key) = map->slots[i];
	free(map->slots);
	*map = grown;
	return 0;
}

uint64_t *id_map_find(struct id_map *map, uint64_t key)
{
	struct id_entry *slot = map->count ? slot_of(map, key) : NULL;

	return slot && slot->key ? &slot->value : NULL;
}

uint64_t *id_map_at(struct id_map *map, uint64_t key)
{
	struct id_entry *slot;

	if (2 * map->count >= map->room && grow(map))
		return NULL;
	slot = slot_of(map, key);
	if (!slot->key) {
		*slot = (struct id_entry){ .key = key };
		map->count++;
	}
	return &slot->value;
}

/* What was put behind it because it was in the way moves up: no slot is left that only marks. */
void id_map_remove(struct id_map *map, uint64_t key)
{
	struct id_entry *slot = map->count ? slot_of(map, key) : NULL;
	size_t hole, mask = map->room - 1;

	if (!slot || !slot->key)
		return;
	hole = slot - map->slots;
	map->count--;
	for (size_t at = (hole + 1) & mask; map->slots[at].key; at = (at + 1) & mask) {
		size_t from_home = (at - home(map, map->slots[at].key)) & mask;

		map->steps++;
		if (from_home < ((at - hole) & mask))
			continue;
		map->slots[hole] = map->slots[at];
		hole = at;
	}
	map->slots[hole] = (struct id_entry){ 0, 0 };
}

void id_map_clear(struct id_map *map)
{
	if (map->room)
		memset(map->slots, 0, map->room * sizeof(*map->slots));
	map->count = 0;
}

void id_map_free(struct id_map *map)
{
	free(map->slots);
	*map = (struct id_map){};
}
