/* SPDX-License-Identifier: MIT */
#include "machine/cpu_times.h"
#include <unistd.h>
#include "drawn_trace.h"
#include "machine/machine.h"

/* cpu_times_read() of this text. */
static void read_text(struct cpu_times *t, const char *text)
{
	char path[] = "/tmp/cpu-times-XXXXXX";
	int fd = mkstemp(path);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	cpu_times_read(t, path);
	unlink(path);
}

static bool is_row(const json_t *rows, size_t i, const char *expected)
{
	char *text = json_dumps(json_array_get(rows, i), JSON_COMPACT);
	bool same = text && !strcmp(text, expected);

	if (!same)
		printf("# %s\n", text ? text : "nothing");
	free(text);
	return same;
}

static struct cpu_times from, to;

TEST(what_rose_is_told_of_each_cpu)
{
	json_t *rows;

	read_text(&from, "cpu  9 9 9 9 9 9 9 9 9 9\n"
			 "cpu0 1 2 3 4 5 6 7 8 9 10\n"
			 "cpu12 1 2 3 4 5 100 200 300 9 10\n"
			 "intr 5 6 7\n"
			 "cpu3 0 0 0 0 0 0 0 0 0 0\n");
	read_text(&to, "cpu  9 9 9 9 9 9 9 9 9 9\n"
		       "cpu0 1 2 3 4 5 6 8 10 9 10\n"
		       "cpu12 1 2 3 4 5 99 200 301\n");
	CHECK(!from.cpus[3].there); /* no row of the CPUs' */
	CHECK(to.steal_seen);
	rows = cpu_times_json(&from, &to, false);
	CHECK_EQ(json_array_size(rows), 2);
	CHECK(is_row(rows, 0,
		     "{\"cpu\":0,\"steal_ns\":20000000,\"irq_ns\":0,\"softirq_ns\":10000000}"));
	/* A count that fell tells nothing. */
	CHECK(is_row(rows, 1,
		     "{\"cpu\":12,\"steal_ns\":10000000,\"irq_ns\":null,\"softirq_ns\":0}"));
	json_decref(rows);
}

TEST(no_steal_ever_is_only_none_where_the_host_would_tell)
{
	json_t *rows;

	read_text(&from, "cpu 0\ncpu0 1 2 3 4 5 6 7 0 0 0\n");
	rows = cpu_times_json(&from, &from, false);
	CHECK(is_row(rows, 0, "{\"cpu\":0,\"steal_ns\":null,\"irq_ns\":0,\"softirq_ns\":0}"));
	json_decref(rows);
	rows = cpu_times_json(&from, &from, true);
	CHECK(is_row(rows, 0, "{\"cpu\":0,\"steal_ns\":0,\"irq_ns\":0,\"softirq_ns\":0}"));
	json_decref(rows);
}

TEST(a_cpu_that_was_not_there_all_along_is_not_told_of)
{
	json_t *rows;

	read_text(&from, "cpu 0\ncpu0 1 2 3 4 5 6 7 8\n");
	read_text(&to, "cpu 0\ncpu1 1 2 3 4 5 6 7 8\ncpu1024 1 2 3 4 5 6 7 8\ncpu2 1 2 3\n");
	CHECK(!to.cpus[2].there);
	rows = cpu_times_json(&from, &to, true);
	CHECK_EQ(json_array_size(rows), 0);
	json_decref(rows);
	cpu_times_read(&to, "/nonexistent");
	CHECK(!to.cpus[1].there && !to.steal_seen);
}

TEST(this_machine_tells_of_its_cpus)
{
	cpu_times_read(&to, "/proc/stat");
	CHECK(to.cpus[0].there || to.cpus[1].there);
}

/* ---- in a report --------------------------------------------------------------------------------
 */

static bool analyze_with(const char *times, struct summary *s)
{
	char *drawing = drawn_load("parallel"), text[8192];

	snprintf(text, sizeof(text), "%s%s", times, drawing ? drawing : "");
	free(drawing);
	return drawn_analyze(text, s);
}

