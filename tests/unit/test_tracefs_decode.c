/* SPDX-License-Identifier: MIT */
/*
 * Trace events into records, from format files of a 6.18 kernel and bytes laid out by hand: no
 * kernel and no root. Pages as the kernel writes them, and as nobody should.
 */
#include <stdint.h>
#include <stdlib.h>
#include "check.h"
#include "tracefs_decode.h"
#include "tracefs_family.h"
#include "tracefs_pages.h"

static char *fixture(const char *name)
{
	char path[128], *text = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "tests/fixtures/ftrace/%s", name);
	file = fopen(path, "r");
	if (!file || getdelim(&text, &room, '\0', file) < 0)
		printf("# %s can't be read (run from the top of the tree)\n", path);
	if (file)
		fclose(file);
	return text;
}

static struct raw_formats formats(void)
{
	struct raw_formats all = {};

	for (int i = 0; i < RAW_EVENTS; i++) {
		char name[64], *text;

		snprintf(name, sizeof(name), "%s.format", raw_sources[i].name);
		text = fixture(name);
		CHECK(text && raw_formats_add(&all, &raw_sources[i], text));
		free(text);
	}
	return all;
}

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

/* ---- pages --------------------------------------------------------------------------------------
 */

#define LOST (1ull << 31)
#define LOST_STORED (1ull << 30)

struct page {
	char bytes[4096 + RAW_PAGE_SLACK];
	size_t used;
};

static struct raw_page_layout layout(void)
{
	struct raw_page_layout layout = {};
	char *text = fixture("header_page");

	CHECK(text && raw_page_layout_parse(&layout, text));
	free(text);
	return layout;
}

static void put_u32(struct page *page, uint32_t value)
{
	memcpy(page->bytes + 16 + page->used, &value, 4);
	page->used += 4;
}

static void page_start(struct page *page, uint64_t ts)
{
	memset(page, 0, sizeof(*page));
	memcpy(page->bytes, &ts, 8);
}

/* As the kernel writes them: up to 112 bytes the length is in the word itself. */
static void put_event(struct page *page, uint32_t delta, uint32_t value, size_t size)
{
	if (size <= 112) {
		put_u32(page, delta << 5 | size / 4);
	} else {
		put_u32(page, delta << 5);
		put_u32(page, size + 4);
	}
	put_u32(page, value);
	page->used += size - 4;
}

static void page_commit(struct page *page, uint64_t flags)
{
	uint64_t commit = page->used | flags;

	memcpy(page->bytes + 8, &commit, 8);
}

