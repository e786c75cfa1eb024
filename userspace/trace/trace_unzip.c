/* SPDX-License-Identifier: MIT */
/* Everything read here is hostile until checked. */
#include "trace_unzip.h"
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>
#include "common/heap_room.h"
#include "common/helper_thread.h"
#include "trace_file.h"
#include "trace_pack.h"
#include "trace_pack_fields.h"

/* A record whose every field is wrong takes less than twice its size. */
#define COLUMNS_PER_BYTE 2

/* So that the room of one is mostly enough for another, of about as many records. */
#define KEPT_STEP 4096u

/* A reader that waits is ahead of the others by no more sections: their room is to be used again.
 */
#define UNREAD_MAX 16

size_t unzipped_kept_bytes = 64u << 20;

struct section_kept {
	enum { NOT_KEPT, BEGUN, KEPT, READ_BY_ALL } state;
	unsigned reads; /* that are over, or need it no more */
	bool unread;	/* unzipped for others, none of which has come yet */
	void *data;
	size_t bytes, room;
};

struct trace_unzip {
	const struct trace *trace;
	struct unzip_hand own, helper;
	bool thread; /* there is one, not joined yet */
	pthread_t thread_id;
	char *kept; /* what all `sections` lie in */
	size_t kept_room;
	unsigned readers; /* of each section; 0: nobody knows */

	pthread_mutex_t lock; /* of all that follows; a section that is begun is whoever began's */
	pthread_cond_t done;
	struct section_kept *sections; /* [section of the trace] */
	size_t kept_bytes;
	struct left_room {
		void *data;
		size_t bytes;
	} * left; /* by sections that all have read */
	size_t left_count, unread;
	size_t next; /* for trace_unzip_next() */
	bool stopped;
};

static bool has_events(const struct section_entry *section)
{
	return section->type == SECTION_SCHED || section->type == SECTION_LIFECYCLE;
}

static size_t event_bytes(const struct trace *t)
{
	size_t bytes = 0;

	for (size_t i = 0; i < t->section_count; i++)
		bytes += has_events(&t->sections[i]) ? t->sections[i].raw_bytes : 0;
	return bytes;
}

struct trace_unzip *trace_unzip_new(const struct trace *t)
{
	struct trace_unzip *u = calloc(1, sizeof(*u));
	size_t bytes = event_bytes(t);

	if (!u)
		return NULL;
	pthread_mutex_init(&u->lock, NULL);
	pthread_cond_init(&u->done, NULL);
	u->trace = t;
	u->kept_room = bytes < unzipped_kept_bytes ? bytes : unzipped_kept_bytes;
	u->kept = heap_huge_new(u->kept_room + 1);
	u->sections = calloc(t->section_count + 1, sizeof(*u->sections));
	u->left = calloc(t->section_count + 1, sizeof(*u->left));
	if (u->kept && u->sections && u->left)
		return u;
	trace_unzip_free(u);
	return NULL;
}

void unzip_hand_free(struct unzip_hand *hand)
{
	ZSTD_freeDCtx(hand->zstd);
	free(hand->stored);
}

void trace_unzip_free(struct trace_unzip *u)
{
	if (!u)
		return;
	pthread_mutex_lock(&u->lock);
	u->stopped = true;
	pthread_mutex_unlock(&u->lock);
	if (u->thread)
		pthread_join(u->thread_id, NULL);
	pthread_cond_destroy(&u->done);
	pthread_mutex_destroy(&u->lock);
	unzip_hand_free(&u->own);
	unzip_hand_free(&u->helper);
	free(u->sections);
	free(u->left);
	free(u->kept);
	free(u);
}

static bool grow(void **data, size_t *room, size_t bytes)
{
	if (bytes <= *room && *data)
		return true;
	free(*data);
	*data = malloc(bytes + 1);
	*room = *data ? bytes : 0;
	return *data;
}

