/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <jansson.h>
#include <stdlib.h>
#include "common/text_clean.h"

/* The cleaned text in static memory. */
static const char *clean(const char *text)
{
	static char out[256];

	return text_clean(out, sizeof(out), text, strlen(text));
}

TEST(printable_text_stays_as_it_is)
{
	CHECK_STR(clean(""), "");
	CHECK_STR(clean("spin 1 <b>&\"\\x"), "spin 1 <b>&\"\\x");
	CHECK_STR(clean("h\u00e9 \u65e5\u672c \U0001f600"), "h\u00e9 \u65e5\u672c \U0001f600");
}

TEST(control_bytes_become_escapes)
{
	CHECK_STR(clean("\033]0;x\a"), "\\x1b]0;x\\x07");
	CHECK_STR(clean("a\nb\tc\177"), "a\\x0ab\\x09c\\x7f");
	CHECK_STR(clean("\xc2\x9b"), "\\xc2\\x9b"); /* C1 CSI, one byte or two */
	CHECK_STR(clean("\x9b"), "\\x9b");
}

TEST(bytes_that_are_no_utf8_become_escapes)
{
	CHECK_STR(clean("\xff"
			"a"),
		  "\\xffa");
	CHECK_STR(clean("\xc0\xaf"), "\\xc0\\xaf");		      /* overlong */
	CHECK_STR(clean("\xed\xa0\x80"), "\\xed\\xa0\\x80");	      /* a surrogate */
	CHECK_STR(clean("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
	CHECK_STR(clean("\xe2\x82"), "\\xe2\\x82");		      /* cut short */
}

TEST(bidirectional_controls_become_escapes)
{
	CHECK_STR(clean("a\u202e"
			"b"),
		  "a\\xe2\\x80\\xaeb");
	CHECK_STR(clean("\u2066"), "\\xe2\\x81\\xa6");
	CHECK_STR(clean("\u200f"), "\\xe2\\x80\\x8f");
}

TEST(what_does_not_fit_is_left_out_whole)
{
	char out[6];

	CHECK_STR(text_clean(out, 5, "ab\033", 3), "ab");
	CHECK_STR(text_clean(out, 6, "a\033b", 3), "a\\x1b");
	CHECK_STR(text_clean(out, 3, "a\u00e9", 3), "a");
	CHECK_STR(text_clean(out, 1, "a", 1), "");
	CHECK(text_clean(out, 0, "a", 1) == out);
	CHECK_STR(text_clean(out, sizeof(out), "ab\0cd", 5), "ab");
	CHECK_STR(text_clean(out, sizeof(out), "abcd", 2), "ab");
}

TEST(any_bytes_make_a_json_string)
{
	char bytes[16], out[65];
	bool good = true;

	srandom(7);
	for (int i = 0; i < 100000; i++) {
		json_t *json;

		for (size_t k = 0; k < sizeof(bytes); k++)
			bytes[k] = (char)(random() % 4 ? 0x80 + random() % 0x80 : random());
		text_clean(out, sizeof(out), bytes, sizeof(bytes));
		json = json_string(out);
		good &= json != NULL;
		for (const char *c = out; *c; c++)
			good &= (unsigned char)*c >= 0x20 && *c != 0x7f;
		json_decref(json);
	}
	CHECK(good);
}

int main(void)
{
	RUN(printable_text_stays_as_it_is);
	RUN(control_bytes_become_escapes);
	RUN(bytes_that_are_no_utf8_become_escapes);
	RUN(bidirectional_controls_become_escapes);
	RUN(what_does_not_fit_is_left_out_whole);
	RUN(any_bytes_make_a_json_string);
	return check_done("text_clean");
}
