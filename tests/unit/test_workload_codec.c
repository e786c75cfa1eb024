/* SPDX-License-Identifier: MIT */
#include "../../workloads/body_codec.h"
#include <string.h>
#include <zstd.h>
#include "check.h"

static char text[65536], other[65536], packed[80000];

TEST(equal_seeds_give_equal_text_and_others_do_not)
{
	codec_text(text, sizeof(text), 7);
	codec_text(other, sizeof(other), 7);
	CHECK(!memcmp(text, other, sizeof(text)));
	codec_text(other, sizeof(other), 8);
	CHECK(memcmp(text, other, sizeof(text)));
}

TEST(text_of_any_length_stays_within_it)
{
	for (size_t bytes = 0; bytes < 40; bytes++) {
		memset(text, '#', sizeof(text));
		codec_text(text, bytes, bytes);
		CHECK(!memchr(text, '#', bytes));
		CHECK(text[bytes] == '#');
	}
}

/* Neither noise nor one letter: a language's text shrinks to between a half and a sixth. */
TEST(text_compresses_as_a_language_does)
{
	size_t bytes;

	codec_text(text, sizeof(text), 1);
	bytes = ZSTD_compress(packed, sizeof(packed), text, sizeof(text), 3);
	CHECK(bytes < sizeof(text) / 2);
	CHECK(bytes > sizeof(text) / 6);
}

int main(void)
{
	RUN(equal_seeds_give_equal_text_and_others_do_not);
	RUN(text_of_any_length_stays_within_it);
	RUN(text_compresses_as_a_language_does);
	return check_done("workload_codec");
}