TEST(the_page_header_tells_its_layout)
{
	struct raw_page_layout l = layout();

	CHECK_EQ(l.commit_offset, 8);
	CHECK_EQ(l.commit_size, 8);
	CHECK_EQ(l.data_offset, 16);
	CHECK_EQ(l.page_bytes, 4096);
	CHECK(!raw_page_layout_parse(&l, ""));
	CHECK(!raw_page_layout_parse(&l, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\n"));
	CHECK(!raw_page_layout_parse(&l, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
					 "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
					 "\tfield: char data;\toffset:16;\tsize:4294967295;\n"));
}

TEST(events_come_with_their_times_and_sizes)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	uint64_t ts = 0;
	size_t size = 0;
	const uint32_t *event;

	page_start(&page, 1000000);
	put_event(&page, 0, 1, 64);
	put_event(&page, 250, 2, 8);
	put_u32(&page, 5u << 5 | 30); /* a time extension: 5 + 2 << 27 */
	put_u32(&page, 2);
	put_event(&page, 7, 3, 200);
	page_commit(&page, 0);
	CHECK_OR_RETURN(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK_EQ(info.lost, 0);
	CHECK_EQ(info.used, page.used);
	event = raw_pages_next(pages, &ts, &size);
	CHECK(event && *event == 1 && ts == 1000000 && size == 64);
	event = raw_pages_next(pages, &ts, &size);
	CHECK(event && *event == 2 && ts == 1000250 && size == 8);
	event = raw_pages_next(pages, &ts, &size);
	CHECK(event && *event == 3 && size == 200);
	CHECK_EQ(ts, 1000250 + 5 + (2ull << 27) + 7);
	CHECK(!raw_pages_next(pages, &ts, &size));
	raw_pages_close(pages);
}

TEST(lost_events_are_counted_where_the_page_says_how_many)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	uint64_t lost = 12345;

	page_start(&page, 1);
	put_event(&page, 0, 1, 64);
	memcpy(page.bytes + 16 + page.used, &lost, 8);
	page_commit(&page, LOST | LOST_STORED);
	CHECK(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK_EQ(info.lost, 12345);
	page_commit(&page, LOST);
	CHECK(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK_EQ(info.lost, RAW_LOST_UNKNOWN);
	raw_pages_close(pages);
}

TEST(an_empty_page_has_no_event)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	uint64_t ts;
	size_t size;

	page_start(&page, 1);
	page_commit(&page, 0);
	CHECK(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK(!raw_pages_next(pages, &ts, &size));
	raw_pages_close(pages);
}

TEST(a_page_that_is_cut_off_is_damaged)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;

	page_start(&page, 1);
	for (int i = 0; i < 20; i++)
		put_event(&page, 10, i, 64);
	page_commit(&page, 0);
	for (size_t size = 0; size < 16 + page.used; size++) {
		struct page cut = page;

		CHECK(!raw_pages_load(pages, cut.bytes, size, &info));
	}
	CHECK(raw_pages_load(pages, page.bytes, 16 + page.used, &info));
	raw_pages_close(pages);
}

TEST(a_page_that_claims_more_than_it_has_is_damaged)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	static const uint32_t lengths[] = { 0, 3, 4093, 0x7fffffff, 0xfffffffc, 0xffffffff };

	page_start(&page, 1);
	put_event(&page, 0, 1, 64);
	page.used = 4081;
	page_commit(&page, 0);
	CHECK(!raw_pages_load(pages, page.bytes, 4096, &info));
	page.used = 0x3fffffff;
	page_commit(&page, LOST);
	CHECK(!raw_pages_load(pages, page.bytes, 4096, &info));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (uint32_t type = 0; type < 32; type += 29) { /* data and padding */
			page_start(&page, 1);
			put_u32(&page, 1 << 5 | type);
			put_u32(&page, lengths[i]);
			page.used += 60;
			page_commit(&page, 0);
			CHECK(!raw_pages_load(pages, page.bytes, 4096, &info));
		}
	raw_pages_close(pages);
}

/* Whatever the bytes are: no event lies outside the page, and the walk ends. */
TEST(no_page_of_noise_leads_out_of_the_page)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_formats f = formats();
	unsigned loaded = 0;

	srandom(1);
	for (int round = 0; round < 20000; round++) {
		struct raw_page info;
		struct page page;
		const char *event;
		uint64_t ts;
		size_t size;

		page_start(&page, random());
		for (size_t i = 0; i < 64; i += 4)
			put_u32(&page, random() & (random() % 2 ? 31 : 0x7fffffff));
		page.used = random() % 16 * 4;
		page_commit(&page, random() % 3 ? 0 : LOST | LOST_STORED);
		if (!raw_pages_load(pages, page.bytes, 4096, &info))
			continue;
		loaded++;
		while ((event = raw_pages_next(pages, &ts, &size))) {
			union any_record record;

			if (!CHECK(event >= page.bytes + 16 &&
				   event + size <= page.bytes + 16 + page.used))
				break;
			raw_decode(&f, ts, 0, event, size, &record);
		}
	}
	CHECK(loaded > 100);
	raw_pages_close(pages);
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
	RUN(the_page_header_tells_its_layout);
	RUN(events_come_with_their_times_and_sizes);
	RUN(lost_events_are_counted_where_the_page_says_how_many);
	RUN(an_empty_page_has_no_event);
	RUN(a_page_that_is_cut_off_is_damaged);
	RUN(a_page_that_claims_more_than_it_has_is_damaged);
	RUN(no_page_of_noise_leads_out_of_the_page);
	return check_done("tracefs_decode");
}
