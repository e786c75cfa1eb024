/* SPDX-License-Identifier: MIT */
/*
 * Trace events into records, from format files of a 6.18 kernel and bytes laid out by hand: no
 * kernel and no root.
 */
#include <stdint.h>
#include <stdlib.h>
#include "check.h"
#include "ftrace_fixtures.h"
#include "record/tracefs_decode.h"
#include "record/tracefs_family.h"

/* ---- events -------------------------------------------------------------------------------------
 */

struct __attribute__((packed)) raw_common {
	uint16_t type;
	uint8_t flags, preempt_count;
	int32_t pid;
};

struct __attribute__((packed)) raw_switch { /* sched_switch.format, ID 372 */
	struct raw_common common;
	char prev_comm[16];
	int32_t prev_pid, prev_prio;
	int64_t prev_state;
	char next_comm[16];
	int32_t next_pid, next_prio;
};

struct __attribute__((packed)) raw_waking { /* sched_waking.format, ID 375 */
	struct raw_common common;
	char comm[16];
	int32_t pid, prio, target_cpu;
};

static int decode_state(const struct raw_formats *f, int64_t state, union any_record *out)
{
	struct raw_switch raw = { { .type = 372, .pid = 7 }, "a", 7, 120, state, "b", 8, 120 };

	return raw_decode(f, 1000, 3, &raw, sizeof(raw), out);
}

TEST(each_reported_state_becomes_its_raw_bits)
{
	static const struct {
		int64_t reported;
		uint32_t raw;
		uint8_t type;
	} states[] = {
		{ 0, 0, EVENT_SWITCH },
		{ 1, 1, EVENT_SWITCH },
		{ 2, 2, EVENT_SWITCH },
		{ 4, 4, EVENT_SWITCH },
		{ 8, 8, EVENT_SWITCH },
		{ 0x10, 0x80, EVENT_SWITCH_LAST },
		{ 0x20, 0x80, EVENT_SWITCH_LAST },
		{ 0x40, 0x40, EVENT_SWITCH },
		{ 0x80, 0x402, EVENT_SWITCH },
	};
	struct raw_formats f = formats();
	union any_record record;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		CHECK_EQ(decode_state(&f, states[i].reported, &record), 1);
		CHECK_EQ(record.sw.prev_state, states[i].raw);
		CHECK_EQ(record.head.type, states[i].type);
		CHECK_EQ(record.head.flags, EVENT_F_NO_ACCOUNT);
	}
}

TEST(the_plus_of_a_preempted_task_is_a_flag_and_no_state)
{
	struct raw_formats f = formats();
	union any_record record;

	CHECK_EQ(decode_state(&f, 0x100, &record), 1);
	CHECK_EQ(record.sw.prev_state, 0);
	CHECK_EQ(record.head.flags, EVENT_F_NO_ACCOUNT | EVENT_F_PREEMPT);
}

TEST(a_switch_says_what_it_knows_and_nothing_else)
{
	struct raw_formats f = formats();
	union any_record record;

	CHECK_EQ(decode_state(&f, 1, &record), 1);
	CHECK_EQ(record.head.ts, 1000);
	CHECK_EQ(record.head.size, sizeof(struct switch_event));
	CHECK_EQ(record.sw.prev, 7);
	CHECK_EQ(record.sw.next, 8);
	CHECK_EQ(record.sw.mask_size, 0);
	CHECK_EQ(record.sw.syscall, SYSCALL_NONE);
}

TEST(a_waking_in_an_interrupt_has_a_bystander_for_waker)
{
	struct raw_waking raw = { { .type = 375, .pid = 9 }, "w", 11, 120, 2 };
	struct raw_formats f = formats();
	static const struct {
		uint8_t common, irq;
	} flags[] = { { 0x01, 0 }, { 0x04, 0 }, { 0x08, 1 }, { 0x10, 1 }, { 0x40, 1 } };
	union any_record record;

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		raw.common.flags = flags[i].common;
		CHECK_EQ(raw_decode(&f, 5, 0, &raw, sizeof(raw), &record), 1);
		CHECK_EQ(record.head.type, EVENT_WAKING);
		CHECK_EQ(record.waking.tid, 11);
		CHECK_EQ(record.waking.waker, 9);
		CHECK_EQ(record.waking.cpu, 2);
		CHECK_EQ(!!(record.head.flags & EVENT_F_IRQ), flags[i].irq);
	}
}

