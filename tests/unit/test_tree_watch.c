/* SPDX-License-Identifier: MIT */
#include <string.h>
#include "check.h"
#include "record/tree_watch.h"

static void born(struct tree_watch *w, uint64_t ts, uint32_t tid, uint32_t parent)
{
	struct newtask_event newtask = { .head = { .ts = ts, .type = EVENT_NEWTASK },
					 .task = { .tid = tid, .pid = tid, .start_ns = ts },
					 .parent = parent };

	tree_watch_take(w, &newtask.head);
}

static void dead(struct tree_watch *w, uint64_t ts, uint32_t tid)
{
	struct switch_last_event last = { .sw = { .head = { .ts = ts, .type = EVENT_SWITCH_LAST },
						  .prev = tid } };

	tree_watch_take(w, &last.sw.head);
}

static void execs(struct tree_watch *w, uint64_t ts, uint32_t old, uint32_t tid, uint64_t start)
{
	struct exec_event exec = { .head = { .ts = ts, .type = EVENT_EXEC },
				   .task = { .tid = tid, .start_ns = start },
				   .old_tid = old };

	tree_watch_take(w, &exec.head);
}

static bool lives(struct tree_watch *w, uint32_t tid)
{
	return id_map_find(&w->living, tid);
}

/* Records come CPU by CPU: a grandchild's birth before its parent's, a death before its birth. */
TEST(births_and_deaths_count_in_the_order_of_time)
{
	struct tree_watch w = {};

	tree_watch_start(&w, true);
	tree_watch_add(&w, 100, 1);
	dead(&w, 40, 102);
	born(&w, 30, 102, 101);
	born(&w, 35, 103, 101);
	born(&w, 36, 200, 99);
	born(&w, 20, 101, 100);
	dead(&w, 50, 101);
	tree_watch_settle(&w, 60);
	CHECK_EQ(w.living.count, 2);
	CHECK(lives(&w, 100) && lives(&w, 103) && !lives(&w, 200));
	dead(&w, 70, 100);
	dead(&w, 71, 103);
	tree_watch_settle(&w, 100);
	CHECK_EQ(w.living.count, 0);
	tree_watch_free(&w);
}

TEST(what_is_too_young_waits_for_older_records)
{
	struct tree_watch w = {};

	tree_watch_start(&w, true);
	tree_watch_add(&w, 100, 1);
	born(&w, 50, 102, 101);
	tree_watch_settle(&w, 45);
	born(&w, 40, 101, 100); /* came later, from another CPU */
	tree_watch_settle(&w, 60);
	CHECK(lives(&w, 101) && lives(&w, 102));
	tree_watch_free(&w);
}

TEST(a_thread_that_execs_lives_on_under_its_leaders_tid)
{
	struct tree_watch w = {};

	tree_watch_start(&w, true);
	tree_watch_add(&w, 100, 1);
	born(&w, 10, 101, 100);
	dead(&w, 20, 100);
	execs(&w, 30, 101, 100, 1);
	tree_watch_settle(&w, 40);
	CHECK_EQ(w.living.count, 1);
	CHECK(lives(&w, 100) && !lives(&w, 101));
	dead(&w, 50, 100);
	tree_watch_settle(&w, 60);
	CHECK_EQ(w.living.count, 0);
	tree_watch_free(&w);
}

/* A death that was lost, a tid that another task bears by now, a zombie; not one born since. */
TEST(a_check_forgets_whom_the_snapshot_does_not_know)
{
	struct task_event rows[3] = {
		{ .head = { .size = sizeof(rows[0]) }, .task = { .tid = 100, .start_ns = 1 } },
		{ .head = { .size = sizeof(rows[0]) }, .task = { .tid = 101, .start_ns = 50 } },
		{ .head = { .size = sizeof(rows[0]) },
		  .task = { .tid = 102, .start_ns = 12 },
		  .read_ns = 1,
		  .state = 0x80 },
	};
	struct tree_watch w = {};

	tree_watch_start(&w, true);
	tree_watch_add(&w, 100, 1);
	tree_watch_add(&w, 101, 11);
	tree_watch_add(&w, 102, 12);
	tree_watch_add(&w, 103, 13);
	tree_watch_add(&w, 104, 70);
	tree_watch_check(&w, rows, 3, 60);
	CHECK_EQ(w.living.count, 2);
	CHECK(lives(&w, 100) && lives(&w, 104));
	tree_watch_free(&w);
}

/* 100,000 threads are born, live at once, and die: in steps, not in time. */
TEST(a_crowd_is_followed_in_a_few_steps_each)
{
	const uint32_t many = 100000;
	struct tree_watch w = {};

	tree_watch_start(&w, true);
	tree_watch_add(&w, 1, 1);
	for (uint32_t tid = 2; tid <= many; tid++)
		born(&w, tid, tid, 1);
	tree_watch_settle(&w, 2 * many);
	CHECK_EQ(w.living.count, many);
	for (uint32_t tid = many; tid; tid--)
		dead(&w, 3 * many, tid);
	tree_watch_settle(&w, 4 * many);
	CHECK_EQ(w.living.count, 0);
	CHECK(w.living.steps < 50ull * many);
	tree_watch_free(&w);
}

TEST(nothing_is_taken_where_nobody_asks)
{
	struct tree_watch w = {};

	tree_watch_start(&w, false);
	born(&w, 10, 101, 100);
	CHECK_EQ(w.change_count, 0);
	tree_watch_free(&w);
}

int main(void)
{
	RUN(births_and_deaths_count_in_the_order_of_time);
	RUN(what_is_too_young_waits_for_older_records);
	RUN(a_thread_that_execs_lives_on_under_its_leaders_tid);
	RUN(a_check_forgets_whom_the_snapshot_does_not_know);
	RUN(a_crowd_is_followed_in_a_few_steps_each);
	RUN(nothing_is_taken_where_nobody_asks);
	return check_done("tree_watch");
}
