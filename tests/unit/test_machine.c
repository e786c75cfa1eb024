/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>
#include "machine/machine.h"
#include "machine/machine_parts.h"

static json_t *machine;

static const json_t *row(const char *name)
{
	return json_object_get(machine, name);
}

/* INTERFACE.md, "machine": every row is there, of its type or null. */
TEST(every_row_of_the_contract_is_there)
{
	static const char *const texts[] = { "hostname",    "cpu_model",   "kernel",
					     "preempt",	    "virt",	   "governor",
					     "clocksource", "mitigations", "fingerprint" };
	static const char *const integers[] = { "cpus_online",	"cpus_allowed",
						"cores",	"threads_per_core",
						"llcs",		"numa_nodes",
						"memory_bytes", "hz" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (!CHECK(json_is_string(row(texts[i])) || json_is_null(row(texts[i]))))
			printf("# %s\n", texts[i]);
	for (size_t i = 0; i < sizeof(integers) / sizeof(integers[0]); i++)
		if (!CHECK(json_is_integer(row(integers[i])) || json_is_null(row(integers[i]))))
			printf("# %s\n", integers[i]);
	CHECK(json_is_real(row("cpu_max")) || json_is_null(row("cpu_max")));
	CHECK(json_is_boolean(row("sched_ext")) || json_is_null(row("sched_ext")));
	CHECK(json_is_array(row("cpus")));
}

/* A number below `count`, or null where the count is null too. */
static bool is_one_of(const json_t *cpu, const char *key, const char *count)
{
	const json_t *number = json_object_get(cpu, key);

	if (json_is_null(number))
		return json_is_null(row(count));
	return json_is_integer(number) && json_integer_value(number) >= 0 &&
	       json_integer_value(number) < json_integer_value(row(count));
}

TEST(each_online_CPU_is_listed_once_with_its_place)
{
	const json_t *cpus = row("cpus");
	size_t i;
	json_t *cpu;

	CHECK_EQ(json_array_size(cpus), sysconf(_SC_NPROCESSORS_ONLN));
	CHECK_EQ(json_integer_value(row("cpus_online")), sysconf(_SC_NPROCESSORS_ONLN));
	json_array_foreach(cpus, i, cpu) {
		json_int_t number = json_integer_value(json_object_get(cpu, "cpu"));

		CHECK(json_is_integer(json_object_get(cpu, "cpu")) && number >= 0);
		CHECK(is_one_of(cpu, "core", "cores"));
		CHECK(is_one_of(cpu, "llc", "llcs"));
		CHECK(is_one_of(cpu, "node", "numa_nodes"));
		CHECK(is_one_of(cpu, "package", "sockets"));
		for (size_t j = 0; j < i; j++)
			CHECK(json_integer_value(json_object_get(json_array_get(cpus, j), "cpu")) !=
			      number);
	}
	if (json_is_integer(row("cores")))
		CHECK(json_integer_value(row("cores")) *
			      json_integer_value(row("threads_per_core")) >=
		      sysconf(_SC_NPROCESSORS_ONLN));
}

/* hwloc's own reading of the CPU would make one up. */
TEST(without_a_cache_in_sysfs_there_is_none)
{
	bool there = access("/sys/devices/system/cpu/cpu0/cache/index0", F_OK) == 0;

	CHECK_EQ(json_is_integer(row("llcs")), there);
	CHECK_EQ(json_is_integer(json_object_get(json_array_get(row("cpus"), 0), "llc")), there);
}

TEST(what_is_switched_off_is_not_online)
{
	CHECK(json_is_array(row("cpus_offline")));
	CHECK_EQ(json_array_size(row("cpus_offline")) + json_array_size(row("cpus")),
		 sysconf(_SC_NPROCESSORS_CONF));
}

TEST(the_numbers_are_those_of_a_real_machine)
{
	json_int_t hz = json_integer_value(row("hz"));

	CHECK(hz >= 24 && hz <= 10000);
	CHECK(json_integer_value(row("memory_bytes")) > 1 << 24);
	CHECK(json_integer_value(row("cpus_allowed")) >= 1);
	CHECK(json_integer_value(row("cpus_allowed")) <= json_integer_value(row("cpus_online")));
	CHECK_EQ(strlen(json_string_value(row("fingerprint"))), 16);
}

TEST(the_fingerprint_is_stable_and_knows_no_hostname)
{
	json_t *anonymous = machine_describe(true);

	CHECK_OR_RETURN(anonymous != NULL);
	CHECK(json_is_null(json_object_get(anonymous, "hostname")));
	CHECK_STR(json_string_value(json_object_get(anonymous, "fingerprint")),
		  json_string_value(row("fingerprint")));
	json_decref(anonymous);
}

int main(void)
{
	machine = machine_describe(false);
	if (!machine) {
		puts("not ok 1 - the machine cannot be described");
		return 1;
	}
	RUN(every_row_of_the_contract_is_there);
	RUN(each_online_CPU_is_listed_once_with_its_place);
	RUN(without_a_cache_in_sysfs_there_is_none);
	RUN(what_is_switched_off_is_not_online);
	RUN(the_numbers_are_those_of_a_real_machine);
	RUN(the_fingerprint_is_stable_and_knows_no_hostname);
	json_decref(machine);
	return check_done("machine");
}