TEST(a_report_has_the_times_of_its_cpus)
{
	struct summary s;

	CHECK_OR_RETURN(analyze_with("times 1 steal=700 irq=20\ntimes 0 steal=0\ntimes 5 steal=1\n"
				     "times 4096 steal=1\n",
				     &s));
	CHECK_EQ(s.cpus[0].steal_ns, 0);
	CHECK_EQ(s.cpus[1].steal_ns, 700);
	CHECK_EQ(s.cpus[1].irq_ns, 20);
	CHECK_EQ(s.cpus[1].softirq_ns, -1);
	CHECK_EQ(s.run_result.steal_ns, 700);
	summary_free(&s);
}

/* It is bound to CPU 0: what CPU 1 lost is not its own. */
TEST(only_the_steal_of_cpus_that_it_may_use_counts)
{
	struct summary s;

	CHECK_OR_RETURN(drawn_analyze("cpus 2\ntimes 0 steal=3\ntimes 1 steal=700\n"
				      "command 100 mask=1\n 800 1 switch 0 0 R\n"
				      " 900 0 switch 0 100 R\n1000 0 exec 100\n2000 0 last 100 0\n",
				      &s));
	CHECK_EQ(s.cpus[1].steal_ns, 700);
	CHECK_EQ(s.run_result.steal_ns, 3);
	summary_free(&s);
}

/* Of two CPUs in 2 s: 2 % are 80 ms, and a tick of each may lie before. */
TEST(steal_matters_from_two_per_cent_on)
{
	struct summary s = { .n = 2, .run_result = { .wall_ns = 2000000000 } };

	s.run_result.steal_ns = 80000000 + 2 * CPU_TIMES_TICK_NS;
	CHECK_NEAR(summary_steal_share(&s), 0, 0);
	s.run_result.steal_ns += 1000000;
	CHECK_NEAR(summary_steal_share(&s), s.run_result.steal_ns / 4e9, 1e-12);
	s.run_result.steal_ns = -1;
	CHECK(isnan(summary_steal_share(&s)));
}

/* When in the run it was, nobody knows. */
TEST(a_part_of_the_run_has_no_steal_of_its_own)
{
	struct window_part part = { 100, 900 };
	char path[] = "/tmp/schedlab-test-XXXXXX";
	int fd = mkstemp(path);
	struct summary s;

	CHECK_OR_RETURN(fd >= 0);
	close(fd);
	if (CHECK(drawn_write("times 0 steal=5 irq=6 softirq=7\ncommand 100\n"
			      " 900 0 switch 0 100 R\n1000 0 exec 100\n2000 0 last 100 0\n",
			      path)) &&
	    CHECK_EQ(analyze_part(path, &part, &s), 0)) {
		CHECK_EQ(s.cpus[0].steal_ns, -1);
		CHECK_EQ(s.cpus[0].irq_ns, -1);
		CHECK_EQ(s.cpus[0].softirq_ns, -1);
		CHECK_EQ(s.run_result.steal_ns, 5);
		summary_free(&s);
	}
	unlink(path);
}

TEST(what_is_not_told_or_no_number_is_unknown)
{
	static const char *const drawings[] = {
		"",
		"times 0 steal=5\n", /* nothing of CPU 1 */
		"times 0 irq=5\ntimes 1 steal=5\n",
		"times 0 steal=9223372036854775807\ntimes 1 steal=1\n",
		"times 0 steal=9223372036854775808\ntimes 1 steal=1\n", /* negative */
	};

	for (size_t i = 0; i < sizeof(drawings) / sizeof(drawings[0]); i++) {
		struct summary s;

		if (!CHECK(analyze_with(drawings[i], &s)))
			continue;
		CHECK_EQ(s.run_result.steal_ns, -1);
		CHECK(isnan(summary_steal_share(&s)));
		CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
		summary_free(&s);
	}
}

int main(void)
{
	RUN(what_rose_is_told_of_each_cpu);
	RUN(no_steal_ever_is_only_none_where_the_host_would_tell);
	RUN(a_cpu_that_was_not_there_all_along_is_not_told_of);
	RUN(this_machine_tells_of_its_cpus);
	RUN(a_report_has_the_times_of_its_cpus);
	RUN(only_the_steal_of_cpus_that_it_may_use_counts);
	RUN(steal_matters_from_two_per_cent_on);
	RUN(a_part_of_the_run_has_no_steal_of_its_own);
	RUN(what_is_not_told_or_no_number_is_unknown);
	return check_done("cpu_times");
}
