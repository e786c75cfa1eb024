/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <stdlib.h>
#include <sys/syscall.h>
#include "report/dump_event.h"

/* The record's line, at 12.000000345 on CPU 3. */
static const char *text_of(const void *record, size_t size)
{
	static char text[512];
	struct ordered_event *o = calloc(1, sizeof(*o) + size);
	FILE *out = fmemopen(text, sizeof(text), "w");

	memcpy(o->event, record, size);
	o->ts = 12000000345;
	o->cpu = 3;
	dump_event(out, o);
	fclose(out);
	free(o);
	return text;
}

#define LINE_OF(record) text_of(&(record), sizeof(record))
#define AT "12.000000345 [003] "
#define HEAD(kind) .head = { .type = (kind) }

TEST(each_kind_of_event_has_its_columns)
{
	const struct switch_event sw = { HEAD(EVENT_SWITCH),	 .prev = 1234, .next = 0,
					 .prev_state = 1,	 .nvcsw = 5,   .run_ns = 6789,
					 .syscall = SYSCALL_NONE };
	const struct waking_event waking = { HEAD(EVENT_WAKING), .tid = 7, .waker = 8, .cpu = 1 };
	const struct waking_event first = { HEAD(EVENT_WAKEUP_NEW), .tid = 4194304, .waker = 8 };
	const struct migrate_event migrate = { HEAD(EVENT_MIGRATE), .tid = 7, .cpu = 2 };
	const struct rename_event rename = { HEAD(EVENT_RENAME), .tid = 7, .comm = "a\033b" };
	const struct exit_event exited = { HEAD(EVENT_EXIT), .tid = 7, .pid = 6 };

	CHECK_STR(LINE_OF(sw), AT "switch      prev=1234    state=S  next=0       nvcsw=5       "
				  "run_ns=6789\n");
	CHECK_STR(LINE_OF(waking), AT "waking      task=7       cpu=1    waker=8\n");
	CHECK_STR(LINE_OF(first), AT "wakeup_new  task=4194304 cpu=0    waker=8\n");
	CHECK_STR(LINE_OF(migrate), AT "migrate     task=7       to=2\n");
	CHECK_STR(LINE_OF(rename), AT "rename      task=7       comm=a\\x1bb\n");
	CHECK_STR(LINE_OF(exited), AT "exit        task=7       pid=6\n");
}

TEST(a_switch_says_what_the_task_blocked_in_and_that_it_died)
{
	const struct switch_futex_event futex = { .sw = { HEAD(EVENT_SWITCH_FUTEX), .prev = 1,
							  .prev_state = 1, .syscall = SYS_futex },
						  .address = 0xbeef,
						  .op = 128,
						  .val = 2 };
	const struct switch_last_event last = { .sw = { HEAD(EVENT_SWITCH_LAST), .prev = 1,
							.prev_state = 0x80,
							.syscall = SYSCALL_NONE },
						.counters = { .nvcsw = 3, .nivcsw = 4 } };

	CHECK_STR(LINE_OF(futex),
		  AT "switch      prev=1       state=S  next=0       nvcsw=0       "
		     "run_ns=0            syscall=futex address=0xbeef op=128 val=2\n");
	CHECK_STR(LINE_OF(last), AT "switch      prev=1       state=X  next=0       nvcsw=0       "
				    "run_ns=0            dead kernel_nvcsw=3 kernel_nivcsw=4\n");
}

TEST(a_task_is_named_in_whatever_part_it_plays)
{
	const struct switch_event sw = { HEAD(EVENT_SWITCH), .prev = 1, .next = 2 };
	const struct waking_event waking = { HEAD(EVENT_WAKING), .tid = 1, .waker = 2, .cpu = 3 };
	const struct newtask_event newtask = { HEAD(EVENT_NEWTASK), .task = { .tid = 1 },
					       .parent = 2 };
	const struct exec_event exec = { HEAD(EVENT_EXEC), .task = { .tid = 1 }, .old_tid = 2 };
	const struct hotplug_event hotplug = { HEAD(EVENT_HOTPLUG), .cpu = 1 };
	const void *pairs[] = { &sw, &waking, &newtask, &exec };

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		CHECK(event_names_task(pairs[i], 1));
		CHECK(event_names_task(pairs[i], 2));
		CHECK(!event_names_task(pairs[i], 3));
	}
	CHECK(!event_names_task(&hotplug.head, 1));
}

int main(void)
{
	RUN(each_kind_of_event_has_its_columns);
	RUN(a_switch_says_what_the_task_blocked_in_and_that_it_died);
	RUN(a_task_is_named_in_whatever_part_it_plays);
	return check_done("dump_event");
}
