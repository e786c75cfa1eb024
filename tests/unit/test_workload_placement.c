/* SPDX-License-Identifier: MIT */
#include "../../workloads/placement.h"
#include "../../workloads/strict.h"
#include "check.h"

/*
 * Two nodes of two cores of two threads; siblings are numbered as PC firmware does, half of all
 * CPUs apart:
 *
 *   node 0: core 0 = CPUs 0, 4   core 1 = CPUs 1, 5
 *   node 1: core 2 = CPUs 2, 6   core 3 = CPUs 3, 7
 */
static void order(bool spread, char *text)
{
	struct place places[8];

	for (int cpu = 0; cpu < 8; cpu++)
		places[cpu] = (struct place){ cpu, cpu % 4, cpu % 4 / 2 };
	placement_order(places, 8, spread);
	for (int i = 0; i < 8; i++)
		text[i] = '0' + places[i].cpu;
	text[8] = 0;
}

TEST(compact_fills_a_core_then_a_node)
{
	char text[9];

	order(false, text);
	CHECK_STR(text, "04152637");
}

TEST(spread_takes_nodes_in_turn_and_siblings_last)
{
	char text[9];

	order(true, text);
	CHECK_STR(text, "02134657");
}

TEST(a_machine_without_siblings_is_in_order_both_ways)
{
	struct place places[] = { { 3, 3, 0 }, { 0, 0, 0 }, { 1, 1, 0 } };

	placement_order(places, 3, true);
	CHECK(places[0].cpu == 0 && places[1].cpu == 1 && places[2].cpu == 3);
	placement_order(places, 3, false);
	CHECK(places[0].cpu == 0 && places[1].cpu == 1 && places[2].cpu == 3);
}

TEST(a_list_of_cpus_keeps_its_order_and_its_repeats)
{
	int cpus[6];

	CHECK_EQ(strict_cpu_order("3,0-2,0", cpus, 6), 5);
	CHECK(cpus[0] == 3 && cpus[1] == 0 && cpus[2] == 1 && cpus[3] == 2 && cpus[4] == 0);
	CHECK_EQ(strict_cpu_order("0-5", cpus, 6), 6);
	CHECK_EQ(strict_cpu_order("0-6", cpus, 6), 0);
	CHECK_EQ(strict_cpu_order("0-5,0", cpus, 6), 0);
	CHECK_EQ(strict_cpu_order("2-1", cpus, 6), 0);
	CHECK_EQ(strict_cpu_order("", cpus, 6), 0);
	CHECK_EQ(strict_cpu_order("1,", cpus, 6), 0);
	CHECK_EQ(strict_cpu_order("compac", cpus, 6), 0);
}

int main(void)
{
	RUN(compact_fills_a_core_then_a_node);
	RUN(spread_takes_nodes_in_turn_and_siblings_last);
	RUN(a_machine_without_siblings_is_in_order_both_ways);
	RUN(a_list_of_cpus_keeps_its_order_and_its_repeats);
	return check_done("workload_placement");
}
