/* SPDX-License-Identifier: MIT */
/*
 * A section of one CPU's records, packed: what a record holds is predicted from the section's
 * records before it, and what is not as predicted goes into columns, which zstd then shrinks. It is
 * exact for any bytes, and each section is read by itself. All numbers are little-endian.
 *
 *   section := one zstd frame of: struct pack_head
 *              `columns` times struct pack_column
 *              `records` bytes: the type of each record, 0: the next of the raw records
 *              `raw_bytes` bytes: raw records, each as long as its head says
 *              for each column in turn: `values` low bytes, `values` high bytes, `wide` bytes
 *
 *   value   := low byte, high byte: low + 256 * high where high is less than 248. Else the column's
 *              next high - 247 wide bytes are the number that stands for high, low byte first.
 *
 *   column  := 32 * shape + 0: each record's mask: which fields are not as predicted, bit i: field
 * i 1: time since the record before it, where that was a switch 2: the same after any other record,
 * and of the first since 0 3 + i: the values of field i, by its code, where the mask has bit i
 *
 * Shapes, fields and codes: trace_pack_fields.[ch]; predictions: trace_pack_model.h.
 */
#ifndef TRACE_PACK_H
#define TRACE_PACK_H

#include <stddef.h>
#include <stdint.h>
#include <zstd.h>

struct pack_head {
	uint32_t records;
	uint32_t raw_bytes;
	uint32_t columns;
	uint32_t zero;
};

struct pack_column {
	uint32_t id;
	uint32_t values;
	uint32_t wide;
};

#define PACK_COLUMNS_PER_SHAPE 32
#define PACK_COLUMN_MASK 0
#define PACK_COLUMN_TIME 1
#define PACK_COLUMN_FIELD 3
#define PACK_HIGH_WIDE 248

struct packer;

/* A packer of sections of at most `section_bytes`. NULL: out of memory. */
struct packer *packer_new(size_t section_bytes);
void packer_free(struct packer *p);

/*
 * Packs `size` bytes of records into one frame of `zstd`, at `to`. Bytes, or 0: they are no
 * consecutive records, or it takes more than `room`; they are to be stored as they are.
 */
size_t pack_records(struct packer *p, ZSTD_CCtx *zstd, const void *records, size_t size, void *to,
		    size_t room);

#endif
