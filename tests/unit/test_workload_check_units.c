/* SPDX-License-Identifier: MIT */
#include "../../workloads/check_units.h"
#include <stdio.h>
#include <string.h>
#include "check.h"

static struct unit units[3];
static struct workload workload = { .units = units, .units_count = 3 };

static void computed(uint64_t first, uint64_t second, uint64_t third)
{
	units[0].truth.checksum = first;
	units[1].truth.checksum = second;
	units[2].truth.checksum = third;
}

static const char *checksum_of(json_t *result)
{
	return json_string_value(json_object_get(result, "checksum"));
}

TEST(equal_results_are_the_checksum)
{
	json_t *result = json_object();

	computed(0xabc, 0xabc, 0xabc);
	CHECK(!check_units_equal(&workload, result));
	CHECK(!strcmp(checksum_of(result), "0000000000000abc"));
	json_decref(result);
}

TEST(a_unit_that_computed_another_result_is_told)
{
	json_t *result = json_object();

	computed(0xabc, 0xabc, 0xabd);
	CHECK(check_units_equal(&workload, result) == -1);
	CHECK(!checksum_of(result));
	json_decref(result);
}

TEST(parts_add_up_modulo_two_to_the_64)
{
	json_t *result = json_object();

	computed(UINT64_MAX, 1, 2);
	CHECK(!check_units_sum(&workload, result));
	CHECK(!strcmp(checksum_of(result), "0000000000000002"));
	json_decref(result);
}

int main(void)
{
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	RUN(equal_results_are_the_checksum);
	RUN(a_unit_that_computed_another_result_is_told);
	RUN(parts_add_up_modulo_two_to_the_64);
	return check_done("workload_check_units");
}
