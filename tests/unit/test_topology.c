/* SPDX-License-Identifier: MIT */
#include "tasks/topology.h"
#include <stdlib.h>
#include "check.h"
#include "machine/machine.h"
#include "summary/summary.h"

static struct topology t;

/* topology_read() of a machine with these rows for CPUs; what is no JSON is no machine at all. */
static void read_rows(const char *rows)
{
	char text[1024];
	json_t *machine;

	snprintf(text, sizeof(text), "{\"cpus\": %s}", rows);
	machine = json_loads(text, 0, NULL);
	topology_read(&t, machine);
	json_decref(machine);
}

static void check_unknown(const char *rows, int threads)
{
	read_rows(rows);
	CHECK_EQ(t.threads, threads);
	CHECK_EQ(t.cores, CPU_NONE);
	CHECK_EQ(t.llcs, CPU_NONE);
	CHECK_EQ(t.nodes, CPU_NONE);
	CHECK_EQ(t.sockets, CPU_NONE);
	CHECK(!t.smt);
	CHECK_EQ(topology_distance(&t, 0, 1), DISTANCE_UNKNOWN);
}

TEST(what_is_no_list_of_cpus_tells_nothing)
{
	check_unknown("null", 0);
	check_unknown("7", 0);
	check_unknown("{\"cpu\": 0}", 0);
	check_unknown("[]", 0);
	check_unknown("[null, 3, \"cpu\", [], {}]", 0);
	topology_read(&t, NULL);
	CHECK_EQ(t.threads, 0);
	CHECK_EQ(topology_distance(&t, 0, 1), DISTANCE_UNKNOWN);
}

TEST(numbers_that_are_none_are_unknown)
{
	check_unknown("[{\"cpu\": 0, \"core\": -1, \"llc\": 1024, \"node\": 0.0,"
		      " \"package\": \"0\", \"capacity\": 1048577},"
		      " {\"cpu\": 1, \"core\": 9223372036854775807, \"llc\": true,"
		      "  \"node\": [0], \"package\": null}]",
		      2);
	CHECK_EQ(t.cpus[0].capacity, CPU_NONE);
	check_unknown("[{\"cpu\": -1, \"core\": 0}, {\"cpu\": 1024, \"core\": 0},"
		      " {\"cpu\": 4294967296, \"core\": 0}, {\"cpu\": \"1\"}]",
		      0);
}

TEST(the_largest_numbers_are_numbers)
{
	read_rows("[{\"cpu\": 1023, \"core\": 1023, \"llc\": 1023, \"node\": 1023,"
		  " \"package\": 1023, \"capacity\": 1048576}]");
	CHECK_EQ(t.threads, 1);
	CHECK_EQ(t.cores, 1);
	CHECK_EQ(t.cpus[1023].node, 1023);
	CHECK_EQ(t.cpus[1023].capacity, 1048576);
	CHECK_EQ(topology_distance(&t, 1023, 1023), DISTANCE_CORE);
	CHECK_EQ(topology_distance(&t, 1022, 1023), DISTANCE_UNKNOWN);
}

TEST(of_two_rows_of_a_cpu_the_first_stands)
{
	read_rows("[{\"cpu\": 0, \"core\": 0}, {\"cpu\": 0, \"core\": 5}]");
	CHECK_EQ(t.threads, 1);
	CHECK_EQ(t.cores, 1);
	CHECK_EQ(t.cpus[0].core, 0);
}

TEST(one_cpu_that_does_not_know_makes_a_level_unknown)
{
	read_rows("[{\"cpu\": 0, \"core\": 0, \"llc\": 0, \"node\": 0},"
		  " {\"cpu\": 1, \"core\": 0, \"llc\": 0, \"node\": 0},"
		  " {\"cpu\": 2, \"core\": 1, \"node\": 0}]");
	CHECK_EQ(t.cores, 2);
	CHECK(t.smt);
	CHECK_EQ(t.llcs, CPU_NONE);
	CHECK_EQ(topology_distance(&t, 0, 1), DISTANCE_CORE);
	CHECK_EQ(topology_distance(&t, 0, 2), DISTANCE_NODE);
}

TEST(this_machine_says_where_its_own_cpus_sit)
{
	json_t *machine = machine_describe(true);
	json_int_t cores = json_integer_value(json_object_get(machine, "cores"));

	topology_read(&t, machine);
	CHECK_EQ(t.threads, json_array_size(json_object_get(machine, "cpus")));
	if (json_is_integer(json_object_get(machine, "cores")))
		CHECK_EQ(t.cores, cores);
	if (json_is_integer(json_object_get(machine, "llcs")))
		CHECK_EQ(t.llcs, json_integer_value(json_object_get(machine, "llcs")));
	else
		CHECK_EQ(t.llcs, CPU_NONE);
	CHECK_EQ(t.nodes, json_integer_value(json_object_get(machine, "numa_nodes")));
	json_decref(machine);
}

int main(void)
{
	RUN(what_is_no_list_of_cpus_tells_nothing);
	RUN(numbers_that_are_none_are_unknown);
	RUN(the_largest_numbers_are_numbers);
	RUN(of_two_rows_of_a_cpu_the_first_stands);
	RUN(one_cpu_that_does_not_know_makes_a_level_unknown);
	RUN(this_machine_says_where_its_own_cpus_sit);
	return check_done("topology");
}
