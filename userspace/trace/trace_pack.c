/* SPDX-License-Identifier: MIT */
#include "trace_pack.h"
#include <stdlib.h>
#include <string.h>
#include "trace_pack_model.h"

#define WIDE_BYTES_MAX 7 /* what is left of 8 after the low byte */
/* Below this many bytes a piece shares its neighbour's block, and its table of codes. */
#define OWN_BLOCK_BYTES 256

struct column { /* its room is what as many records as a section holds can need */
	uint8_t *low, *high, *wide;
	uint32_t values, wide_bytes;
};

struct packer {
	size_t section_bytes;
	uint8_t *types, *raw;
	uint32_t records, raw_bytes;
	uint8_t *arena;
	struct column columns[SHAPE_COUNT][PACK_COLUMNS_PER_SHAPE];
	struct pack_model model;
};

static size_t column_count(enum pack_shape_id shape)
{
	size_t count = 0;

	while (count < PACK_FIELDS_MAX && pack_fields[shape][count].width)
		count++;
	return PACK_COLUMN_FIELD + count;
}

/* Columns are as long as the records could fill them; pages that are never touched cost nothing. */
static bool columns_make(struct packer *p)
{
	size_t room = p->section_bytes / sizeof(struct event_head) + p->section_bytes;
	uint8_t *at;

	for (int shape = SHAPE_SWITCH; shape < SHAPE_COUNT; shape++)
		room += p->section_bytes / pack_shape_size(shape) * column_count(shape) *
			(2 + WIDE_BYTES_MAX);
	at = p->arena = malloc(room);
	if (!at)
		return false;
	p->types = at;
	p->raw = at += p->section_bytes / sizeof(struct event_head);
	at += p->section_bytes;
	for (int shape = SHAPE_SWITCH; shape < SHAPE_COUNT; shape++) {
		size_t values = p->section_bytes / pack_shape_size(shape);

		for (size_t i = 0; i < column_count(shape); i++) {
			struct column *column = &p->columns[shape][i];

			column->low = at;
			column->high = at += values;
			column->wide = at += values;
			at += WIDE_BYTES_MAX * values;
		}
	}
	return true;
}

struct packer *packer_new(size_t section_bytes)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->section_bytes = section_bytes;
	if (!columns_make(p)) {
		packer_free(p);
		return NULL;
	}
	return p;
}

void packer_free(struct packer *p)
{
	if (p)
		free(p->arena);
	free(p);
}

static void put(struct column *column, uint64_t value)
{
	uint64_t high = value >> 8;
	uint32_t at = column->values++;

	column->low[at] = value;
	if (high < PACK_HIGH_WIDE) {
		column->high[at] = high;
		return;
	}
	column->high[at] = PACK_HIGH_WIDE - 1;
	for (; high; high >>= 8) {
		column->high[at]++;
		column->wide[column->wide_bytes++] = high;
	}
}

static uint64_t encode(uint64_t value, uint64_t guess, const struct pack_field *field)
{
	unsigned unused = 64 - 8 * field->width;
	uint64_t ahead = (value - guess) << unused;

	if (field->code == CODE_VALUE)
		return value;
	if (field->code == CODE_AHEAD)
		return ahead >> unused;
	return (ahead << 1 >> unused) ^ (-(ahead >> 63) >> unused); /* zigzag */
}

static void pack_record(struct packer *p, enum pack_shape_id shape, const char *data)
{
	const struct pack_field *field = pack_fields[shape];
	struct column *columns = p->columns[shape];
	struct pack_model *m = &p->model;
	union pack_record guess;
	uint32_t mask = 0, bit = 1;
	struct column *value = &columns[PACK_COLUMN_FIELD];
	struct pack_task *slot = m->tasks, *other = pack_other_slot(m, shape);

	memset(&guess, 0, sizeof(guess));
	memcpy(&guess.head.ts, data, sizeof(guess.head.ts));
	put(&columns[PACK_COLUMN_TIME + m->after_other], guess.head.ts - m->ts);
	for (unsigned stage = 0; stage < STAGE_COUNT; stage++) {
		if (stage == STAGE_CPU) {
			pack_predict_by_cpu(m, shape, &guess, other);
		} else if (stage == STAGE_TASK) {
			slot = pack_slot(m, guess.sw.prev);
			pack_predict_by_task(m, shape, &guess, slot);
		} else {
			if (shape <= SHAPE_SWITCH_LAST)
				other = pack_slot(m, guess.sw.next);
			pack_predict_by_record(m, shape, &guess, slot, other);
		}
		for (; field->width && field->stage == stage; field++, value++, bit <<= 1) {
			uint64_t is = pack_load(data + field->offset, field->width);
			uint64_t was = pack_load(guess.bytes + field->offset, field->width);

			if (is == was)
				continue;
			mask |= bit;
			put(value, encode(is, was, field));
			pack_store(guess.bytes + field->offset, field->width, is);
		}
	}
	put(&columns[PACK_COLUMN_MASK], mask);
	pack_remember(m, shape, (const void *)data, slot, other, false);
}

