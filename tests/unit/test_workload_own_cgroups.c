/* SPDX-License-Identifier: MIT */
#include "../../workloads/own_cgroups.h"
#include <string.h>
#include "check.h"

static char last[600];
static unsigned asked;

static bool is_number(const char *folder, void *stop_at)
{
	CHECK(!strncmp(folder, "/sys/fs/cgroup", strlen("/sys/fs/cgroup")));
	snprintf(last, sizeof(last), "%s", folder);
	return ++asked == *(unsigned *)stop_at;
}

TEST(each_group_and_all_above_it_are_asked_up_to_the_mount)
{
	unsigned never = 0, first = 1, all;

	asked = 0;
	CHECK(!own_cgroups_ask("memory", is_number, &never));
	all = asked;
	/* A machine without control groups has none. */
	CHECK(!all || !strcmp(last, "/sys/fs/cgroup/memory") || !strcmp(last, "/sys/fs/cgroup"));
	asked = 0;
	CHECK_EQ(own_cgroups_ask("memory", is_number, &first), all > 0);
	CHECK_EQ(asked, all > 0);
}

TEST(a_controller_is_one_by_its_whole_name)
{
	unsigned never = 0;

	asked = 0;
	own_cgroups_ask("memor", is_number, &never);
	/* Version 2's line is for any. */
	CHECK(!asked || !strncmp(last, "/sys/fs/cgroup", strlen(last)));
}

int main(void)
{
	RUN(each_group_and_all_above_it_are_asked_up_to_the_mount);
	RUN(a_controller_is_one_by_its_whole_name);
	return check_done("workload_own_cgroups");
}
