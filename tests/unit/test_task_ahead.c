/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "tasks/task_table.h"

/* Two tasks, of tid 7 and 9; of tid 8 nobody is known. */
static struct tid_slot slots[16];
static const struct task_table table = { .slots = slots, .slot_mask = 15 };

static void fill(void)
{
	for (uint32_t i = 0; i < 16; i++)
		slots[i] = (struct tid_slot){ .now = TASK_NONE };
	slots[tid_hash(7) & 15] = (struct tid_slot){ .tid = 7, .now = 70 };
	slots[tid_hash(9) & 15] = (struct tid_slot){ .tid = 9, .now = 90 };
}

TEST(of_an_event_to_come_the_tasks_that_are_known_are_told)
{
	struct switch_event sw = { .head.type = EVENT_SWITCH, .prev = 7, .next = 9 };
	struct waking_event waking = { .head.type = EVENT_WAKING, .tid = 9, .waker = 7 };
	struct migrate_event migrate = { .head.type = EVENT_MIGRATE, .tid = 8 };
	struct exit_event exited = { .head.type = EVENT_EXIT, .tid = 7 };
	struct tasks_ahead tasks;

	fill();
	tasks = task_look_ahead(&table, &sw.head);
	CHECK_EQ(tasks.one, 70);
	CHECK_EQ(tasks.other, 90);
	sw.prev = 0; /* the idle task */
	CHECK_EQ(task_look_ahead(&table, &sw.head).one, TASK_NONE);
	tasks = task_look_ahead(&table, &waking.head);
	CHECK_EQ(tasks.one, 90);
	CHECK_EQ(tasks.other, TASK_NONE);
	CHECK_EQ(task_look_ahead(&table, &migrate.head).one, TASK_NONE);
	CHECK_EQ(task_look_ahead(&table, &exited.head).one, TASK_NONE);
	task_fetch_ahead(&table, &sw.head);
	task_fetch_ahead(&table, &exited.head);
}

int main(void)
{
	RUN(of_an_event_to_come_the_tasks_that_are_known_are_told);
	return check_done("task_ahead");
}
