/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <locale.h>
#include "common/text_format.h"

TEST(times_and_counts_are_short)
{
	CHECK_STR(format_duration(0).s, "0 ns");
	CHECK_STR(format_duration(45200).s, "45 \u00b5s");
	CHECK_STR(format_duration(4520).s, "4.5 \u00b5s");
	CHECK_STR(format_duration(12345678).s, "12.3 ms");
	CHECK_STR(format_duration(1234567890).s, "1.235 s");
	CHECK_STR(format_duration(999499).s, "999 \u00b5s");
	CHECK_STR(format_duration(999500).s, "1.00 ms");
	CHECK_STR(format_duration(999499999).s, "999 ms");
	CHECK_STR(format_duration(999600000).s, "1.000 s");
	CHECK_STR(format_duration(UINT64_MAX).s, "5124095.6 h");
	CHECK_STR(format_count(999999).s, "999999");
	CHECK_STR(format_count(12345678).s, "12.3M");
	CHECK_STR(format_count(999950000).s, "1.0G");
	CHECK_STR(format_count(UINT64_MAX).s, "18.4E");
	CHECK_STR(format_percent(1, 0).s, "-");
	CHECK_STR(format_cpu_list((int[]){ 0, 1, 2, 5 }, 4).s, "0-2,5");
	CHECK_STR(format_bar(1, 2, 4).s, "\u2588\u2588");
	CHECK_STR(format_bar_between(1, 2, 4, 8).s, "  \u2588\u2588");
	CHECK_STR(format_bar_between(1, 5, 16, 8).s, "\u2590\u2588\u258c");
	CHECK_STR(format_bar_between(0, 1, 1000, 8).s, "\u258c");
	CHECK_STR(format_bar_between(999, 1000, 1000, 8).s, "       \u2590");
	CHECK_STR(format_bar_between(3, 3, 4, 8).s, "");
}

int main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	RUN(times_and_counts_are_short);
	return check_done("text_format");
}