TEST(an_event_that_ends_before_its_fields_is_refused)
{
	struct raw_switch raw = { { .type = 372, .pid = 7 }, "a", 7, 120, 1, "b", 8, 120 };
	struct raw_formats f = formats();
	union any_record record;

	/* next_pid is the last field that is read: bytes 56 to 60. */
	for (size_t size = 0; size < 60; size++)
		CHECK_EQ(raw_decode(&f, 5, 0, &raw, size, &record), -1);
	CHECK_EQ(raw_decode(&f, 5, 0, &raw, 60, &record), 1);
	raw.common.type = 9999;
	CHECK_EQ(raw_decode(&f, 5, 0, &raw, sizeof(raw), &record), 0);
}

TEST(a_name_at_the_end_of_an_event_stays_within_it)
{
	/* task_rename with a name whose place is in the event: older or newer kernels. */
	static const char text[] =
		"name: task_rename\nID: 204\nformat:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		"\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		"\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		"\tfield:__data_loc char[] newcomm;\toffset:8;\tsize:4;\tsigned:0;\n\n"
		"print fmt: \"newcomm=%s\", __get_str(newcomm)\n";
	struct __attribute__((packed)) {
		struct raw_common common;
		uint32_t place;
		char text[24];
	} raw = { { .type = 204, .pid = 42 }, 12 | 24 << 16, "a name that is too long" };
	struct raw_formats f = {};
	union any_record record;

	CHECK_OR_RETURN(raw_formats_add(&f, &raw_sources[1], text));
	CHECK_EQ(raw_decode(&f, 1, 0, &raw, sizeof(raw), &record), 1);
	CHECK_EQ(record.rename.tid, 42);
	CHECK_STR(record.rename.comm, "a name that is ");
	raw.place = 12 | 25 << 16;
	CHECK_EQ(raw_decode(&f, 1, 0, &raw, sizeof(raw), &record), -1);
	raw.place = 0xffff | 1 << 16;
	CHECK_EQ(raw_decode(&f, 1, 0, &raw, sizeof(raw), &record), -1);
}

TEST(a_format_that_lacks_a_field_is_refused)
{
	struct raw_formats f = {};
	char *text = fixture("sched_switch.format");
	const struct raw_source *source = &raw_sources[RAW_EVENTS - 1];

	CHECK_OR_RETURN(text);
	CHECK_STR(source->name, "sched_switch");
	for (size_t size = 0; text + size < strstr(text, "0x00000001, \"S\""); size += 97) {
		char *cut = strndup(text, size);

		CHECK(!raw_formats_add(&f, source, cut));
		free(cut);
	}
	memcpy(strstr(text, "next_pid"), "other___", 8);
	CHECK(!raw_formats_add(&f, source, text));
	CHECK_EQ(f.event_count, 0);
	free(text);
}

/* ---- hotplug ------------------------------------------------------------------------------------
 */

struct __attribute__((packed)) raw_step { /* cpuhp_enter.format, ID 210; cpuhp_exit.format, 208 */
	struct raw_common common;
	uint32_t cpu;
	int32_t other, step, error; /* enter: the target; exit: the state, and an error */
	uint64_t pad;
};

/* -1: nothing is told; else whether the CPU is online from here on. */
static int decode_step(const struct raw_formats *f, uint16_t id, int other, int step, int error)
{
	struct raw_step raw = { { .type = id, .pid = 20 }, 3, other, step, error, 0 };
	union any_record record;

	if (raw_decode(f, 1000, 1, &raw, sizeof(raw), &record) != 1)
		return -1;
	CHECK_EQ(record.head.type, EVENT_HOTPLUG);
	CHECK_EQ(record.head.size, sizeof(struct hotplug_event));
	CHECK_EQ(record.hotplug.cpu, 3);
	return record.hotplug.online;
}

TEST(of_all_steps_of_hotplug_the_schedulers_tells)
{
	struct raw_formats f = formats();
	const uint16_t enter = 210, exit = 208;

	CHECK_EQ(decode_step(&f, enter, 86, 235, 0), -1); /* no step is known yet */
	CHECK(!raw_formats_add_steps(&f, "  0: offline\n 87: sched:starting\n236: online\n"));
	CHECK(raw_formats_add_steps(&f, " 87: sched:starting\n235: sched:active\n236: online\n"));
	CHECK_EQ(decode_step(&f, enter, 86, 235, 0), 0);
	CHECK_EQ(decode_step(&f, enter, 236, 235, 0), 1);
	CHECK_EQ(decode_step(&f, enter, 86, 204, 0), -1);
	CHECK_EQ(decode_step(&f, exit, 234, 235, 0), -1);
	CHECK_EQ(decode_step(&f, exit, 235, 235, 0), -1);
	/* Refused: it stays online; not activated: it stays offline. */
	CHECK_EQ(decode_step(&f, exit, 234, 235, -16), 1);
	CHECK_EQ(decode_step(&f, exit, 235, 235, -12), 0);
}

