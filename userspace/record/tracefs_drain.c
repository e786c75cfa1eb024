/* SPDX-License-Identifier: MIT */
/* From the kernel's pages to numbered records, with a hole in the numbers for each loss. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "common/failure.h"
#include "tracefs_internal.h"

static void *grow(struct tracefs *t, void *list, size_t *room, size_t wanted, size_t size)
{
	size_t grown_room = *room ? 2 * *room : 1024;
	void *grown;

	while (grown_room < wanted)
		grown_room *= 2;
	grown = reallocarray(list, grown_room, size);
	if (!grown) {
		if (!t->failed)
			fail(EXIT_FAILED, hint_for(ENOMEM), "out of memory: records are lost");
		t->failed = true;
		return NULL;
	}
	*room = grown_room;
	return grown;
}

/* ---- losses -------------------------------------------------------------------------------------
 */

static void make_hole(struct tracefs_cpu *cpu, uint64_t count)
{
	cpu->count.seq[STREAM_SCHED] += count;
	cpu->count.dropped[STREAM_SCHED] += count;
	cpu->lost += count;
}

/* "overrun: 12" of a line of its own. */
static uint64_t stat_row(const char *stats, const char *key)
{
	const char *at = stats;
	size_t len = strlen(key);

	while (at && strncmp(at, key, len) != 0) {
		at = strchr(at, '\n');
		at = at ? at + 1 : NULL;
	}
	return at ? strtoull(at + len, NULL, 10) : 0;
}

/* All events that the ring has not kept, since it was emptied; 0 where it can't say. */
static uint64_t lost_by_kernel(const struct tracefs *t, int cpu)
{
	char path[64], *stats;
	uint64_t lost;

	snprintf(path, sizeof(path), "per_cpu/cpu%d/stats", cpu);
	stats = tracefs_read(t->instance.dir, path);
	if (!stats)
		return 0;
	lost = stat_row(stats, "overrun: ") + stat_row(stats, "commit overrun: ") +
	       stat_row(stats, "dropped events: ");
	free(stats);
	return lost;
}

/*
 * Before this page events were lost. A page that is full to its end has no room to say how many: it
 * is then what the ring's own count has, less what has its hole already, and one at the least.
 */
static void take_loss(struct tracefs *t, int cpu, int64_t lost)
{
	struct tracefs_cpu *c = &t->cpus[cpu];
	uint64_t all;

	if (!lost)
		return;
	if (lost == RAW_LOST_UNKNOWN) {
		all = lost_by_kernel(t, cpu);
		lost = all > c->lost ? all - c->lost : 1;
	}
	make_hole(c, lost);
}

/* ---- pages --------------------------------------------------------------------------------------
 */

static void note_kin(struct tracefs *t, int cpu, const struct event_head *record)
{
	struct tracefs_kin *kin = t->kin;

	if (!family_concerns(record))
		return;
	if (t->kin_count == t->kin_room)
		kin = grow(t, kin, &t->kin_room, t->kin_count + 1, sizeof(*kin));
	if (!kin)
		return;
	t->kin = kin;
	t->kin[t->kin_count++] = (struct tracefs_kin){ record->ts, cpu, t->cpus[cpu].size };
}

static void hold(struct tracefs *t, int cpu, union any_record *record)
{
	enum event_stream stream = record->head.type >= EVENT_NEWTASK ? STREAM_LIFECYCLE
								      : STREAM_SCHED;
	struct tracefs_cpu *c = &t->cpus[cpu];

	if (c->room - c->size < sizeof(*record)) {
		char *grown = grow(t, c->held, &c->room, c->size + sizeof(*record), 1);

		if (!grown) {
			make_hole(c, 1);
			return;
		}
		c->held = grown;
	}
	record->head.seq = c->count.seq[stream]++;
	c->count.emitted[stream]++;
	note_kin(t, cpu, &record->head);
	memcpy(c->held + c->size, record, record->head.size);
	c->size += record->head.size;
}

