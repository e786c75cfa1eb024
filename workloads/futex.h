/* SPDX-License-Identifier: MIT */
#ifndef FUTEX_H
#define FUTEX_H

#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/*
 * Raw futex calls: glibc's own would add a lock's state changes to what is measured. `private` is 0
 * or FUTEX_PRIVATE_FLAG (all waiters in one process); a relative time-out may be NULL.
 */
static inline long futex_wait(_Atomic uint32_t *word, uint32_t expected,
			      const struct timespec *timeout, int private)
{
	return syscall(SYS_futex, word, FUTEX_WAIT | private, expected, timeout, NULL, 0);
}

static inline long futex_wake(_Atomic uint32_t *word, int count, int private)
{
	return syscall(SYS_futex, word, FUTEX_WAKE | private, count, NULL, NULL, 0);
}

/*
 * A lock that whoever runs on a thread may take and another on the same thread give back, as
 * coroutines do. 0: free, 1: held, 2: held and waited for. It is held for some tens of
 * nanoseconds: a waiter looks a few times before it sleeps.
 */
#define FUTEX_LOCK_LOOKS 200

static inline void futex_relax(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#endif
}

static inline bool futex_try_lock(_Atomic uint32_t *lock)
{
	uint32_t is_free = 0;

	return atomic_compare_exchange_strong_explicit(lock, &is_free, 1, memory_order_acquire,
						       memory_order_relaxed);
}

static inline void futex_lock(_Atomic uint32_t *lock)
{
	for (int look = 0; look < FUTEX_LOCK_LOOKS; look++) {
		if (futex_try_lock(lock))
			return;
		futex_relax();
	}
	while (atomic_exchange_explicit(lock, 2, memory_order_acquire))
		futex_wait(lock, 2, NULL, FUTEX_PRIVATE_FLAG);
}

static inline void futex_unlock(_Atomic uint32_t *lock)
{
	if (atomic_exchange_explicit(lock, 0, memory_order_release) == 2)
		futex_wake(lock, 1, FUTEX_PRIVATE_FLAG);
}

#endif
