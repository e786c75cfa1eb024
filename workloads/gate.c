/* SPDX-License-Identifier: MIT */
#include "gate.h"
#include <limits.h>
#include "futex.h"
#include "reading.h"

void gate_init(struct gate *gate, uint32_t tasks)
{
	*gate = (struct gate){ .tasks = tasks };
}

void gate_pass(struct gate *gate)
{
	if (atomic_fetch_add(&gate->ready, 1) + 1 == gate->tasks)
		futex_wake(&gate->ready, 1, 0);
	while (!atomic_load(&gate->open))
		futex_wait(&gate->open, 0, NULL, 0);
}

/* Moves the waiters from one word to another: the only call that tells how many there are. */
static uint32_t count_blocked(struct gate *gate)
{
	long moved = syscall(SYS_futex, &gate->open, FUTEX_CMP_REQUEUE, 0, (long)INT_MAX,
			     &gate->blocked, 0);

	return moved > 0 ? moved : 0;
}

int gate_await(struct gate *gate, unsigned timeout_ms)
{
	const struct timespec moment = { .tv_nsec = 200000 };
	uint64_t end_ns = reading_now_ns() + timeout_ms * 1000000ull, now_ns;
	uint32_t ready;

	for (;;) {
		now_ns = reading_now_ns();
		ready = atomic_load(&gate->ready);
		if (ready < gate->tasks && now_ns < end_ns) {
			struct timespec left = { .tv_sec = (end_ns - now_ns) / 1000000000,
						 .tv_nsec = (end_ns - now_ns) % 1000000000 };

			futex_wait(&gate->ready, ready, &left, 0);
			continue;
		}
		gate->blocked += count_blocked(gate);
		if (gate->blocked >= gate->tasks)
			return 0;
		if (now_ns >= end_ns)
			return -1;
		nanosleep(&moment, NULL);
	}
}

/* A task that was stopped and continued waits again where it first did: both words are woken. */
void gate_release(struct gate *gate)
{
	gate->opened_ns = reading_now_ns();
	atomic_store(&gate->open, 1);
	futex_wake(&gate->blocked, INT_MAX, 0);
	futex_wake(&gate->open, INT_MAX, 0);
}
