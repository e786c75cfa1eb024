/* SPDX-License-Identifier: MIT */
#include "common/histogram.h"
#include <stdlib.h>
#include "check.h"

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return random_state;
}

static void add_all(struct histogram *h, const uint64_t *times, size_t count)
{
	for (size_t i = 0; i < count; i++)
		CHECK(histogram_add(h, times[i]));
}

/* Whether `told` is within the error that is promised. */
static bool is_near(uint64_t told, uint64_t truth)
{
	uint64_t off = told > truth ? told - truth : truth - told;

	return off <= truth * HISTOGRAM_ERROR;
}

TEST(of_nothing_all_is_zero)
{
	struct histogram h = {};

	CHECK_EQ(histogram_percentile(&h, 50), 0);
	CHECK_EQ(h.count, 0);
	CHECK_EQ(h.max, 0);
	histogram_free(&h);
}

TEST(a_few_are_told_to_the_ns)
{
	static const uint64_t times[] = { 907, 101, 503, 1009, 211, 307, 709, 401 };
	struct histogram h = {};

	add_all(&h, times, 3); /* 101 503 907: ranks 2, 3, 3 */
	CHECK_EQ(histogram_percentile(&h, 50), 503);
	CHECK_EQ(histogram_percentile(&h, 90), 907);
	CHECK_EQ(h.max, 907);
	add_all(&h, times + 3, 5); /* ranks 4, 8, 8 of 101 211 307 401 503 709 907 1009 */
	CHECK_EQ(h.count, 8);
	CHECK_EQ(histogram_percentile(&h, 50), 401);
	CHECK_EQ(histogram_percentile(&h, 90), 1009);
	CHECK_EQ(histogram_percentile(&h, 1), 101);
	CHECK_EQ(h.max, 1009);
	histogram_free(&h);
}

/* The same in any order: an octave below the first moves those that are there. */
TEST(many_are_told_within_a_sixteenth)
{
	struct histogram up = {}, down = {};

	for (uint64_t i = 1; i <= 1000; i++) {
		CHECK(histogram_add(&up, i * 1000));
		CHECK(histogram_add(&down, (1001 - i) * 1000));
	}
	for (unsigned percent = 1; percent <= 100; percent++) {
		uint64_t truth = percent * 10 * 1000;

		if (!CHECK(is_near(histogram_percentile(&up, percent), truth)))
			printf("#   percentile %u\n", percent);
		CHECK_EQ(histogram_percentile(&down, percent), histogram_percentile(&up, percent));
	}
	CHECK_EQ(up.max, 1000000);
	CHECK_EQ(up.count, 1000);
	histogram_free(&up);
	histogram_free(&down);
}

/* Nine times the same: its bucket's middle, but never beyond the longest. */
TEST(every_size_is_told_within_a_sixteenth)
{
	for (int i = 0; i < 20000; i++) {
		uint64_t time = next_random() >> (i % 64), told;
		struct histogram h = {};

		for (int n = 0; n < 9; n++)
			CHECK(histogram_add(&h, time));
		told = histogram_percentile(&h, 50);
		if (!CHECK(is_near(told, time) && told <= time && h.max == time))
			printf("#   %lu told as %lu\n", time, told);
		h.max = UINT64_MAX; /* the bucket's middle itself */
		CHECK(is_near(histogram_percentile(&h, 50), time));
		histogram_free(&h);
	}
}

TEST(the_smallest_and_the_largest_have_their_place)
{
	struct histogram h = {};

	for (int i = 0; i < 10; i++)
		CHECK(histogram_add(&h, UINT64_MAX));
	for (int i = 0; i < 10; i++)
		CHECK(histogram_add(&h, 0));
	CHECK_EQ(histogram_percentile(&h, 50), 0);
	CHECK(is_near(histogram_percentile(&h, 51), UINT64_MAX));
	CHECK_EQ(h.max, UINT64_MAX);
	histogram_free(&h);
}

/* A task that waits often within one octave or two costs no more than those. */
TEST(it_is_no_larger_than_what_it_has_seen)
{
	struct histogram h = {};

	CHECK(sizeof(h) <= 88);
	for (int i = 0; i < 100000; i++)
		CHECK(histogram_add(&h, 1024 + i % 2048));
	CHECK_EQ(h.buckets, 2 * HISTOGRAM_BUCKETS);
	histogram_free(&h);
}

static void check_same(const struct histogram *a, const struct histogram *b)
{
	CHECK_EQ(a->count, b->count);
	CHECK_EQ(a->max, b->max);
	for (unsigned percent = 1; percent <= 100 && !check_failures; percent++)
		CHECK_EQ(histogram_percentile(a, percent), histogram_percentile(b, percent));
}

/* Of so many times each, from none to more than are kept as they are, in either order. */
TEST(two_that_are_merged_are_one_that_took_all)
{
	for (size_t first = 0; first < 40; first++)
		for (size_t second = 0; second < 40; second++) {
			struct histogram a = {}, b = {}, all = {};

			for (size_t i = 0; i < first + second; i++) {
				uint64_t ns = next_random() >> next_random() % 64;

				CHECK(histogram_add(i < first ? &a : &b, ns));
				CHECK(histogram_add(&all, ns));
			}
			CHECK(histogram_merge(&a, &b));
			check_same(&a, &all);
			histogram_free(&a);
			histogram_free(&b);
			histogram_free(&all);
		}
}

int main(void)
{
	RUN(of_nothing_all_is_zero);
	RUN(a_few_are_told_to_the_ns);
	RUN(many_are_told_within_a_sixteenth);
	RUN(every_size_is_told_within_a_sixteenth);
	RUN(the_smallest_and_the_largest_have_their_place);
	RUN(it_is_no_larger_than_what_it_has_seen);
	RUN(two_that_are_merged_are_one_that_took_all);
	return check_done("histogram");
}
