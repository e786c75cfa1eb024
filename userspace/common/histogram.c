/* SPDX-License-Identifier: MIT */
#include "histogram.h"
#include <stdlib.h>
#include <string.h>

/*
 * What all times of a bucket are taken for. Octave 0 has the times below 8, then there is one for
 * each power of two; the first two have buckets of 1 ns.
 */
static uint64_t middle_of(uint32_t bucket)
{
	unsigned octave = bucket / HISTOGRAM_BUCKETS, at = bucket % HISTOGRAM_BUCKETS;
	unsigned shift = octave ? octave - 1 : 0;
	uint64_t low = (uint64_t)(octave ? HISTOGRAM_BUCKETS + at : at) << shift;

	return low + ((1ull << shift) >> 1);
}

/* Makes room for the bucket's octave, beside those that are there. */
static bool reach(struct histogram *h, uint32_t bucket)
{
	uint32_t octave = bucket / HISTOGRAM_BUCKETS * HISTOGRAM_BUCKETS, buckets;
	uint32_t end = h->first + h->buckets, first = h->first;
	uint32_t *grown;

	if (!h->buckets)
		end = first = octave;
	first = octave < first ? octave : first;
	end = octave < end ? end : octave + HISTOGRAM_BUCKETS;
	buckets = end - first;
	grown = calloc(buckets, sizeof(*grown));
	if (!grown)
		return false;
	if (h->buckets) {
		memcpy(grown + (h->first - first), h->counts, h->buckets * sizeof(*grown));
		free(h->counts);
	}
	h->counts = grown;
	h->first = first;
	h->buckets = buckets;
	return true;
}

static bool count_in(struct histogram *h, uint64_t ns)
{
	uint32_t bucket = histogram_bucket(ns);

	if (bucket - (uint64_t)h->first >= h->buckets && !reach(h, bucket))
		return false;
	histogram_count(h, bucket - h->first);
	return true;
}

/* From times as they are to counts of them. */
static bool spill(struct histogram *h)
{
	struct histogram counted = {};

	for (size_t i = 0; i < h->count; i++)
		if (!count_in(&counted, h->times[i])) {
			if (counted.buckets)
				free(counted.counts);
			return false;
		}
	h->counts = counted.counts;
	h->first = counted.first;
	h->buckets = counted.buckets;
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

bool histogram_merge(struct histogram *h, const struct histogram *other)
{
	if (!other->buckets) {
		for (uint64_t i = 0; i < other->count; i++)
			if (!histogram_add(h, other->times[i]))
				return false;
		return true;
	}
	if (!h->buckets && !spill(h))
		return false;
	for (uint32_t i = 0; i < other->buckets; i++) {
		uint32_t bucket = other->first + i, *count;

		if (!other->counts[i])
			continue;
		if (bucket - (uint64_t)h->first >= h->buckets && !reach(h, bucket))
			return false;
		count = &h->counts[bucket - h->first];
		*count = __builtin_add_overflow(*count, other->counts[i], count) ? UINT32_MAX
										 : *count;
	}
	h->count += other->count;
	h->max = other->max > h->max ? other->max : h->max;
	return true;
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
	for (uint32_t i = 0; i < h->buckets; i++) {
		seen += h->counts[i];
		if (seen >= rank) {
			uint64_t middle = middle_of(h->first + i);

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
	if (h->buckets)
		free(h->counts);
	memset(h, 0, sizeof(*h));
}
