/* SPDX-License-Identifier: MIT */
#include "histogram.h"
#include <stdlib.h>
#include <string.h>

/* 0 for the times below 8, then one for each power of two; the first two have buckets of 1 ns. */
static unsigned octave_of(uint64_t ns)
{
	return ns < HISTOGRAM_BUCKETS ? 0 : 61 - __builtin_clzll(ns);
}

static unsigned shift_of(unsigned octave)
{
	return octave ? octave - 1 : 0;
}

/* What all times of a bucket are taken for. */
static uint64_t middle_of(unsigned octave, unsigned bucket)
{
	unsigned shift = shift_of(octave);
	uint64_t low = (uint64_t)(octave ? HISTOGRAM_BUCKETS + bucket : bucket) << shift;

	return low + ((1ull << shift) >> 1);
}

/* Makes room for `octave`, beside those that are there. */
static bool reach(struct histogram *h, unsigned octave)
{
	unsigned end = h->log.first + h->log.octaves, first = h->log.first, octaves;
	uint32_t *grown;

	if (!h->log.octaves)
		end = first = octave;
	first = octave < first ? octave : first;
	end = octave < end ? end : octave + 1;
	octaves = end - first;
	grown = calloc(octaves * HISTOGRAM_BUCKETS, sizeof(*grown));
	if (!grown)
		return false;
	if (h->log.octaves)
		memcpy(grown + (h->log.first - first) * HISTOGRAM_BUCKETS, h->log.counts,
		       h->log.octaves * HISTOGRAM_BUCKETS * sizeof(*grown));
	free(h->log.counts);
	h->log.counts = grown;
	h->log.first = first;
	h->log.octaves = octaves;
	return true;
}

static bool count_in(struct histogram *h, uint64_t ns)
{
	if (histogram_place(h, histogram_bucket(ns)) >= h->log.octaves * HISTOGRAM_BUCKETS &&
	    !reach(h, octave_of(ns)))
		return false;
	histogram_count(h, histogram_place(h, histogram_bucket(ns)));
	return true;
}

/* From times as they are to counts of them. */
static bool spill(struct histogram *h)
{
	struct histogram counted = { .log = { .counts = NULL } };

	for (size_t i = 0; i < HISTOGRAM_EXACT; i++)
		if (!count_in(&counted, h->times[i])) {
			free(counted.log.counts);
			return false;
		}
	h->log = counted.log;
	return true;
}

bool histogram_add_first(struct histogram *h, uint64_t ns)
{
	h->max = ns > h->max ? ns : h->max;
	if (h->count < HISTOGRAM_EXACT) {
		h->times[h->count++] = ns;
		return true;
	}
	if (h->count == HISTOGRAM_EXACT && !spill(h))
		return false;
	h->count++;
	return count_in(h, ns);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static uint64_t of_rank(const struct histogram *h, uint64_t rank)
{
	uint64_t sorted[HISTOGRAM_EXACT];
	uint64_t seen = 0;

	if (h->count <= HISTOGRAM_EXACT) {
		memcpy(sorted, h->times, sizeof(sorted));
		qsort(sorted, h->count, sizeof(*sorted), compare_u64);
		return sorted[rank - 1];
	}
	for (unsigned i = 0; i < h->log.octaves * HISTOGRAM_BUCKETS; i++) {
		seen += h->log.counts[i];
		if (seen >= rank) {
			uint64_t middle = middle_of(h->log.first + i / HISTOGRAM_BUCKETS,
						    i % HISTOGRAM_BUCKETS);

			return middle < h->max ? middle : h->max;
		}
	}
	return h->max;
}

uint64_t histogram_percentile(const struct histogram *h, unsigned percent)
{
	if (!h->count)
		return 0;
	/* In this order nothing overflows: up to 2^57 of them. */
	return of_rank(h, (h->count * percent + 99) / 100);
}

void histogram_free(struct histogram *h)
{
	if (h->count > HISTOGRAM_EXACT)
		free(h->log.counts);
	memset(h, 0, sizeof(*h));
}