/* The time of its last event; 0: it has none. */
static uint64_t take_page(struct tracefs *t, int cpu, size_t size)
{
	struct raw_page page;
	const void *event;
	uint64_t ts = 0;
	size_t event_size;

	if (!raw_pages_load(t->pages, t->page, size, &page)) {
		make_hole(&t->cpus[cpu], 1);
		return 0;
	}
	take_loss(t, cpu, page.lost);
	while ((event = raw_pages_next(t->pages, &ts, &event_size))) {
		union any_record record;
		int got = raw_decode(&t->formats, ts, cpu, event, event_size, &record);

		if (got > 0)
			hold(t, cpu, &record);
		else if (got < 0)
			make_hole(&t->cpus[cpu], 1);
	}
	return ts;
}

/* All up to `until`, and what comes with it: a CPU that goes on recording is not read for ever. */
static void read_cpu(struct tracefs *t, int cpu, uint64_t until)
{
	uint64_t last = 0;

	while (last <= until) {
		ssize_t got = read(t->cpus[cpu].fd, t->page, t->layout.page_bytes);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return;
		last = take_page(t, cpu, got);
	}
}

/* ---- order --------------------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
	const struct tracefs_kin *x = a, *y = b;

	if (x->ts != y->ts)
		return x->ts < y->ts ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/*
 * Completes the records of births, names and deaths in the order of time. What is younger than
 * `until` waits: an older one of another CPU may not be read yet.
 */
static void complete_kin(struct tracefs *t, uint64_t until)
{
	size_t done = 0;

	if (t->kin_count)
		qsort(t->kin, t->kin_count, sizeof(*t->kin), by_time);
	while (done < t->kin_count && t->kin[done].ts <= until) {
		const struct tracefs_kin *kin = &t->kin[done++];

		if (!family_apply(&t->family, (void *)(t->cpus[kin->cpu].held + kin->offset)))
			t->failed = true;
	}
	t->kin_count -= done;
	memmove(t->kin, t->kin + done, t->kin_count * sizeof(*t->kin));
}

static uint64_t now_monotonic_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void tracefs_collect(struct tracefs *t)
{
	uint64_t began = t->attached ? now_monotonic_ns() : UINT64_MAX;

	for (int cpu = 0; cpu < t->capture.cpu_count; cpu++) {
		struct tracefs_cpu *c = &t->cpus[cpu];
		uint64_t lost;

		if (c->fd < 0 || !tracefs_watch(t, cpu))
			continue;
		read_cpu(t, cpu, began);
		if (t->attached)
			continue;
		/* What no page told of: lost after the last, or amid an interrupt. */
		lost = lost_by_kernel(t, cpu);
		if (lost > c->lost)
			make_hole(c, lost - c->lost);
	}
	complete_kin(t, began);
}

/* Up to the CPU's first record that is not complete. */
static size_t complete_bytes(const struct tracefs *t, int cpu)
{
	size_t bytes = t->cpus[cpu].size;

	for (size_t i = 0; i < t->kin_count; i++)
		if (t->kin[i].cpu == cpu && t->kin[i].offset < bytes)
			bytes = t->kin[i].offset;
	return bytes;
}

static void drop_held(struct tracefs *t, int cpu, size_t bytes)
{
	struct tracefs_cpu *c = &t->cpus[cpu];

	if (!bytes)
		return;
	memmove(c->held, c->held + bytes, c->size - bytes);
	c->size -= bytes;
	for (size_t i = 0; i < t->kin_count; i++)
		if (t->kin[i].cpu == cpu)
			t->kin[i].offset -= bytes;
}

long tracefs_drain(struct capture *c)
{
	struct tracefs *t = tracefs_of(c);
	long total = 0;

	tracefs_collect(t);
	for (int cpu = 0; cpu < c->cpu_count; cpu++) {
		size_t bytes = complete_bytes(t, cpu), at = 0;
		int err = 0;

		while (at < bytes && err >= 0) {
			const struct event_head *record = (void *)(t->cpus[cpu].held + at);

			err = c->fn ? c->fn(c->ctx, cpu, record, record->size) : 0;
			at += record->size;
			total++;
		}
		drop_held(t, cpu, at);
		if (err < 0)
			return err;
	}
	return total;
}

void tracefs_reset(struct tracefs *t)
{
	for (int cpu = 0; cpu < t->capture.cpu_count; cpu++) {
		struct tracefs_cpu *c = &t->cpus[cpu];

		memset(&c->count, 0, sizeof(c->count));
		c->lost = c->size = 0;
	}
	t->kin_count = 0;
	family_free(&t->family);
}
