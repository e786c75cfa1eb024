/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "timeline/violations.h"

/* Spells of 1 ms, which is not over 1 ms, and of 1 ms + i ns, i = 1 to 1500, in a wild order. */
TEST(of_too_many_spells_the_longest_are_kept)
{
	const struct violation *kept;
	struct violations v = {};
	uint64_t now = 0, rest = 0;

	CHECK_OR_RETURN(violations_open(&v, 1));
	for (uint64_t i = 0; i <= 1500; i++) {
		uint64_t length = VIOLATION_LISTED_NS + i * 7 % 1501;

		violations_add(&v, 0, 5, now, now + length, VIOLATION_HELD_BACK);
		now += length + 10;
	}
	violations_close(&v);
	CHECK_EQ(v.listed, VIOLATIONS_LISTED);
	for (size_t i = 0; i < v.listed; i++) {
		kept = &v.longest[i];
		CHECK(kept->ns > VIOLATION_LISTED_NS + 500);
		CHECK(!i || kept[-1].from + kept[-1].ns < kept->from);
	}
	for (uint64_t i = 1; i <= 500; i++)
		rest += VIOLATION_LISTED_NS + i;
	CHECK_EQ(v.sums.count, 1501);
	CHECK_EQ(v.sums.short_count, 1);
	CHECK_EQ(v.sums.more_count, 500);
	CHECK_EQ(v.sums.more_ns, rest);
	violations_free(&v);
}

int main(void)
{
	RUN(of_too_many_spells_the_longest_are_kept);
	return check_done("violations");
}
