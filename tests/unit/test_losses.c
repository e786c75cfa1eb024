/* SPDX-License-Identifier: MIT */
/* What was lost, by when and where. */
#include "check.h"
#include "tasks/losses.h"

static void add(struct losses *l, int cpu, enum event_stream stream, uint64_t from, uint64_t to)
{
	CHECK(losses_add(l, &(struct loss){ from, to, 1, cpu, stream }));
}

/* Whoever was born after the first lost birth may be anybody's child. */
TEST(births_are_in_doubt_from_the_first_lost_one_on)
{
	struct losses l;

	losses_start(&l);
	add(&l, 0, STREAM_SCHED, 50, 60);
	CHECK_EQ(l.births_since, UINT64_MAX);
	add(&l, 1, STREAM_LIFECYCLE, 300, 400);
	add(&l, 0, STREAM_LIFECYCLE, 200, 210);
	add(&l, 2, STREAM_LIFECYCLE, 250, 260);
	CHECK_EQ(l.births_since, 200);
	losses_free(&l);
	CHECK_EQ(l.births_since, UINT64_MAX);
}

/* 10-20, 15-40 and 40-45 are one; 60-70 is another. */
TEST(spans_that_meet_are_one)
{
	struct losses l;

	losses_start(&l);
	CHECK(losses_add_span(&l, 60, 70) && losses_add_span(&l, 15, 40));
	CHECK(losses_add_span(&l, 10, 20) && losses_add_span(&l, 40, 45));
	CHECK(losses_add_span(&l, 16, 18));
	losses_settle(&l);
	CHECK_OR_RETURN(l.span_count == 2);
	CHECK_EQ(l.spans[0].from, 10);
	CHECK_EQ(l.spans[0].to, 45);
	CHECK(!losses_between(&l, 0, 10) && !losses_between(&l, 45, 60) &&
	      !losses_between(&l, 70, 99));
	CHECK(losses_between(&l, 0, 11) == &l.spans[0] &&
	      losses_between(&l, 44, 99) == &l.spans[0]);
	CHECK(losses_between(&l, 45, 61) == &l.spans[1] &&
	      losses_between(&l, 69, 70) == &l.spans[1]);
	losses_free(&l);
}

TEST(the_next_loss_of_a_cpu_is_its_own_and_of_its_switches)
{
	struct losses l;

	losses_start(&l);
	add(&l, 1, STREAM_SCHED, 300, 310);
	add(&l, 1, STREAM_LIFECYCLE, 150, 160);
	add(&l, 0, STREAM_SCHED, 200, 210);
	add(&l, 1, STREAM_SCHED, 100, 110);
	losses_settle(&l);
	CHECK_EQ(losses_next_on(&l, 1, 0), 100);
	CHECK_EQ(losses_next_on(&l, 1, 100), 100);
	CHECK_EQ(losses_next_on(&l, 1, 101), 300);
	CHECK_EQ(losses_next_on(&l, 1, 301), UINT64_MAX);
	CHECK_EQ(losses_next_on(&l, 0, 0), 200);
	CHECK_EQ(losses_next_on(&l, 2, 0), UINT64_MAX);
	losses_free(&l);
}

int main(void)
{
	RUN(births_are_in_doubt_from_the_first_lost_one_on);
	RUN(spans_that_meet_are_one);
	RUN(the_next_loss_of_a_cpu_is_its_own_and_of_its_switches);
	return check_done("losses");
}
