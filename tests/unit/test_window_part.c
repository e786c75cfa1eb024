/* SPDX-License-Identifier: MIT */
/*
 * report --from, --to: whatever adds up over time or over events is, in two parts of a window,
 * what it is in the whole. Tried on every drawing at every kind of cut.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "common/failure.h"
#include "drawn_parts.h"
#include "drawn_random.h"

#define CUTS 30

static uint64_t seed = 20261126;

/* Neither the start nor the end. */
static uint64_t pick_cut(uint64_t length)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return 1 + (seed >> 33) % (length - 1);
}

/* At round times, where events are, and anywhere; once each where there are few ns. */
static bool cut_everywhere(const char *name, const char *path)
{
	struct summary whole;
	bool good = true;

	if (!CHECK_EQ(analyze_file(path, &whole), 0))
		return false;
	for (int i = 0; i < CUTS && good && whole.program.wall_ns > 2; i++) {
		uint64_t cut = pick_cut(whole.program.wall_ns);

		if (i % 2 && cut > 50)
			cut -= cut % 50;
		good = drawn_cut(name, path, &whole, cut);
	}
	summary_free(&whole);
	return good;
}

static int is_drawing(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".events");
}

/* The drawing as a trace file, which the caller removes. */
static bool write_drawing(const char *file, char *path)
{
	char name[128], *text;
	bool good;
	int fd;

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - strlen(".events")), file);
	text = drawn_load(name);
	fd = mkstemp(path);
	good = CHECK(text && fd >= 0) && CHECK(drawn_write(text, path));
	close(fd);
	free(text);
	return good;
}

TEST(two_parts_of_any_drawing_sum_to_the_whole)
{
	struct dirent **entries;
	int count = scandir("tests/fixtures", &entries, is_drawing, alphasort);

	CHECK(count > 20);
	for (int i = 0; i < count; i++) {
		char path[] = "/tmp/schedlab-test-XXXXXX";

		if (write_drawing(entries[i]->d_name, path))
			cut_everywhere(entries[i]->d_name, path);
		unlink(path);
		free(entries[i]);
	}
	free(entries);
}

static void check_parts(unsigned number, int loss, int hidden)
{
	char path[] = "/tmp/schedlab-test-XXXXXX", name[32];
	int fd = mkstemp(path);
	struct summary s;
	struct sim sim;
	char *text = draw(&sim, number, 1 + number % CPUS_MAX, loss, hidden);

	snprintf(name, sizeof(name), "seed %u", number);
	if (CHECK(fd >= 0 && drawn_write(text, path)) && CHECK_EQ(analyze_file(path, &s), 0)) {
		for (int i = 0; i < 3 && s.program.wall_ns > 1; i++)
			drawn_cut(name, path, &s, 1 + pick(&sim, s.program.wall_ns - 1));
		summary_free(&s);
	}
	close(fd);
	unlink(path);
	free(text);
}

TEST(two_parts_of_a_schedule_sum_to_the_whole)
{
	for (unsigned i = 1; i <= 40 && !check_failures; i++)
		check_parts(i, i % 3 ? 0 : 60, i % 2 ? 0 : 400);
}

TEST(a_quota_is_to_blame_for_no_more_in_two_parts_than_in_the_whole)
{
	char path[] = "/tmp/schedlab-test-XXXXXX", text[4096], *drawing = drawn_load("throttled");
	struct window_part after = { 2000, UINT64_MAX };
	struct summary s;
	int fd = mkstemp(path);

	CHECK_OR_RETURN(drawing && fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "throttled 700\n%s", drawing);
	free(drawing);
	if (CHECK(drawn_write(text, path)) && cut_everywhere("throttled 700", path) &&
	    CHECK_EQ(analyze_part(path, &after, &s), 0)) {
		CHECK_EQ(s.accounting_ns[CAUSE_THROTTLED], 100);
		CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 200);
		CHECK_EQ(s.violation_sums.ns, 200);
		summary_free(&s);
	}
	unlink(path);
}

TEST(a_part_has_nothing_of_the_rest)
{
	/* 102 and 103 only wait from 1400 on: of four threads that take turns, 101 runs. */
	struct window_part part = { 400, 800 };
	char path[] = "/tmp/schedlab-test-XXXXXX";
	struct summary s;

	if (!write_drawing("time_sliced.events", path))
		return;
	if (!CHECK_EQ(analyze_part(path, &part, &s), 0))
		return;
	unlink(path);
	CHECK_EQ(s.program.wall_ns, 400);
	CHECK_EQ(s.program.cpu_ns, 400);
	CHECK_EQ(s.program.demand_ns[4], 400);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 400);
	CHECK_EQ(drawn_task(&s, 101)->run_ns, 400);
	CHECK_EQ(drawn_task(&s, 100)->run_ns, 0);
	/* The switch at 400 is in it, that at 800 is of what follows. */
	CHECK_EQ(s.cpus[0].switches, 1);
	CHECK_EQ(drawn_task(&s, 100)->involuntary, 1);
	CHECK_EQ(drawn_task(&s, 101)->involuntary, 0);
	/* Times are told from the start of the run. */
	CHECK_EQ(drawn_task(&s, 101)->begin_ns, 400);
	CHECK_EQ(drawn_task(&s, 101)->end_ns, 800);
	CHECK(summary_is_part(&s));
	summary_free(&s);
}

static double fairness_from(const char *path, uint64_t from)
{
	struct window_part part = { from, UINT64_MAX };
	struct summary s;
	double fairness;

	if (!CHECK_EQ(analyze_part(path, &part, &s), 0))
		return -1;
	fairness = s.program.fairness;
	summary_free(&s);
	return fairness;
}

TEST(units_are_judged_from_the_parts_start_to_the_first_finish)
{
	char path[] = "/tmp/schedlab-test-XXXXXX";

	if (!write_drawing("truth.events", path))
		return;
	/* From 2200 to 5000 101 runs 2800, and 102, which comes in at 2400, 2600. */
	CHECK_NEAR(fairness_from(path, 200), 5400. * 5400 / (2 * (2800. * 2800 + 2600. * 2600)),
		   1e-12);
	CHECK_NEAR(fairness_from(path, 2999), 1, 1e-12);
	CHECK(isnan(fairness_from(path, 3000))); /* 101 has finished */
	CHECK(isnan(fairness_from(path, 3500)));
	unlink(path);
}

TEST(what_is_no_part_of_the_window_is_refused)
{
	static const struct window_part wrong[] = {
		{ 2801, UINT64_MAX }, { 0, 2801 }, { 2800, UINT64_MAX }, { 7, 7 }, { 9, 8 },
	};
	char path[] = "/tmp/schedlab-test-XXXXXX";
	struct window_part all = { 0, 2800 };
	struct summary s;

	if (!write_drawing("time_sliced.events", path))
		return;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_EQ(analyze_part(path, &wrong[i], &s), EXIT_USAGE);
	if (CHECK_EQ(analyze_part(path, &all, &s), 0)) {
		CHECK(!summary_is_part(&s));
		CHECK_EQ(s.cpus[0].switches, 7);
		summary_free(&s);
	}
	unlink(path);
}

int main(void)
{
	RUN(two_parts_of_any_drawing_sum_to_the_whole);
	RUN(two_parts_of_a_schedule_sum_to_the_whole);
	RUN(a_quota_is_to_blame_for_no_more_in_two_parts_than_in_the_whole);
	RUN(a_part_has_nothing_of_the_rest);
	RUN(units_are_judged_from_the_parts_start_to_the_first_finish);
	RUN(what_is_no_part_of_the_window_is_refused);
	return check_done("window_part");
}
