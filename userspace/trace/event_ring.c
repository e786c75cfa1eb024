/* SPDX-License-Identifier: MIT */
#include "event_ring.h"
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#define RING_BATCHES 8u
/*
 * A wake-up costs its share of a batch, so it is for several: the maker's comes when the taker has
 * two left, which last longer than the maker takes to wake up.
 */
#define MAKER_WAKES_AT 2u /* or less made and not taken */
#define TAKER_WAKES_AT 4u /* or more */
_Static_assert(MAKER_WAKES_AT > 0, "the maker is woken before the taker may have to wait");

struct event_ring {
	struct ring_work work;
	struct event_batch *batches;
	bool thread; /* there is one, not joined yet */
	pthread_t maker;
	bool holds; /* the taker has batch `taken` */

	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t room, ready;
	uint64_t made, taken;
	bool ended, stopped;
	bool maker_waits, taker_waits; /* and has not been woken */
};

bool event_ring_has_cpus(void)
{
	cpu_set_t set;

	/* A machine with more CPUs than a set holds refuses it. */
	return sched_getaffinity(0, sizeof(set), &set) || CPU_COUNT(&set) > 1;
}

/* Where to put the next batch; NULL: nobody wants it. */
static struct event_batch *wait_for_room(struct event_ring *ring)
{
	struct event_batch *batch = NULL;

	pthread_mutex_lock(&ring->lock);
	if (ring->made - ring->taken == RING_BATCHES) {
		ring->maker_waits = true;
		while (!ring->stopped && ring->made - ring->taken > MAKER_WAKES_AT)
			pthread_cond_wait(&ring->room, &ring->lock);
	}
	if (!ring->stopped)
		batch = &ring->batches[ring->made % RING_BATCHES];
	pthread_mutex_unlock(&ring->lock);
	return batch;
}

static void *make_all(void *arg)
{
	struct event_ring *ring = arg;
	struct event_batch *batch;
	bool more = true, wake;

	while (more && (batch = wait_for_room(ring))) {
		more = ring->work.make(ring->work.ctx, batch);
		pthread_mutex_lock(&ring->lock);
		ring->made += batch->count > 0;
		ring->ended = !more;
		wake = ring->taker_waits && (!more || ring->made - ring->taken >= TAKER_WAKES_AT);
		ring->taker_waits &= !wake;
		pthread_mutex_unlock(&ring->lock);
		if (wake)
			pthread_cond_signal(&ring->ready);
	}
	return NULL;
}

/* Signals are the other threads' business. */
static bool thread_start(struct event_ring *ring)
{
	sigset_t all, before;
	bool good;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	good = !pthread_create(&ring->maker, NULL, make_all, ring);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return good;
}

struct event_ring *event_ring_start(const struct ring_work *work, bool thread)
{
	struct event_ring *ring = calloc(1, sizeof(*ring));

	if (!ring)
		return NULL;
	ring->work = *work;
	pthread_mutex_init(&ring->lock, NULL);
	pthread_cond_init(&ring->room, NULL);
	pthread_cond_init(&ring->ready, NULL);
	ring->batches = aligned_alloc(_Alignof(struct event_batch),
				      (thread ? RING_BATCHES : 1) * sizeof(*ring->batches));
	if (!ring->batches) {
		event_ring_stop(ring);
		return NULL;
	}
	ring->thread = thread && thread_start(ring);
	return ring;
}

static void join(struct event_ring *ring)
{
	if (ring->thread)
		pthread_join(ring->maker, NULL);
	ring->thread = false;
}

static const struct event_batch *make_now(struct event_ring *ring)
{
	if (ring->ended)
		return NULL;
	ring->ended = !ring->work.make(ring->work.ctx, ring->batches);
	return ring->batches->count ? ring->batches : NULL;
}

/* With the lock, but for as long as it takes. */
static bool help(struct event_ring *ring)
{
	bool helped;

	pthread_mutex_unlock(&ring->lock);
	helped = ring->work.help(ring->work.ctx);
	pthread_mutex_lock(&ring->lock);
	return helped;
}

const struct event_batch *event_ring_next(struct event_ring *ring)
{
	const struct event_batch *batch = NULL;
	bool wake; /* after the lock, which the other would only wait for */

	if (!ring->thread)
		return make_now(ring);
	pthread_mutex_lock(&ring->lock);
	ring->taken += ring->holds;
	wake = ring->maker_waits && ring->made - ring->taken <= MAKER_WAKES_AT;
	ring->maker_waits &= !wake;
	while (!wake && !ring->ended && ring->made == ring->taken && help(ring))
		;
	if (!wake && ring->made == ring->taken) {
		ring->taker_waits = true;
		while (!ring->ended && ring->made - ring->taken < TAKER_WAKES_AT)
			pthread_cond_wait(&ring->ready, &ring->lock);
	}
	ring->holds = ring->made != ring->taken;
	if (ring->holds)
		batch = &ring->batches[ring->taken % RING_BATCHES];
	pthread_mutex_unlock(&ring->lock);
	if (wake)
		pthread_cond_signal(&ring->room);
	if (!batch)
		join(ring);
	return batch;
}

void event_ring_stop(struct event_ring *ring)
{
	if (!ring)
		return;
	pthread_mutex_lock(&ring->lock);
	ring->stopped = true;
	pthread_cond_signal(&ring->room);
	pthread_mutex_unlock(&ring->lock);
	join(ring);
	pthread_cond_destroy(&ring->ready);
	pthread_cond_destroy(&ring->room);
	pthread_mutex_destroy(&ring->lock);
	free(ring->batches);
	free(ring);
}
