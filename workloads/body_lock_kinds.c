/* SPDX-License-Identifier: MIT */
#include "body_lock.h"
#include "workload.h"

void body_lock_init(struct body_lock *lock, enum body_lock_kind kind, const struct runtime *runtime)
{
	*lock = (struct body_lock){ .kind = kind };
	runtime->mutex_init(&lock->mutex);
}

/* Between two looks. Where units share a carrier the holder may be waiting for it. */
static void relax(struct unit *unit)
{
	if (unit->runtime->yield)
		unit->runtime->yield(unit);
#ifdef __x86_64__
	else
		__builtin_ia32_pause();
#endif
}

/* It tries only when it looks free: looking leaves the holder its cache line, trying does not. */
static void spin(struct unit *unit, struct body_lock *lock)
{
	while (atomic_exchange_explicit(&lock->word, 1, memory_order_acquire))
		while (atomic_load_explicit(&lock->word, memory_order_relaxed))
			relax(unit);
}

static void draw_ticket(struct unit *unit, struct body_lock *lock)
{
	uint32_t own = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

	while (atomic_load_explicit(&lock->serving, memory_order_acquire) != own)
		relax(unit);
}

void body_lock_take(struct unit *unit, struct body_lock *lock)
{
	switch (lock->kind) {
	case BODY_LOCK_MUTEX:
		unit->runtime->lock(unit, &lock->mutex);
		return;
	case BODY_LOCK_SPIN:
		spin(unit, lock);
		return;
	case BODY_LOCK_TICKET:
		draw_ticket(unit, lock);
		return;
	}
}

void body_lock_give(struct unit *unit, struct body_lock *lock)
{
	switch (lock->kind) {
	case BODY_LOCK_MUTEX:
		unit->runtime->unlock(unit, &lock->mutex);
		return;
	case BODY_LOCK_SPIN:
		atomic_store_explicit(&lock->word, 0, memory_order_release);
		return;
	case BODY_LOCK_TICKET:
		atomic_fetch_add_explicit(&lock->serving, 1, memory_order_release);
		return;
	}
}
