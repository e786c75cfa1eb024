/* SPDX-License-Identifier: MIT */
#include "trace_ahead.h"
#include <pthread.h>
#include <stdlib.h>
#include "trace_file.h"
#include "trace_pack.h"

struct slot {
	enum { SLOT_FREE, SLOT_WANTED, SLOT_BEGUN, SLOT_DONE, SLOT_TAKEN } state;
	size_t section;
	uint64_t turn; /* as they were wanted */
	void *unzipped;
	size_t room, bytes;
};

struct trace_ahead {
	const struct trace *trace;
	/* The helper's own. */
	ZSTD_DCtx *zstd;
	void *stored;
	size_t stored_room;

	pthread_mutex_t lock; /* of all that follows; a slot that is begun is the helper's */
	pthread_cond_t done;
	struct slot slots[AHEAD_SECTIONS];
	uint64_t turns;
};

struct trace_ahead *trace_ahead_new(const struct trace *t)
{
	struct trace_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->trace = t;
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->done, NULL);
	a->zstd = ZSTD_createDCtx();
	if (a->zstd)
		return a;
	trace_ahead_free(a);
	return NULL;
}

void trace_ahead_free(struct trace_ahead *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < AHEAD_SECTIONS; i++)
		free(a->slots[i].unzipped);
	pthread_cond_destroy(&a->done);
	pthread_mutex_destroy(&a->lock);
	ZSTD_freeDCtx(a->zstd);
	free(a->stored);
	free(a);
}

void trace_ahead_want(struct trace_ahead *a, size_t index)
{
	struct slot *slot = a->slots;

	if (a->trace->sections[index].packing != PACKING_COLUMNS)
		return;
	pthread_mutex_lock(&a->lock);
	while (slot < a->slots + AHEAD_SECTIONS && slot->state != SLOT_FREE)
		slot++;
	if (slot < a->slots + AHEAD_SECTIONS) {
		slot->state = SLOT_WANTED;
		slot->section = index;
		slot->turn = a->turns++;
	}
	pthread_mutex_unlock(&a->lock);
}

const void *trace_ahead_take(struct trace_ahead *a, size_t index, size_t *bytes)
{
	const void *unzipped = NULL;

	pthread_mutex_lock(&a->lock);
	for (struct slot *slot = a->slots; slot < a->slots + AHEAD_SECTIONS; slot++) {
		if (slot->state == SLOT_TAKEN)
			slot->state = SLOT_FREE;
		if (slot->state == SLOT_FREE || slot->section != index)
			continue;
		while (slot->state == SLOT_BEGUN)
			pthread_cond_wait(&a->done, &a->lock);
		if (slot->state == SLOT_DONE) {
			slot->state = SLOT_TAKEN;
			unzipped = slot->unzipped;
			*bytes = slot->bytes;
		} else {
			slot->state = SLOT_FREE;
		}
	}
	pthread_mutex_unlock(&a->lock);
	return unzipped;
}

static bool grow(void **data, size_t *room, size_t bytes)
{
	if (bytes <= *room)
		return true;
	free(*data);
	*data = malloc(bytes);
	*room = *data ? bytes : 0;
	return *data;
}

/* False: it can't be; whoever reads it then finds out why. */
static bool unzip(struct trace_ahead *a, struct slot *slot)
{
	const struct section_entry *section = &a->trace->sections[slot->section];
	size_t stored = section->stored_bytes, bytes;

	if (!grow(&a->stored, &a->stored_room, stored) ||
	    !trace_read_stored(a->trace, section, a->stored))
		return false;
	bytes = unzipped_size(a->stored, stored, section->raw_bytes);
	if (!bytes || !grow(&slot->unzipped, &slot->room, bytes))
		return false;
	slot->bytes = bytes;
	return ZSTD_decompressDCtx(a->zstd, slot->unzipped, bytes, a->stored, stored) == bytes;
}

bool trace_ahead_help(struct trace_ahead *a)
{
	struct slot *first = NULL;
	bool good;

	pthread_mutex_lock(&a->lock);
	for (struct slot *slot = a->slots; slot < a->slots + AHEAD_SECTIONS; slot++)
		if (slot->state == SLOT_WANTED && (!first || slot->turn < first->turn))
			first = slot;
	if (first)
		first->state = SLOT_BEGUN;
	pthread_mutex_unlock(&a->lock);
	if (!first)
		return false;
	good = unzip(a, first);
	pthread_mutex_lock(&a->lock);
	first->state = good ? SLOT_DONE : SLOT_FREE;
	pthread_mutex_unlock(&a->lock);
	pthread_cond_signal(&a->done);
	return true;
}
