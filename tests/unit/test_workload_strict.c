/* SPDX-License-Identifier: MIT */
#include "../../workloads/strict.h"
#include "check.h"

TEST(a_number_is_the_whole_text_within_its_range)
{
	uint64_t value = 0;

	CHECK(strict_uint("1", 1, 10, &value));
	CHECK_EQ(value, 1);
	CHECK(strict_uint("10", 1, 10, &value));
	CHECK_EQ(value, 10);
	CHECK(strict_uint("18446744073709551615", 0, UINT64_MAX, &value));
	CHECK(value == UINT64_MAX);
}

TEST(anything_else_is_refused_and_leaves_the_value_alone)
{
	static const char *const bad[] = {
		"",    " 1",  "1 ", "+1", "-1",	 "0x1",
		"1e3", "1.0", "0",  "11", "abc", "18446744073709551616"
	};
	uint64_t value = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!strict_uint(bad[i], 1, 10, &value));
	CHECK_EQ(value, 7);
}

TEST(a_signed_number_has_at_most_one_minus)
{
	int64_t value = 7;

	CHECK(strict_int("-20", -20, 19, &value));
	CHECK_EQ(value, -20);
	CHECK(!strict_int("-21", -20, 19, &value));
	CHECK(!strict_int("20", -20, 19, &value));
	CHECK(!strict_int("--1", -20, 19, &value));
	CHECK(!strict_int("-", -20, 19, &value));
}

TEST(a_cpulist_holds_single_cpus_and_ranges)
{
	struct strict_cpus cpus;

	CHECK(strict_cpulist("0,2-4,100", &cpus));
	CHECK(strict_cpus_has(&cpus, 0));
	CHECK(!strict_cpus_has(&cpus, 1));
	CHECK(strict_cpus_has(&cpus, 2));
	CHECK(strict_cpus_has(&cpus, 4));
	CHECK(!strict_cpus_has(&cpus, 5));
	CHECK(strict_cpus_has(&cpus, 100));
	CHECK(strict_cpulist("8191", &cpus));
}

TEST(a_malformed_cpulist_is_refused)
{
	static const char *const bad[] = { "",	 ",",  "0,",   ",0",   "2-1",  "a",
					   "0-", "-1", "0--1", "0 ,1", "8192", "0-8192" };
	struct strict_cpus cpus;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!strict_cpulist(bad[i], &cpus));
}

TEST(a_list_of_integers_fits_its_array)
{
	int values[3];

	CHECK_EQ(strict_int_list("0,-5,10", -20, 19, values, 3), 3);
	CHECK_EQ(values[1], -5);
	CHECK_EQ(values[2], 10);
	CHECK_EQ(strict_int_list("0,0,0,0", -20, 19, values, 3), 0);
	CHECK_EQ(strict_int_list("0,40", -20, 19, values, 3), 0);
	CHECK_EQ(strict_int_list("", -20, 19, values, 3), 0);
	CHECK_EQ(strict_int_list("1,", -20, 19, values, 3), 0);
}

int main(void)
{
	RUN(a_number_is_the_whole_text_within_its_range);
	RUN(anything_else_is_refused_and_leaves_the_value_alone);
	RUN(a_signed_number_has_at_most_one_minus);
	RUN(a_cpulist_holds_single_cpus_and_ranges);
	RUN(a_malformed_cpulist_is_refused);
	RUN(a_list_of_integers_fits_its_array);
	return check_done("workload_strict");
}