/* Takes the records apart. False: they are not consecutive records. */
static bool columns_fill(struct packer *p, const char *data, size_t size)
{
	for (int shape = SHAPE_SWITCH; shape < SHAPE_COUNT; shape++)
		for (size_t i = 0; i < PACK_COLUMNS_PER_SHAPE; i++)
			p->columns[shape][i].values = p->columns[shape][i].wide_bytes = 0;
	p->records = p->raw_bytes = 0;
	pack_begin(&p->model);
	while (size) {
		struct event_head head;
		enum pack_shape_id shape;

		if (size < sizeof(head))
			return false;
		memcpy(&head, data, sizeof(head));
		if (head.size < sizeof(head) || head.size > size || head.size % 8)
			return false;
		shape = pack_shape_of_type[head.type];
		if (head.size != pack_shape_size(shape))
			shape = SHAPE_RAW;
		p->types[p->records++] = shape ? head.type : 0;
		if (shape) {
			pack_record(p, shape, data);
		} else {
			memcpy(p->raw + p->raw_bytes, data, head.size);
			p->raw_bytes += head.size;
			pack_remember_head(&p->model, SHAPE_RAW, &head);
		}
		data += head.size;
		size -= head.size;
	}
	return true;
}

struct sink {
	ZSTD_CCtx *zstd;
	ZSTD_outBuffer out;
	bool failed;
};

/* Pieces unlike each other are in blocks of their own, so that each gets its own codes. */
static void sink_put(struct sink *sink, const void *data, size_t size, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { data, size, 0 };
	size_t left;

	if (sink->failed)
		return;
	left = ZSTD_compressStream2(sink->zstd, &sink->out, &in, end);
	sink->failed = ZSTD_isError(left) || in.pos < size || (end != ZSTD_e_continue && left);
}

static void sink_put_piece(struct sink *sink, const void *data, size_t size)
{
	bool alone = size >= OWN_BLOCK_BYTES;

	if (alone)
		sink_put(sink, NULL, 0, ZSTD_e_flush);
	sink_put(sink, data, size, alone ? ZSTD_e_flush : ZSTD_e_continue);
}

static size_t heads_fill(struct packer *p, struct pack_head *head, struct pack_column *heads)
{
	size_t bytes = 0;

	*head = (struct pack_head){ .records = p->records, .raw_bytes = p->raw_bytes };
	for (int shape = SHAPE_SWITCH; shape < SHAPE_COUNT; shape++)
		for (size_t i = 0; i < PACK_COLUMNS_PER_SHAPE; i++) {
			const struct column *column = &p->columns[shape][i];

			if (!column->values)
				continue;
			heads[head->columns++] =
				(struct pack_column){ PACK_COLUMNS_PER_SHAPE * shape + i,
						      column->values, column->wide_bytes };
			bytes += 2 * column->values + column->wide_bytes;
		}
	return sizeof(*head) + head->columns * sizeof(*heads) + p->records + p->raw_bytes + bytes;
}

size_t pack_records(struct packer *p, ZSTD_CCtx *zstd, const void *records, size_t size, void *to,
		    size_t room)
{
	struct pack_column heads[SHAPE_COUNT * PACK_COLUMNS_PER_SHAPE];
	struct sink sink = { zstd, { to, room, 0 }, false };
	struct pack_head head;

	if (size > p->section_bytes || !columns_fill(p, records, size))
		return 0;
	ZSTD_CCtx_reset(zstd, ZSTD_reset_session_only);
	ZSTD_CCtx_setPledgedSrcSize(zstd, heads_fill(p, &head, heads));
	sink_put(&sink, &head, sizeof(head), ZSTD_e_continue);
	sink_put(&sink, heads, head.columns * sizeof(*heads), ZSTD_e_continue);
	sink_put_piece(&sink, p->types, p->records);
	sink_put_piece(&sink, p->raw, p->raw_bytes);
	for (size_t i = 0; i < head.columns; i++) {
		const struct column *column = &p->columns[heads[i].id / PACK_COLUMNS_PER_SHAPE]
							 [heads[i].id % PACK_COLUMNS_PER_SHAPE];

		sink_put_piece(&sink, column->low, column->values);
		sink_put_piece(&sink, column->high, column->values);
		sink_put_piece(&sink, column->wide, column->wide_bytes);
	}
	sink_put(&sink, NULL, 0, ZSTD_e_end);
	return sink.failed ? 0 : sink.out.pos;
}