/* ---- families -----------------------------------------------------------------------------------
 */

static struct newtask_event birth(uint32_t tid, uint32_t parent, uint64_t flags, uint64_t ts)
{
	return (struct newtask_event){ .head = { .type = EVENT_NEWTASK, .ts = ts },
				       .task = { .tid = tid, .pid = tid, .start_ns = ts },
				       .parent = parent,
				       .clone_flags = flags };
}

TEST(a_thread_belongs_to_its_cloners_process_and_a_child_to_itself)
{
	struct task_identity shell = { .tid = 10, .pid = 10, .ppid = 1, .nice = 5, .policy = 3 };
	struct newtask_event child = birth(20, 10, 0, 100), thread = birth(21, 20, 0x10000, 200);
	struct switch_last_event last = { .sw.head.type = EVENT_SWITCH_LAST, .sw.prev = 21 };
	struct family family = {};

	CHECK(family_learn(&family, &shell));
	CHECK(family_apply(&family, &child.head));
	CHECK(family_apply(&family, &thread.head));
	CHECK_EQ(child.task.ppid, 10);
	CHECK_EQ(child.task.nice, 5);
	CHECK_EQ(child.task.policy, 3);
	CHECK_EQ(thread.task.pid, 20);
	CHECK_EQ(thread.task.ppid, 10);
	CHECK(family_apply(&family, &last.sw.head));
	CHECK_EQ(last.pid, 20);
	CHECK(!family_find(&family, 21));
	CHECK(family_find(&family, 20) != NULL);
	family_free(&family);
}

TEST(a_thread_that_execs_becomes_the_leader)
{
	struct task_identity leader = { .tid = 10, .pid = 10, .start_ns = 50, .comm = "old" };
	struct newtask_event thread = birth(11, 10, 0x10000, 200);
	struct exec_event exec = { .head.type = EVENT_EXEC, .task.tid = 10, .old_tid = 11 };
	struct family family = {};

	CHECK(family_learn(&family, &leader));
	CHECK(family_apply(&family, &thread.head));
	CHECK(family_apply(&family, &exec.head));
	CHECK_EQ(exec.task.tid, 10);
	CHECK_EQ(exec.task.pid, 10);
	CHECK_EQ(exec.task.start_ns, 50);
	CHECK(!family_find(&family, 11));
	family_free(&family);
}

TEST(a_family_that_nobody_knows_is_still_told)
{
	struct newtask_event thread = birth(11, 10, 0x10000, 200);
	struct exec_event exec = { .head.type = EVENT_EXEC, .task.tid = 77, .old_tid = 76 };
	struct switch_last_event last = { .sw.head.type = EVENT_SWITCH_LAST, .sw.prev = 99 };
	struct family family = {};

	CHECK(family_apply(&family, &thread.head));
	CHECK_EQ(thread.task.pid, 10);
	CHECK(family_apply(&family, &exec.head));
	CHECK_EQ(exec.task.pid, 77);
	CHECK(family_apply(&family, &last.sw.head));
	CHECK_EQ(last.pid, 99);
	family_free(&family);
}

int main(void)
{
	RUN(each_reported_state_becomes_its_raw_bits);
	RUN(the_plus_of_a_preempted_task_is_a_flag_and_no_state);
	RUN(a_switch_says_what_it_knows_and_nothing_else);
	RUN(a_waking_in_an_interrupt_has_a_bystander_for_waker);
	RUN(an_event_that_ends_before_its_fields_is_refused);
	RUN(a_name_at_the_end_of_an_event_stays_within_it);
	RUN(a_format_that_lacks_a_field_is_refused);
	RUN(of_all_steps_of_hotplug_the_schedulers_tells);
	RUN(a_thread_belongs_to_its_cloners_process_and_a_child_to_itself);
	RUN(a_thread_that_execs_becomes_the_leader);
	RUN(a_family_that_nobody_knows_is_still_told);
	return check_done("tracefs_decode");
}
