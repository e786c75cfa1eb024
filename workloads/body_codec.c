/* SPDX-License-Identifier: MIT */
/*
 * codec: compressing and decompressing.
 *
 * Provokes: computing by a library that nobody here wrote, with memory allocated and freed and
 * tables that compete for the cache.
 *
 * A fair stand-in for backup programs, web servers that compress their answers and anything else
 * whose time goes into zstd: blocks of generated text with a language's skew (few words make up
 * most of it) are compressed and decompressed, and what comes out is held against what went in.
 *
 * Expect: what image shows, a little less than the full speed-up where cores share a cache or a
 * memory bus. Coroutines give way between blocks, never inside one: the library knows of none.
 */
#include "body_codec.h"
#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include "check_units.h"
#include "hash.h"
#include "workload.h"

enum { SIZE, LEVEL };

#define WORDS 4096

static uint64_t next(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

void codec_text(char *text, size_t bytes, uint64_t seed)
{
	uint64_t state = seed;
	size_t at = 0;

	while (at < bytes) {
		/* The product of two uniform numbers: low words are common, high ones rare. */
		uint64_t word = next(&state) % WORDS * (next(&state) % WORDS) / WORDS;
		uint64_t letters = word * 2654435761u;

		for (uint64_t left = 2 + word % 7; left && at < bytes; left--, letters /= 26)
			text[at++] = 'a' + letters % 26;
		if (at < bytes)
			text[at++] = next(&state) % 12 ? ' ' : '\n';
	}
}

/* Not ZSTD_compress, which keeps its context on the stack: a coroutine's is small. */
static size_t compress(struct unit *unit, char *packed, size_t bound, const char *text,
		       size_t bytes)
{
	ZSTD_CCtx *context = ZSTD_createCCtx();
	size_t packed_bytes;

	if (!context)
		unit_fail(unit, "out of memory for zstd");
	packed_bytes = ZSTD_compressCCtx(context, packed, bound, text, bytes,
					 (int)unit->workload->parameters[LEVEL]);
	if (ZSTD_isError(packed_bytes))
		unit_fail(unit, "zstd could not compress: %s", ZSTD_getErrorName(packed_bytes));
	ZSTD_freeCCtx(context);
	return packed_bytes;
}

/* Of one unit; in memory that all processes share, on its own cache line. */
struct packed {
	uint64_t bytes;
} __attribute__((aligned(64)));

static int prepare(struct workload *workload)
{
	workload->body_memory = workload_share(workload->units_count * sizeof(struct packed));
	return workload->body_memory ? 0 : -1;
}

static void there_and_back(struct unit *unit, char *memory, size_t bytes, size_t bound)
{
	char *text = memory, *packed = text + bytes, *back = packed + bound;
	struct packed *sums = unit->workload->body_memory;
	size_t packed_bytes, back_bytes;

	codec_text(text, bytes, unit->index * unit->workload->work + unit->truth.iterations);
	packed_bytes = compress(unit, packed, bound, text, bytes);
	back_bytes = ZSTD_decompress(back, bytes, packed, packed_bytes);
	if (ZSTD_isError(back_bytes))
		unit_fail(unit, "zstd could not decompress: %s", ZSTD_getErrorName(back_bytes));
	if (back_bytes != bytes || memcmp(text, back, bytes))
		unit_fail(unit, "block %llu did not come back as it was",
			  (unsigned long long)unit->truth.iterations);
	unit->truth.checksum += hash_bytes(HASH_START, back, bytes);
	sums[unit->index].bytes += packed_bytes;
}

/* Nothing is held while others run: memory is by carriers, not by coroutines in flight. */
static void run(struct unit *unit)
{
	size_t bytes = unit->workload->parameters[SIZE] * 1024, bound = ZSTD_compressBound(bytes);

	while (unit->truth.iterations < unit->workload->work) {
		char *memory = malloc(2 * bytes + bound);

		if (!memory)
			unit_fail(unit, "out of memory for a block of %zu bytes", bytes);
		there_and_back(unit, memory, bytes, bound);
		free(memory);
		unit->truth.iterations++;
		if (unit->runtime->yield)
			unit->runtime->yield(unit);
	}
}

/* The checksum is the text's, which any version of the library gives back; the rest is its own. */
static int check(const struct workload *workload, json_t *result)
{
	const struct packed *packed = workload->body_memory;
	uint64_t blocks = workload->work * workload->units_count, bytes = 0;

	for (unsigned i = 0; i < workload->units_count; i++)
		bytes += packed[i].bytes;
	json_object_set_new(result, "text_bytes",
			    json_integer(blocks * workload->parameters[SIZE] * 1024));
	json_object_set_new(result, "packed_bytes", json_integer(bytes));
	return check_units_sum(workload, result);
}

static const struct parameter parameters[] = {
	[SIZE] = { .name = "size",
		   .why = "KiB of text a block",
		   .value_default = 64,
		   .min = 1,
		   .max = 65536 },
	[LEVEL] = { .name = "level",
		    .why = "zstd's compression level",
		    .value_default = 3,
		    .min = 1,
		    .max = 19 },
	{ 0 },
};

const struct body body_codec = {
	.name = "codec",
	.why = "compresses and decompresses text with zstd: a real library's computing",
	.kind = "CPU, real",
	.version = 1,
	.work_unit = "blocks",
	.work_default = 200,
	.work_max = 10000000,
	.units_default = 2,
	.units_multiple = 1,
	.apart = true,
	.parameters = parameters,
	.prepare = prepare,
	.run = run,
	.check = check,
};
