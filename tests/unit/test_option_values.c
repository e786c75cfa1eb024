/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "common/option_values.h"

/* The ns of `text`; -1: it is no time. */
static long long ns_of(const char *text)
{
	uint64_t ns;

	return time_parse(text, &ns) ? (long long)ns : -1;
}

TEST(a_time_is_exact_to_the_ns_in_each_unit)
{
	CHECK_EQ(ns_of("0"), 0);
	CHECK_EQ(ns_of("1.5"), 1500000000);
	CHECK_EQ(ns_of("1.5s"), 1500000000);
	CHECK_EQ(ns_of("20ms"), 20000000);
	CHECK_EQ(ns_of("0.25ms"), 250000);
	CHECK_EQ(ns_of("300us"), 300000);
	CHECK_EQ(ns_of("7ns"), 7);
	CHECK_EQ(ns_of("0.1"), 100000000);
	CHECK_EQ(ns_of("12345.678901234"), 12345678901234);
	CHECK_EQ(ns_of("0.123456789000"), 123456789);
	CHECK_EQ(ns_of("10000000000"), -1 + 10000000000000000000ull + 1);
}

TEST(what_is_no_time_is_none)
{
	static const char *const bad[] = {
		"",	"-1",	 "+1",		 " 1",		"1 ",
		"1e3",	"inf",	 "nan",		 "0x1",		".",
		".5",	"1.",	 "1.s",		 "2h",		"1.2.3",
		"1ms2", "1.5ns", "0.0000000001", "10000000001", "99999999999999999999",
		"1..2"
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_that(ns_of(bad[i]) == -1, __FILE__, __LINE__, "'%s' is a time", bad[i]);
}

int main(void)
{
	RUN(a_time_is_exact_to_the_ns_in_each_unit);
	RUN(what_is_no_time_is_none);
	return check_done("option_values");
}
