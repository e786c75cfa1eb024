/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "common/failure.h"
#include "trace_file.h"
#include "trace_output.h"
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
	struct trace_output output;
	int status; /* of the first failure: from then on nothing is written */
	int cpu_count;
	struct chunk *chunks; /* [2 * cpu]: SCHED, [2 * cpu + 1]: LIFECYCLE */
	ZSTD_CCtx *zstd;
	struct packer *packer;
	char *stored; /* what is about to be written */
	size_t stored_room;
};

uint32_t section_check(const struct section_head *head)
{
	const unsigned char *byte = (const void *)head;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < offsetof(struct section_head, check); i++)
		hash = (hash ^ byte[i]) * 16777619u;
	return hash;
}

int trace_create(struct trace_writer **out, const char *path, int cpu_count)
{
	struct trace_head head = { .magic = TRACE_MAGIC, .version = TRACE_VERSION };
	struct trace_writer *w = calloc(1, sizeof(*w));
	int status;

	*out = NULL;
	if (!w)
		return fail_memory();
	status = trace_output_open(&w->output, path);
	if (status) {
		free(w);
		return status;
	}
	w->cpu_count = cpu_count;
	w->chunks = calloc(2 * cpu_count, sizeof(*w->chunks));
	w->zstd = ZSTD_createCCtx();
	w->packer = packer_new(CHUNK_BYTES);
	if (!w->chunks || !w->zstd || !w->packer) {
		status = fail_memory();
	} else {
		ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_compressionLevel, 1);
		ZSTD_CCtx_setParameter(w->zstd, ZSTD_c_checksumFlag, 1);
		status = trace_output_append(&w->output, &head, sizeof(head), NULL, 0);
	}
	if (status) {
		trace_discard(w);
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
	w->status = trace_output_append(&w->output, &head, sizeof(head), w->stored, stored);
	return w->status;
}

int trace_commit(struct trace_writer *w)
{
	if (!w->status)
		w->status = trace_output_commit(&w->output);
	return w->status;
}

bool trace_is_new(const struct trace_writer *w)
{
	return w->output.made;
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

	if (chunk->size && !trace_commit(w))
		write_section(w, type, cpu, chunk->data, chunk->size, chunk->records);
	chunk->size = 0;
	chunk->records = 0;
	return w->status;
}

/* Whose the switches are: few, and without them the others say nothing. */
static void lifecycle_write(struct trace_writer *w)
{
	for (int cpu = 0; cpu < w->cpu_count; cpu++)
		chunk_write(w, SECTION_LIFECYCLE, cpu);
}

int trace_append(struct trace_writer *w, enum section_type type, int cpu,
		 const struct event_head *record)
{
	struct chunk *chunk = chunk_of(w, type, cpu);

	if (!chunk->data && !(chunk->data = malloc(CHUNK_BYTES)))
		return w->status = fail_memory();
	if (chunk->size + record->size > CHUNK_BYTES) {
		lifecycle_write(w);
		chunk_write(w, type, cpu);
	}
	memcpy(chunk->data + chunk->size, record, record->size);
	chunk->size += record->size;
	chunk->records++;
	return w->status;
}

int trace_flush(struct trace_writer *w)
{
	lifecycle_write(w);
	for (int cpu = 0; cpu < w->cpu_count; cpu++)
		chunk_write(w, SECTION_SCHED, cpu);
	return w->status;
}

static void writer_free(struct trace_writer *w)
{
	for (int i = 0; w->chunks && i < 2 * w->cpu_count; i++)
		free(w->chunks[i].data);
	free(w->chunks);
	ZSTD_freeCCtx(w->zstd);
	packer_free(w->packer);
	free(w->stored);
	free(w);
}

int trace_close(struct trace_writer *w)
{
	int status = trace_flush(w);

	if (!status)
		status = trace_commit(w);
	if (!status)
		status = trace_output_finish(&w->output, TRACE_COMPLETE,
					     offsetof(struct trace_head, flags));
	trace_abandon(w);
	return status;
}

void trace_abandon(struct trace_writer *w)
{
	if (!w)
		return;
	trace_output_close(&w->output, false);
	writer_free(w);
}

void trace_discard(struct trace_writer *w)
{
	trace_output_close(&w->output, true);
	writer_free(w);
}