/* False: none of so many bytes of records can be so long. */
static bool unzipped_size(const struct section_entry *section, const void *frame, size_t *bytes)
{
	const size_t heads = sizeof(struct pack_head) +
			     SHAPE_COUNT * PACK_COLUMNS_PER_SHAPE * sizeof(struct pack_column);
	unsigned long long is;

	if (section->packing != PACKING_COLUMNS) {
		*bytes = section->raw_bytes;
		return section->packing == PACKING_NONE;
	}
	is = ZSTD_getFrameContentSize(frame, section->stored_bytes);
	if (is == ZSTD_CONTENTSIZE_ERROR || is == ZSTD_CONTENTSIZE_UNKNOWN ||
	    is > heads + COLUMNS_PER_BYTE * (unsigned long long)section->raw_bytes)
		return false;
	*bytes = is;
	return true;
}

static enum unzip_result frame_read(const struct trace_unzip *u, struct unzip_hand *hand,
				    const struct section_entry *section, size_t *bytes)
{
	if (!grow(&hand->stored, &hand->room, section->stored_bytes) ||
	    (!hand->zstd && !(hand->zstd = ZSTD_createDCtx())))
		return UNZIP_NO_MEMORY;
	if (!trace_read_stored(u->trace, section, hand->stored) ||
	    !unzipped_size(section, hand->stored, bytes))
		return UNZIP_DAMAGED;
	return UNZIP_GOOD;
}

static enum unzip_result frame_unzip(struct unzip_hand *hand, const struct section_entry *section,
				     void *to, size_t bytes)
{
	size_t got =
		ZSTD_decompressDCtx(hand->zstd, to, bytes, hand->stored, section->stored_bytes);

	if (ZSTD_getErrorCode(got) == ZSTD_error_memory_allocation)
		return UNZIP_NO_MEMORY;
	return got == bytes ? UNZIP_GOOD : UNZIP_DAMAGED;
}

/* NULL: none that is left is large enough. */
static void *take_left(struct trace_unzip *u, size_t bytes, size_t *room)
{
	for (size_t i = 0; i < u->left_count; i++) {
		struct left_room left = u->left[i];

		if (left.bytes < bytes)
			continue;
		u->left[i] = u->left[--u->left_count];
		*room = left.bytes;
		return left.data;
	}
	return NULL;
}

/* NULL: there is none left. */
static void *take_new(struct trace_unzip *u, size_t bytes, size_t *room)
{
	void *to = u->kept + u->kept_bytes;

	if (bytes > u->kept_room - u->kept_bytes)
		return NULL;
	*room = (bytes + KEPT_STEP - 1) / KEPT_STEP * KEPT_STEP;
	if (*room > u->kept_room - u->kept_bytes)
		*room = u->kept_room - u->kept_bytes;
	u->kept_bytes += *room;
	return to;
}

/*
 * Where the section's bytes can stay, and what room is there; NULL: nowhere, or nobody will read
 * them after this reader (`read`) or at all.
 */
static void *keep(struct trace_unzip *u, size_t index, bool read, struct section_kept *is)
{
	void *to = NULL;

	pthread_mutex_lock(&u->lock);
	is->reads = u->sections[index].reads;
	if (has_events(&u->trace->sections[index]) &&
	    (!u->readers || is->reads + read < u->readers)) {
		to = take_left(u, is->bytes, &is->room);
		to = to ? to : take_new(u, is->bytes, &is->room);
	}
	pthread_mutex_unlock(&u->lock);
	return to;
}

static void finish(struct trace_unzip *u, size_t index, const struct section_kept *is)
{
	pthread_mutex_lock(&u->lock);
	u->sections[index] = *is;
	u->unread += is->unread;
	pthread_mutex_unlock(&u->lock);
	pthread_cond_broadcast(&u->done);
}

static void take(struct unzipped *out, size_t index, const struct section_kept *is, void *data)
{
	out->data = data;
	out->bytes = is->bytes;
	out->kept_as = is->state == KEPT ? index + 1 : 0;
}

