/* SPDX-License-Identifier: MIT */
/*
 * image: blurring a picture.
 *
 * Provokes: real computing, with a compiler's loops and some tens of KiB of memory a unit, that
 * splits into equal parts which need nothing of each other.
 *
 * A fair stand-in for filters, encoders and renderers that go over a picture by bands of rows: the
 * blur is separable (across, then down), whole numbers throughout, each row read once and kept
 * while the window over it lasts, as a scanner's or a camera's pipeline does. The units' bands are
 * one image of n times `work` rows; a band computes its neighbours' few rows at its edges again
 * rather than wait for them.
 *
 * Expect: as threads or processes, min(n, CPUs) cores busy and a speed-up of as much; as
 * coroutines on one carrier, serial's time. The checksum is the whole image's: equal in every
 * model, and for every split of as many rows.
 */
#include "body_image.h"
#include <stdlib.h>
#include <string.h>
#include "check_units.h"
#include "hash.h"
#include "workload.h"

enum { SIZE };

#define TAPS (2 * IMAGE_RADIUS + 1)
#define TAPS_SUM_BITS (2 * IMAGE_RADIUS)

/* The binomial coefficients of 16: they add up to 2^16. */
static const uint32_t taps[TAPS] = { 1,	    16,	  120,	560,  1820, 4368, 8008, 11440, 12870,
				     11440, 8008, 4368, 1820, 560,  120,  16,	1 };

uint8_t image_pixel(uint32_t x, uint32_t y)
{
	uint32_t noise = (x * 2654435761u) ^ (y * 2246822519u);

	noise ^= noise >> 15;
	noise *= 2654435761u;
	/* Gradients and edges, with noise over them. */
	return (x / 4 + y / 8 + (((x / 64) ^ (y / 64)) & 1) * 96 + (noise >> 26)) & 0xff;
}

uint64_t image_row_hash(uint64_t y, const uint8_t *pixels, uint32_t width)
{
	return hash_bytes(HASH_START ^ y, pixels, width);
}

static uint64_t clamp(int64_t y, uint64_t height)
{
	return y < 0 ? 0 : (uint64_t)y < height ? (uint64_t)y : height - 1;
}

/* `source` has IMAGE_RADIUS pixels more on either side. */
static void blur_across(uint8_t *source, uint16_t *across, uint32_t width, uint64_t y)
{
	for (uint32_t x = 0; x < width; x++)
		source[IMAGE_RADIUS + x] = image_pixel(x, y);
	memset(source, source[IMAGE_RADIUS], IMAGE_RADIUS);
	memset(source + IMAGE_RADIUS + width, source[IMAGE_RADIUS + width - 1], IMAGE_RADIUS);
	for (uint32_t x = 0; x < width; x++) {
		uint32_t sum = 0;

		for (unsigned tap = 0; tap < TAPS; tap++)
			sum += taps[tap] * source[x + tap];
		across[x] = sum >> (TAPS_SUM_BITS - 8); /* 8 bits and 8 behind the point */
	}
}

static void blur_down(uint16_t *const rows[TAPS], uint8_t *blurred, uint32_t width)
{
	for (uint32_t x = 0; x < width; x++) {
		uint64_t sum = 0;

		for (unsigned tap = 0; tap < TAPS; tap++)
			sum += (uint64_t)taps[tap] * rows[tap][x];
		blurred[x] = sum >> (TAPS_SUM_BITS + 8);
	}
}

uint64_t image_blur(uint32_t width, uint64_t height, uint64_t first, uint64_t count,
		    void (*row_done)(void *argument), void *argument)
{
	size_t across_bytes = (size_t)TAPS * width * sizeof(uint16_t);
	char *memory = malloc(across_bytes + width + width + 2 * IMAGE_RADIUS);
	uint8_t *blurred = (uint8_t *)memory + across_bytes, *source = blurred + width;
	uint16_t *rows[TAPS];
	uint64_t sum = 0;

	if (!memory)
		return 0;
	for (unsigned tap = 0; tap < TAPS; tap++) {
		rows[tap] = (uint16_t *)memory + (size_t)tap * width;
		blur_across(source, rows[tap], width,
			    clamp((int64_t)first + tap - IMAGE_RADIUS, height));
	}
	for (uint64_t y = first; y < first + count; y++) {
		uint16_t *oldest = rows[0];

		blur_down(rows, blurred, width);
		sum += image_row_hash(y, blurred, width);
		memmove(rows, rows + 1, (TAPS - 1) * sizeof(*rows));
		rows[TAPS - 1] = oldest;
		blur_across(source, oldest, width, clamp(y + 1 + IMAGE_RADIUS, height));
		row_done(argument);
	}
	free(memory);
	return sum;
}

static void row_done(void *argument)
{
	struct unit *unit = argument;

	unit->truth.iterations++;
	if (unit->runtime->yield)
		unit->runtime->yield(unit);
}

static void run(struct unit *unit)
{
	const struct workload *workload = unit->workload;

	unit->truth.checksum =
		image_blur(workload->parameters[SIZE], workload->work * workload->units_count,
			   workload->work * unit->index, workload->work, row_done, unit);
	if (unit->truth.iterations != workload->work)
		unit_fail(unit, "out of memory for %d rows of the image", TAPS);
}

static const struct parameter parameters[] = {
	[SIZE] = { .name = "size",
		   .why = "width of the image in pixels; its height is n times the work",
		   .value_default = 1024,
		   .min = 16,
		   .max = 65536 },
	{ 0 },
};

const struct body body_image = {
	.name = "image",
	.why = "blurs a generated image, a band of rows a unit: real computing that splits well",
	.kind = "CPU, real",
	.version = 1,
	.work_unit = "rows",
	.work_default = 8000,
	.work_max = 1000000,
	.units_default = 2,
	.units_multiple = 1,
	.apart = true,
	.parameters = parameters,
	.run = run,
	.check = check_units_sum,
};
