/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include "failure.h"
#include "invoking_user.h"
#include "trace_file.h"
#include "trace_pack.h"

/*
 * A longer section packs better, 2.34 bytes a switch in a ping-pong and 2.45 at half this size, and
 * a CPU has one in memory.
 */
#define CHUNK_BYTES (512u << 10)

struct chunk { /* one CPU's open section of one type */
	char *data;
	size_t size;
	uint64_t records;
};

struct trace_writer {
	int fd;
	char *path;
	int status; /* of the first failure: from then on nothing is written */
	int cpu_count;
	struct chunk *chunks; /* [2 * cpu]: SCHED, [2 * cpu + 1]: LIFECYCLE */
	ZSTD_CCtx *zstd;
	struct packer *packer;
	char *stored; /* what is about to be written */
	size_t stored_room;
	uint64_t written;
};

uint32_t section_check(const struct section_head *head)
{
	const unsigned char *byte = (const void *)head;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < offsetof(struct section_head, check); i++)
		hash = (hash ^ byte[i]) * 16777619u;
	return hash;
}

static int write_all(struct trace_writer *w, const void *data, size_t size)
{
	const char *at = data;

	while (size && !w->status) {
		ssize_t wrote = write(w->fd, at, size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			w->status =
				fail(EXIT_FAILED,
				     errno == ENOSPC || errno == EDQUOT || errno == EFBIG
					     ? "make room, or write the trace elsewhere with -o or "
					       "--trace"
					     : "the trace is readable up to here: schedlab report",
				     "writing the trace %s failed after %llu bytes: %s", w->path,
				     (unsigned long long)w->written, strerror(errno));
			break;
		}
		at += wrote;
		size -= wrote;
		w->written += wrote;
	}
	return w->status;
}

int trace_create(struct trace_writer **out, const char *path, int cpu_count)
{
	struct trace_head head = { .magic = TRACE_MAGIC, .version = TRACE_VERSION };
	struct trace_writer *w = calloc(1, sizeof(*w));

	*out = NULL;
	if (!w)
		return fail_memory();
	w->fd = output_open(path);
	if (w->fd < 0) {
		free(w);
		return EXIT_FAILED;
	}
	w->path = strdup(path);
	w->cpu_count = cpu_count;
	w->chunks = calloc(2 * cpu_count, sizeof(*w->chunks));
	w->zstd = ZSTD_createCCtx();
	w->packer = packer_new(CHUNK_BYTES);
	if (!w->path || !w->chunks || !w->zstd || !w->packer) {
		trace_abandon(w);
		return fail_memory();
	}
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, 1);
	ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
	if (write_all(w, &head, sizeof(head))) {
		int status = w->status;

		unlink(path); /* it was made, or emptied, here */
		trace_abandon(w);
		return status;
	}
	*out = w;
	return 0;
}

static int store_reserve(struct trace_writer *w, size_t bound)
{
	char *grown;

	if (bound <= w->stored_room)
		return 0;
	grown = realloc(w->stored, bound);
	if (!grown)
		return w->status = fail_memory();
	w->stored = grown;
	w->stored_room = bound;
	return 0;
}

/*
 * Packing is done here, when a section is full, and not after the run: it makes zstd's work a
 * sixth, so that both take less of the recorder's time than zstd alone did, and nothing is written
 * twice.
 */
static int write_section(struct trace_writer *w, enum section_type type, int cpu, const void *data,
			 size_t size, uint64_t records)
{
	struct section_head head = { .magic = SECTION_MAGIC,
				     .type = type,
				     .cpu = cpu,
				     .raw_bytes = size,
				     .records = records };
	size_t stored = 0;

	if (w->status || store_reserve(w, ZSTD_compressBound(size)))
		return w->status;
	if (type == SECTION_SCHED)
		stored = pack_records(w->packer, w->zstd, data, size, w->stored, w->stored_room);
	if (stored) {
		head.packing = PACKING_COLUMNS;
	} else {
		stored = ZSTD_compress2(w->zstd, w->stored, w->stored_room, data, size);
		if (ZSTD_isError(stored))
			return w->status = fail(EXIT_FAILED, hint_for(ENOMEM),
						"compressing the trace failed: %s",
						ZSTD_getErrorName(stored));
	}
	head.stored_bytes = stored;
	head.check = section_check(&head);
	write_all(w, &head, sizeof(head));
	return write_all(w, w->stored, stored);
}

int trace_write_section(struct trace_writer *w, enum section_type type, const void *data,
			size_t size)
{
	return write_section(w, type, SECTION_NO_CPU, data, size, 0);
}

int trace_write_json(struct trace_writer *w, enum section_type type, const json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int status;

	if (!text)
		return w->status = fail_memory();
	status = trace_write_section(w, type, text, strlen(text));
	free(text);
	return status;
}

static struct chunk *chunk_of(struct trace_writer *w, enum section_type type, int cpu)
{
	return &w->chunks[2 * cpu + (type == SECTION_LIFECYCLE)];
}

static int chunk_write(struct trace_writer *w, enum section_type type, int cpu)
{
	struct chunk *chunk = chunk_of(w, type, cpu);

	if (chunk->size)
		write_section(w, type, cpu, chunk->data, chunk->size, chunk->records);
	chunk->size = 0;
	chunk->records = 0;
	return w->status;
}

int trace_append(struct trace_writer *w, enum section_type type, int cpu,
		 const struct event_head *record)
{
	struct chunk *chunk = chunk_of(w, type, cpu);

	if (!chunk->data && !(chunk->data = malloc(CHUNK_BYTES)))
		return w->status = fail_memory();
	if (chunk->size + record->size > CHUNK_BYTES)
		chunk_write(w, type, cpu);
	memcpy(chunk->data + chunk->size, record, record->size);
	chunk->size += record->size;
	chunk->records++;
	return w->status;
}

int trace_flush(struct trace_writer *w)
{
	for (int cpu = 0; cpu < w->cpu_count; cpu++) {
		chunk_write(w, SECTION_LIFECYCLE, cpu);
		chunk_write(w, SECTION_SCHED, cpu);
	}
	return w->status;
}

int trace_close(struct trace_writer *w)
{
	uint32_t flags = TRACE_COMPLETE;
	int status = trace_flush(w);

	if (!status && pwrite(w->fd, &flags, sizeof(flags), offsetof(struct trace_head, flags)) !=
			       sizeof(flags))
		status = fail(EXIT_FAILED, hint_for(errno), "closing the trace %s failed: %s",
			      w->path, strerror(errno));
	trace_abandon(w);
	return status;
}

void trace_abandon(struct trace_writer *w)
{
	if (!w)
		return;
	for (int i = 0; w->chunks && i < 2 * w->cpu_count; i++)
		free(w->chunks[i].data);
	free(w->chunks);
	ZSTD_freeCCtx(w->zstd);
	packer_free(w->packer);
	free(w->stored);
	free(w->path);
	close(w->fd);
	free(w);
}