/* The reader is through with the section that it had before. */
static void leave(struct trace_unzip *u, struct unzipped *out)
{
	struct section_kept *section;

	if (!out->kept_as)
		return;
	section = &u->sections[out->kept_as - 1];
	out->kept_as = 0;
	if (++section->reads != u->readers)
		return;
	section->state = READ_BY_ALL;
	u->left[u->left_count++] = (struct left_room){ section->data, section->room };
}

/* A section that this hand has begun. `out` NULL: only to be kept; UNZIP_NO_MEMORY: it can't be. */
static enum unzip_result unzip(struct trace_unzip *u, struct unzip_hand *hand, size_t index,
			       struct unzipped *out)
{
	const struct section_entry *section = &u->trace->sections[index];
	struct section_kept is = {};
	enum unzip_result result = frame_read(u, hand, section, &is.bytes);
	void *to = NULL;

	if (result == UNZIP_GOOD)
		to = is.data = keep(u, index, out, &is);
	if (!to && out && result == UNZIP_GOOD && grow(&out->own, &out->room, is.bytes))
		to = out->own;
	if (!to && result == UNZIP_GOOD)
		result = UNZIP_NO_MEMORY;
	if (result == UNZIP_GOOD)
		result = frame_unzip(hand, section, to, is.bytes);
	is.state = is.data && result == UNZIP_GOOD ? KEPT : NOT_KEPT;
	is.unread = is.state == KEPT && !out;
	is.reads += is.state == NOT_KEPT && out;
	finish(u, index, &is);
	if (out)
		take(out, index, &is, to);
	return result;
}

/* The next from `index` on that nobody has begun is begun. section_count: none, or no more wanted.
 */
static size_t begin_next(struct trace_unzip *u, size_t index)
{
	size_t count = u->trace->section_count;

	pthread_mutex_lock(&u->lock);
	while (index < count &&
	       (!has_events(&u->trace->sections[index]) || u->sections[index].state != NOT_KEPT))
		index++;
	if (u->stopped)
		index = count;
	if (index < count)
		u->sections[index].state = BEGUN;
	pthread_mutex_unlock(&u->lock);
	return index;
}

static void *unzip_ahead(void *arg)
{
	struct trace_unzip *u = arg;
	size_t index = 0;

	while ((index = begin_next(u, index)) < u->trace->section_count &&
	       unzip(u, &u->helper, index, NULL) != UNZIP_NO_MEMORY)
		index++;
	return NULL;
}

void trace_unzip_ahead(struct trace_unzip *u)
{
	if (!u->thread)
		u->thread = helper_thread_start(&u->thread_id, unzip_ahead, u);
}

bool trace_unzip_next(struct trace_unzip *u)
{
	size_t index;
	bool enough;

	pthread_mutex_lock(&u->lock);
	enough = u->thread || u->unread >= UNREAD_MAX;
	pthread_mutex_unlock(&u->lock);
	if (enough)
		return false;
	index = begin_next(u, u->next);
	u->next = index + 1;
	return index < u->trace->section_count && unzip(u, &u->helper, index, NULL) == UNZIP_GOOD;
}

void trace_unzip_readers(struct trace_unzip *u, unsigned readers)
{
	u->readers = readers;
}

enum unzip_result trace_unzip(struct trace_unzip *u, size_t index, struct unzipped *out)
{
	struct section_kept *section = &u->sections[index];
	bool kept;

	pthread_mutex_lock(&u->lock);
	leave(u, out);
	while (section->state == BEGUN)
		pthread_cond_wait(&u->done, &u->lock);
	kept = section->state == KEPT;
	if (kept) {
		u->unread -= section->unread;
		section->unread = false;
		take(out, index, section, section->data);
	} else {
		section->state = BEGUN;
	}
	pthread_mutex_unlock(&u->lock);
	return kept ? UNZIP_GOOD : unzip(u, out->hand ? out->hand : &u->own, index, out);
}

void unzipped_free(struct unzipped *out)
{
	free(out->own);
	*out = (struct unzipped){};
}
