/* SPDX-License-Identifier: MIT */
/* A map of tids: right, and as quick with 100,000 of them as with a few; in steps, not in time. */
#include "check.h"
#include "common/id_map.h"

#define MANY 100000u
#define STEPS_PER_CALL 4 /* half of the slots are free: 1.5 for what is in, 2.5 for what is not */

TEST(what_is_put_in_is_found_until_it_is_removed)
{
	struct id_map map = {};

	CHECK(!id_map_find(&map, 7));
	id_map_remove(&map, 7);
	*id_map_at(&map, 7) = 70;
	*id_map_at(&map, 8) = 80;
	CHECK_EQ(*id_map_find(&map, 7), 70);
	CHECK_EQ(*id_map_at(&map, 8), 80);
	CHECK_EQ(map.count, 2);
	id_map_remove(&map, 7);
	CHECK(!id_map_find(&map, 7));
	CHECK_EQ(*id_map_find(&map, 8), 80);
	id_map_clear(&map);
	CHECK(!id_map_find(&map, 8) && map.count == 0);
	id_map_free(&map);
}

/* Every third goes; who had been put behind one of those must still be found. */
TEST(a_removal_hides_nobody)
{
	struct id_map map = {};
	unsigned wrong = 0;

	for (uint64_t key = 1; key <= MANY; key++)
		*id_map_at(&map, key * 4096) = key;
	for (uint64_t key = 3; key <= MANY; key += 3)
		id_map_remove(&map, key * 4096);
	for (uint64_t key = 1; key <= MANY; key++) {
		const uint64_t *value = id_map_find(&map, key * 4096);

		wrong += key % 3 ? !value || *value != key : value != NULL;
	}
	CHECK_EQ(wrong, 0);
	CHECK_EQ(map.count, MANY - MANY / 3);
	id_map_free(&map);
}

TEST(a_hundred_thousand_take_a_few_steps_each)
{
	struct id_map map = {};

	for (uint64_t tid = 1; tid <= MANY; tid++)
		*id_map_at(&map, tid) = tid;
	for (uint64_t tid = 1; tid <= 2 * MANY; tid++)
		id_map_find(&map, tid);
	for (uint64_t tid = MANY; tid; tid--)
		id_map_remove(&map, tid);
	CHECK_EQ(map.count, 0);
	CHECK(map.steps < 4ull * MANY * STEPS_PER_CALL);
	id_map_free(&map);
}

int main(void)
{
	RUN(what_is_put_in_is_found_until_it_is_removed);
	RUN(a_removal_hides_nobody);
	RUN(a_hundred_thousand_take_a_few_steps_each);
	return check_done("id_map");
}
