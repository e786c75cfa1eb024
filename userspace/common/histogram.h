/* SPDX-License-Identifier: MIT */
/*
 * Times, kept so that percentiles can be told: the first few as they are, more of them in a
 * log-linear histogram of eight buckets an octave. A bucket stands for its middle, which is off by
 * at most half of a width that is 1/8 of its lowest value.
 */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_ERROR (1.0 / 16) /* relative, of a percentile; the largest is exact */
#define HISTOGRAM_EXACT 8	   /* so few are kept as they are */
#define HISTOGRAM_BUCKETS 8	   /* an octave; its power of two is 3 */

struct histogram {
	uint64_t count, max;
	uint32_t first;	  /* bucket of `counts`; */
	uint32_t buckets; /* how many there are; 0: `times` */
	union {
		uint64_t times[HISTOGRAM_EXACT]; /* while count is no more than these */
		uint32_t *counts;		 /* [buckets], whole octaves; saturating */
	};
};

/* The bucket, counted from that of 0 ns. */
static inline uint64_t histogram_bucket(uint64_t ns)
{
	unsigned shift = 60 - __builtin_clzll(ns | HISTOGRAM_BUCKETS);

	return shift * HISTOGRAM_BUCKETS + (ns >> shift);
}

/* `place` is among those that are there. */
static inline void histogram_count(struct histogram *h, uint64_t place)
{
	if (__builtin_expect(!++h->counts[place], 0))
		h->counts[place]--;
}

/* The same as histogram_add() where it is one of the first, or the first of its octave. */
bool histogram_add_first(struct histogram *h, uint64_t ns);

/* Takes one more. Allocates only where its octave is the first of its kind. False out of memory. */
static inline bool histogram_add(struct histogram *h, uint64_t ns)
{
	uint64_t place =
		histogram_bucket(ns) - h->first; /* beyond their end if it is of a lower octave */

	if (place >= h->buckets)
		return histogram_add_first(h, ns);
	h->count++;
	if (ns > h->max)
		h->max = ns;
	histogram_count(h, place);
	return true;
}

/* Takes all of `other`. False out of memory. */
bool histogram_merge(struct histogram *h, const struct histogram *other);

/*
 * The smallest time that at least `percent` in a hundred are not longer than (the nearest rank). 0
 * where there is none.
 */
uint64_t histogram_percentile(const struct histogram *h, unsigned percent);

void histogram_free(struct histogram *h);

#endif
