/* SPDX-License-Identifier: MIT */
#include "check_units.h"
#include "complain.h"

void result_checksum(json_t *result, uint64_t checksum)
{
	json_object_set_new(result, "checksum",
			    json_sprintf("%016llx", (unsigned long long)checksum));
}

int check_units_equal(const struct workload *workload, json_t *result)
{
	uint64_t first = workload->units[0].truth.checksum;

	for (unsigned i = 1; i < workload->units_count; i++) {
		if (workload->units[i].truth.checksum != first)
			return complain("suspect the machine: memory, overclocking",
					"unit %u computed another result than unit 0", i);
	}
	result_checksum(result, first);
	return 0;
}

int check_units_sum(const struct workload *workload, json_t *result)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < workload->units_count; i++)
		sum += workload->units[i].truth.checksum;
	result_checksum(result, sum);
	return 0;
}
