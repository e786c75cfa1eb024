/* SPDX-License-Identifier: MIT */
#ifndef BODY_LOCK_H
#define BODY_LOCK_H

#include <stdatomic.h>
#include <stdint.h>
#include "unit_sync.h"

struct runtime;
struct unit;

enum body_lock_kind { BODY_LOCK_MUTEX, BODY_LOCK_SPIN, BODY_LOCK_TICKET };

/* A lock of either kind, in memory from workload_share; `word` is 1 while it is taken (spin). */
struct body_lock {
	enum body_lock_kind kind;
	struct unit_mutex mutex;
	_Atomic uint32_t word __attribute__((aligned(64)));
	_Atomic uint32_t next, serving; /* tickets: the next to be given out, the one inside */
};

void body_lock_init(struct body_lock *lock, enum body_lock_kind kind,
		    const struct runtime *runtime);
void body_lock_take(struct unit *unit, struct body_lock *lock);
void body_lock_give(struct unit *unit, struct body_lock *lock);

#endif
