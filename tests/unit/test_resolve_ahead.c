/* SPDX-License-Identifier: MIT */
/* Both passes at once: the same as in turn, whatever comes late. */
#include "resolve/resolve_ahead.h"
#include <glob.h>
#include <stdlib.h>
#include "drawn_random.h"
#include "report/report.h"

/* What JSON says of a drawing where traces of `least` bytes are worth two threads. */
static char *report_from(const char *text, size_t least)
{
	struct summary s;
	char *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	trace_threads_worth_bytes = least;
	if (CHECK(drawn_analyze(text, &s)))
		CHECK_EQ(report_json_write(&s, out), 0);
	fclose(out);
	summary_free(&s);
	return json;
}

static void check_same(const char *text)
{
	char *at_once = report_from(text, 0), *in_turn = report_from(text, SIZE_MAX);

	CHECK(at_once[0]);
	CHECK_STR(at_once, in_turn);
	free(at_once);
	free(in_turn);
}

TEST(every_drawing_is_reported_the_same_at_once_and_in_turn)
{
	glob_t found = {};

	CHECK_EQ(glob("tests/fixtures/*.events", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char name[64];
		char *text;

		sscanf(found.gl_pathv[i], "tests/fixtures/%63[a-z_]", name);
		text = drawn_load(name);
		if (CHECK(text))
			check_same(text);
		free(text);
	}
	CHECK(found.gl_pathc > 30);
	globfree(&found);
}

TEST(random_drawings_are_reported_the_same_untraced_switches_and_losses_in_them)
{
	static const int losses[] = { 0, 0, 0, 1, 20, 200 }, hidden[] = { 0, 100, 400 };

	for (unsigned seed = 1; seed <= 300 && !check_failures; seed++) {
		struct sim sim;
		char *text = draw(&sim, seed, 1 + seed / 2 % CPUS_MAX, losses[seed % 6],
				  losses[seed % 6] ? 0 : hidden[seed / 6 % 3]);

		check_same(text);
		if (check_failures)
			printf("# seed %u:\n%s", seed, text);
		free(text);
	}
}

/* ---- what is settled, step by step --------------------------------------------------------------
 */

struct road {
	struct trace trace;
	struct task_table table;
	struct window window;
	struct resolution whole;
	struct fixups settled;
	uint64_t implicit;
	enum ahead_result result;
};

/* Until here no fixup may be added later: how a second pass would use it. */
static void follow(struct road *road, struct resolve_ahead *ahead)
{
	const struct resolution *settled = resolve_ahead_settled(ahead);
	uint64_t to, before = 0;
	size_t had = 0;

	for (uint64_t ts = 0; (to = resolve_ahead_wait(ahead, ts)); ts = to) {
		CHECK(to > ts);
		for (; had < settled->fixups.count; had++) {
			CHECK(settled->fixups.list[had].ts >= before);
			CHECK(settled->fixups.list[had].ts < to);
			fixups_add(&road->settled, settled->fixups.list[had]);
		}
		before = to;
		if (to == UINT64_MAX)
			break;
	}
	for (int cpu = 0; cpu < settled->cpu_count; cpu++)
		road->implicit += settled->implicit[cpu].count;
}

static bool road_go(struct road *road, const char *text)
{
	char path[] = "/tmp/drawn-XXXXXX";
	struct resolve_ahead *ahead;

	*road = (struct road){};
	trace_threads_worth_bytes = 0;
	close(mkstemp(path));
	if (!CHECK(drawn_write(text, path) && !trace_open(&road->trace, path) &&
		   !task_table_build(&road->table, &road->trace)))
		return false;
	unlink(path);
	window_find(&road->window, &road->table, &road->trace);
	window_settle(&road->window);
	CHECK(resolve_ahead_may(&road->trace, &road->window));
	ahead = resolve_ahead_start(&road->trace, &road->table, &road->window);
	if (!CHECK(ahead))
		return false;
	follow(road, ahead);
	road->result = resolve_ahead_end(ahead, &road->whole);
	return true;
}

static void road_end(struct road *road)
{
	fixups_free(&road->settled);
	resolution_free(&road->whole);
	task_table_free(&road->table);
	trace_release(&road->trace);
}

/*
 *      1000                                                   161000  CPU 0
 * 100  |====|S                                               |=====|  100 blocks at 2000
 * 1         |==|                                    |===|             leaves untraced at 3000: told
 *                                                                     at 150000, by its account
 */
static const char held[] = "cpus 1\ncommand 100\ntask 1 1 other %s\n"
			   "500 0 switch 0 100 R\n1000 0 exec 100 comm=held\n"
			   "2000 0 switch 100 1 S\n3000 0 untraced 1 0 S\n"
			   "4000 0 waking 100 by=0 irq\n5000 0 switch 0 100 R\n"
			   "6000 0 switch 100 0 S\n"
			   "%s"
			   "160000 0 waking 100 by=0 irq\n160500 0 switch 0 100 R\n"
			   "161000 0 last 100 0\n";

TEST(the_end_of_a_slice_that_is_told_late_is_waited_for)
{
	char text[1024];
	struct road road;

	snprintf(text, sizeof(text), held, "",
		 "149000 0 waking 1 by=0 irq\n150000 0 switch 0 1 R\n151000 0 switch 1 0 S\n");
	CHECK_OR_RETURN(road_go(&road, text));
	CHECK_EQ(road.result, AHEAD_AS_SETTLED);
	CHECK_OR_RETURN(road.settled.count == 1 && road.whole.fixups.count == 1);
	CHECK_EQ(road.settled.list[0].ts, 3000);
	CHECK_EQ(road.settled.list[0].task, TASK_IDLE);
	CHECK_EQ(road.whole.fixups.list[0].ts, 3000);
	road_end(&road);
}

/* 100 sleeps at 6000, a signal ends it, and only at 160500 it is seen to run: no waking tells. */
TEST(a_sleep_that_nobody_ended_is_found_too_late_and_misleads)
{
	char text[1024];
	struct road road;
	char *waking;

	snprintf(text, sizeof(text), held, "",
		 "6500 0 waking 1 by=0 irq\n7000 0 switch 0 1 R\n7500 0 switch 1 0 S\n");
	waking = strstr(text, "160000 0 waking");
	memmove(waking, strchr(waking, '\n') + 1, strlen(strchr(waking, '\n')));
	CHECK_OR_RETURN(road_go(&road, text));
	CHECK_EQ(road.result, AHEAD_MISLED);
	CHECK_EQ(road.whole.implicit[0].count, 1);
	road_end(&road);
}

TEST(a_loss_misleads)
{
	char text[1024];
	struct road road;

	snprintf(text, sizeof(text), held, "",
		 "100000 0 switch 0 1 R\ndrop 100500 0 switch 1 0 S\n");
	CHECK_OR_RETURN(road_go(&road, text));
	CHECK_EQ(road.result, AHEAD_MISLED);
	CHECK(road.whole.losses.count > 0);
	road_end(&road);
}

/* Who 1 is, no snapshot tells: it gets its place in both tables when the first pass meets it. */
TEST(a_task_that_no_snapshot_tells_of_comes_to_the_second_passs_table)
{
	char text[1024];
	struct road road;

	snprintf(text, sizeof(text), held, "unlisted",
		 "149000 0 waking 1 by=0 irq\n150000 0 switch 0 1 R\n151000 0 switch 1 0 S\n");
	CHECK_OR_RETURN(road_go(&road, text));
	CHECK_EQ(road.result, AHEAD_AS_SETTLED);
	CHECK_EQ(road.table.count, 2);
	CHECK_EQ(road.table.tasks[1].id.tid, 1);
	road_end(&road);
}

/* What came to be settled is all of the whole. */
TEST(what_is_settled_lacks_nothing)
{
	unsigned settled = 0;

	for (unsigned seed = 1; seed <= 100 && !check_failures; seed++) {
		struct road road;
		struct sim sim;
		char *text = draw(&sim, seed, 1 + seed % CPUS_MAX, 0, 400);

		if (!road_go(&road, text))
			return;
		CHECK(road.result == AHEAD_AS_SETTLED || road.result == AHEAD_MISLED);
		if (road.result == AHEAD_AS_SETTLED) {
			settled++;
			CHECK_EQ(road.implicit, road.whole.implicit_wakeups);
			if (CHECK_EQ(road.settled.count, road.whole.fixups.count))
				CHECK(!memcmp(road.settled.list, road.whole.fixups.list,
					      road.settled.count * sizeof(struct fixup)));
		}
		road_end(&road);
		free(text);
	}
	CHECK(settled >= 10);
}

int main(void)
{
	RUN(every_drawing_is_reported_the_same_at_once_and_in_turn);
	RUN(random_drawings_are_reported_the_same_untraced_switches_and_losses_in_them);
	RUN(the_end_of_a_slice_that_is_told_late_is_waited_for);
	RUN(a_sleep_that_nobody_ended_is_found_too_late_and_misleads);
	RUN(a_loss_misleads);
	RUN(a_task_that_no_snapshot_tells_of_comes_to_the_second_passs_table);
	RUN(what_is_settled_lacks_nothing);
	return check_done("resolve_ahead");
}
