/* SPDX-License-Identifier: MIT */
#ifndef FUTEX_H
#define FUTEX_H

#include <linux/futex.h>
#include <stdatomic.h>
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

#endif
