/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <locale.h>
#include "report_of.h"
#include "sample_summary.h"

/* The report of a run in which `ran` tasks ran and `demand` wanted to, all the time, on n CPUs. */
static char *report_of_levels(uint64_t n, size_t ran, size_t demand)
{
	struct summary s = sample_summary();
	char *text;

	free(s.program.demand_ns);
	free(s.program.parallelism_ns);
	s.n = n;
	s.program.level_count = demand + 1;
	s.program.demand_ns = calloc(demand + 1, sizeof(uint64_t));
	s.program.parallelism_ns = calloc(demand + 1, sizeof(uint64_t));
	if (!s.program.demand_ns || !s.program.parallelism_ns)
		abort();
	s.program.demand_ns[demand] = s.program.parallelism_ns[ran] = s.program.wall_ns;
	text = report_of(&s, false);
	summary_free(&s);
	return text;
}

TEST(the_profile_shows_demand_above_the_cpus)
{
	char *text = report_of_levels(1, 1, 4);

	CHECK(text && strstr(text, "\n1 100.0 \u2588") && strstr(text, "\n4   0.0  "));
	CHECK(text && !strstr(text, "\n5 "));
	free(text);
}

TEST(many_levels_share_rows)
{
	char *few = report_of_levels(2, 2, 1000), *many = report_of_levels(64, 63, 200);

	CHECK(few && strstr(few, "\n  2 100.0 \u2588") && strstr(few, "\n17+   0.0  "));
	CHECK(many && strstr(many, "\n61-64 100.0 \u2588") && strstr(many, "\n  65+   0.0  "));
	free(few);
	free(many);
}

int main(void)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		return 1;
	RUN(the_profile_shows_demand_above_the_cpus);
	RUN(many_levels_share_rows);
	return check_done("report_profile");
}
