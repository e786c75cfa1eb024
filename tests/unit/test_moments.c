/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "check.h"
#include "timeline/accounting.h"
#include "timeline/parallelism.h"

struct setting {
	struct accounting accounting;
	struct parallelism parallelism;
	struct moments moments;
};

static void start(struct setting *s, uint64_t n)
{
	memset(s, 0, sizeof(*s));
	s->moments = (struct moments){ .accounting = &s->accounting,
				       .parallelism = &s->parallelism,
				       .n = n };
	CHECK(moments_open(&s->moments));
}

static void stop(struct setting *s)
{
	moments_free(&s->moments);
	parallelism_free(&s->parallelism);
}

TEST(the_same_state_twice_is_one)
{
	struct moment lock = { .blocked = { [BLOCK_LOCK] = 1, [BLOCK_IO] = 2 },
			       .cpus = { [CPU_IDLE] = 1 } };
	struct moment run = { .running = 1, .cpus = { [CPU_WORKLOAD] = 1 } };
	struct setting s;

	start(&s, 1);
	for (int i = 0; i < 3; i++) {
		CHECK(moments_add(&s.moments, &lock, 1));
		CHECK(moments_add(&s.moments, &run, 10));
	}
	CHECK_EQ(s.accounting.ns[CAUSE_OWN], 0); /* not before the end */
	CHECK(moments_close(&s.moments));
	CHECK_EQ(s.accounting.ns[CAUSE_OWN], 30);
	CHECK_EQ(s.accounting.ns[CAUSE_LOCK], 1);
	CHECK_EQ(s.accounting.ns[CAUSE_IO], 2);
	CHECK_EQ(s.parallelism.running_ns[0], 3);
	CHECK_EQ(s.parallelism.running_ns[1], 30);
	stop(&s);
}

/* Far more states than there are slots, in turns, so that they push each other out. */
TEST(any_number_of_states_gives_exact_sums)
{
	enum { STATES = 10000, ROUNDS = 3 };
	uint64_t running = 0, idle = 0, time = 0;
	struct setting s;

	start(&s, STATES);
	for (int round = 1; round <= ROUNDS; round++)
		for (uint32_t k = 0; k < STATES; k++) {
			struct moment m = { .running = k,
					    .waiting = k % 7,
					    .cpus = {
						    [CPU_WORKLOAD] = k, [CPU_IDLE] = STATES - k } };

			CHECK(moments_add(&s.moments, &m, round));
			running += (uint64_t)k * round;
			idle += (uint64_t)(STATES - k) * round;
			time += round;
		}
	CHECK(moments_close(&s.moments));
	CHECK_EQ(s.accounting.ns[CAUSE_OWN], running);
	CHECK_EQ(s.accounting.ns[CAUSE_NO_TASK], idle);
	CHECK_EQ(s.parallelism.running_ns[1234], 1 + 2 + 3);
	for (size_t i = 0; i < s.parallelism.levels; i++)
		time -= s.parallelism.demand_ns[i];
	CHECK_EQ(time, 0);
	stop(&s);
}

/* A state that differs in one counter alone is another one, whichever counter that is. */
TEST(every_counter_tells_states_apart)
{
	const size_t counters = sizeof(struct moment) / sizeof(uint32_t);
	uint64_t time = 0;
	struct setting s;

	start(&s, 1);
	for (size_t i = 0; i < counters; i++) {
		struct moment m = {};

		((uint32_t *)&m)[i] = 1;
		CHECK(moments_add(&s.moments, &m, 1000 + i));
	}
	CHECK(moments_close(&s.moments));
	CHECK_EQ(s.parallelism.running_ns[1], 1000); /* `running` is the first counter */
	CHECK_EQ(s.parallelism.demand_ns[1], 1000 + 1001);
	CHECK_EQ(s.parallelism.in_flight_sum, 1002);
	for (size_t i = 0; i < s.parallelism.levels; i++)
		time += s.parallelism.running_ns[i];
	CHECK_EQ(time, 1000 * counters + counters * (counters - 1) / 2);
	stop(&s);
}

int main(void)
{
	RUN(the_same_state_twice_is_one);
	RUN(any_number_of_states_gives_exact_sums);
	RUN(every_counter_tells_states_apart);
	return check_done("moments");
}
