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

struct histogram {
	uint64_t count, max;
	union {
		uint64_t times[HISTOGRAM_EXACT]; /* while count is no more than these */
		struct {
			uint32_t *counts; /* [octaves][8]; saturating */
			uint8_t first, octaves;
		} log;
	};
};

/* Takes one more. Allocates only where its octave is the first of its kind. False out of memory. */
bool histogram_add(struct histogram *h, uint64_t ns);

/*
 * The smallest time that at least `percent` in a hundred are not longer than (the nearest rank). 0
 * where there is none.
 */
uint64_t histogram_percentile(const struct histogram *h, unsigned percent);

void histogram_free(struct histogram *h);

#endif
