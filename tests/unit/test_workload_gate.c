/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include "../../workloads/gate.h"
#include "../../workloads/reading.h"
#include "check.h"

static struct gate gate;
static _Atomic uint64_t passed_ns;
static _Atomic unsigned passed;

static void *pass(void *argument)
{
	gate_pass(&gate);
	passed_ns = reading_now_ns();
	passed++;
	return NULL;
}

TEST(nobody_passes_before_the_gate_is_open)
{
	pthread_t threads[8];

	passed = 0;
	gate_init(&gate, 8);
	for (int i = 0; i < 8; i++)
		CHECK(!pthread_create(&threads[i], NULL, pass, NULL));
	CHECK_EQ(gate_await(&gate, 10000), 0);
	usleep(20000);
	CHECK_EQ(passed, 0);
	gate_release(&gate);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(passed, 8);
	CHECK(passed_ns > gate.opened_ns);
}

TEST(a_gate_that_a_task_never_reaches_times_out_and_says_how_many_came)
{
	pthread_t thread;
	uint64_t start_ns = reading_now_ns();

	passed = 0;
	gate_init(&gate, 2);
	CHECK(!pthread_create(&thread, NULL, pass, NULL));
	CHECK_EQ(gate_await(&gate, 100), -1);
	CHECK(reading_now_ns() - start_ns >= 100 * 1000000ull);
	CHECK_EQ(gate.ready, 1);
	gate_release(&gate);
	pthread_join(thread, NULL);
}

TEST(a_launcher_that_timed_out_may_wait_on)
{
	pthread_t threads[2];

	passed = 0;
	gate_init(&gate, 2);
	CHECK(!pthread_create(&threads[0], NULL, pass, NULL));
	CHECK_EQ(gate_await(&gate, 50), -1);
	CHECK(!pthread_create(&threads[1], NULL, pass, NULL));
	CHECK_EQ(gate_await(&gate, 10000), 0);
	gate_release(&gate);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(passed, 2);
}

TEST(a_reading_counts_the_switches_of_its_own_thread)
{
	struct reading before, after;

	reading_take(&before);
	for (int i = 0; i < 5; i++)
		usleep(1000);
	reading_take(&after);
	CHECK_EQ(after.nvcsw - before.nvcsw, 5);
	CHECK(after.ns - before.ns >= 5 * 1000000);
}

int main(void)
{
	RUN(nobody_passes_before_the_gate_is_open);
	RUN(a_gate_that_a_task_never_reaches_times_out_and_says_how_many_came);
	RUN(a_launcher_that_timed_out_may_wait_on);
	RUN(a_reading_counts_the_switches_of_its_own_thread);
	return check_done("workload_gate");
}
