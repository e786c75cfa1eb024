/* SPDX-License-Identifier: MIT */
#include "../../workloads/body_image.h"
#include <stdlib.h>
#include "check.h"

static unsigned rows_done;

static void count_row(void *argument)
{
	rows_done++;
}

static uint64_t blur(uint32_t width, uint64_t height, uint64_t first, uint64_t count)
{
	return image_blur(width, height, first, count, count_row, NULL);
}

static int64_t clamped(int64_t at, int64_t size)
{
	return at < 0 ? 0 : at < size ? at : size - 1;
}

static uint64_t binomial(unsigned k)
{
	uint64_t value = 1;

	for (unsigned i = 0; i < k; i++)
		value = value * (16 - i) / (i + 1);
	return value;
}

/* By the definition: for each pixel the rows around it, blurred across, are blurred down. */
static uint8_t blurred_pixel(int64_t x, int64_t y, int64_t width, int64_t height)
{
	uint64_t down = 0;

	for (int64_t dy = -8; dy <= 8; dy++) {
		uint64_t across = 0;

		for (int64_t dx = -8; dx <= 8; dx++)
			across += binomial(dx + 8) *
				  image_pixel(clamped(x + dx, width), clamped(y + dy, height));
		down += binomial(dy + 8) * (across >> 8);
	}
	return down >> 24;
}

TEST(the_blur_is_what_its_definition_says)
{
	enum { WIDTH = 21, HEIGHT = 13 };
	uint8_t row[WIDTH];
	uint64_t sum = 0;

	for (int64_t y = 0; y < HEIGHT; y++) {
		for (int64_t x = 0; x < WIDTH; x++)
			row[x] = blurred_pixel(x, y, WIDTH, HEIGHT);
		sum += image_row_hash(y, row, WIDTH);
	}
	CHECK(blur(WIDTH, HEIGHT, 0, HEIGHT) == sum);
}

TEST(bands_add_up_to_the_image)
{
	CHECK(blur(64, 50, 0, 50) ==
	      blur(64, 50, 0, 1) + blur(64, 50, 1, 30) + blur(64, 50, 31, 19));
}

TEST(each_row_is_told)
{
	rows_done = 0;
	blur(16, 9, 2, 5);
	CHECK(rows_done == 5);
}

TEST(another_pixel_is_another_hash)
{
	uint8_t row[3] = { 1, 2, 3 }, other[3] = { 1, 2, 4 };

	CHECK(image_row_hash(0, row, 3) != image_row_hash(0, other, 3));
	CHECK(image_row_hash(0, row, 3) != image_row_hash(1, row, 3));
}

int main(void)
{
	RUN(the_blur_is_what_its_definition_says);
	RUN(bands_add_up_to_the_image);
	RUN(each_row_is_told);
	RUN(another_pixel_is_another_hash);
	return check_done("workload_image");
}
