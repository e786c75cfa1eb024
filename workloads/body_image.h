/* SPDX-License-Identifier: MIT */
#ifndef BODY_IMAGE_H
#define BODY_IMAGE_H

#include <stdint.h>

#define IMAGE_RADIUS 8

/* A pixel of the generated image: the same everywhere, whatever the image's height. */
uint8_t image_pixel(uint32_t x, uint32_t y);

/*
 * Rows [first, first + count) of an image of `height` rows of `width` pixels, blurred by a binomial
 * kernel of radius IMAGE_RADIUS across and then down, edges repeated. Returns the sum, modulo
 * 2^64, of the rows' hashes, so bands of one image add up to the checksum of the whole; `row_done`
 * is called after each row. 0 where there is no memory for 2 * IMAGE_RADIUS + 1 rows.
 */
uint64_t image_blur(uint32_t width, uint64_t height, uint64_t first, uint64_t count,
		    void (*row_done)(void *argument), void *argument);

/* What a row adds to the checksum. */
uint64_t image_row_hash(uint64_t y, const uint8_t *pixels, uint32_t width);

#endif
