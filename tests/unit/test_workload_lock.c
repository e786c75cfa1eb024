/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include "../../workloads/body_lock.h"
#include "../../workloads/workload.h"
#include "check.h"

#define ROUNDS 20000

static struct body_lock lock;
static uint64_t count; /* guarded by nothing but the lock */
static unsigned order[2], arrived;

static void *count_inside(void *argument)
{
	struct unit *unit = argument;

	for (int i = 0; i < ROUNDS; i++) {
		body_lock_take(unit, &lock);
		count++;
		body_lock_give(unit, &lock);
	}
	return NULL;
}

static void two_threads(void *(*run)(void *))
{
	struct unit units[2] = { { .runtime = &runtime_thread },
				 { .index = 1, .runtime = &runtime_thread } };
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		CHECK(!pthread_create(&threads[i], NULL, run, &units[i]));
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

TEST(whatever_its_kind_only_one_is_inside)
{
	for (int kind = BODY_LOCK_MUTEX; kind <= BODY_LOCK_TICKET; kind++) {
		count = 0;
		body_lock_init(&lock, kind, &runtime_thread);
		two_threads(count_inside);
		CHECK_EQ(count, 2 * ROUNDS);
	}
}

static void *take_once(void *argument)
{
	struct unit *unit = argument;

	body_lock_take(unit, &lock);
	order[arrived++] = unit->index;
	body_lock_give(unit, &lock);
	return NULL;
}

/* Both draw while it is taken, the second once the first has drawn. */
TEST(tickets_are_served_in_the_order_in_which_they_were_drawn)
{
	struct unit owner = { .runtime = &runtime_thread };
	struct unit units[2] = { { .index = 7, .runtime = &runtime_thread },
				 { .index = 3, .runtime = &runtime_thread } };
	pthread_t threads[2];

	body_lock_init(&lock, BODY_LOCK_TICKET, &runtime_thread);
	body_lock_take(&owner, &lock);
	for (unsigned i = 0; i < 2; i++) {
		CHECK(!pthread_create(&threads[i], NULL, take_once, &units[i]));
		while (atomic_load(&lock.next) != i + 2)
			sched_yield();
	}
	CHECK_EQ(arrived, 0);
	body_lock_give(&owner, &lock);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	CHECK_EQ(order[0], 7);
	CHECK_EQ(order[1], 3);
}

int main(void)
{
	RUN(whatever_its_kind_only_one_is_inside);
	RUN(tickets_are_served_in_the_order_in_which_they_were_drawn);
	return check_done("workload_lock");
}
