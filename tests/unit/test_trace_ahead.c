/* SPDX-License-Identifier: MIT */
#include "trace/trace_ahead.h"
#include <stdlib.h>
#include <unistd.h>
#include "check.h"
#include "trace/trace_file.h"

#define RECORDS 60000u /* some sections of one CPU */

static char path[] = "/tmp/schedlab-unit-XXXXXX";

static bool file_make(void)
{
	struct waking_event waking = {};
	struct trace_writer *w;
	json_t *json = json_pack("{s:i}", "command_pid", 0);

	if (trace_create(&w, path, 1))
		return false;
	trace_write_json(w, SECTION_MACHINE, json);
	trace_write_json(w, SECTION_RUN, json);
	for (uint32_t seq = 0; seq < RECORDS; seq++) {
		waking.tid = seq % 7;
		waking.head = (struct event_head){ seq, seq, EVENT_WAKING, 0, sizeof(waking) };
		trace_append(w, SECTION_SCHED, 0, &waking.head);
	}
	json_decref(json);
	return !trace_close(w);
}

static uint64_t records_hash(struct trace *t, size_t index)
{
	void *data = NULL;
	size_t room = 0;
	long size = trace_read_section(t, index, &data, &room);
	uint64_t hash = size;

	for (long i = 0; i < size; i++)
		hash = (hash ^ ((uint8_t *)data)[i]) * 1099511628211ull;
	free(data);
	return hash;
}

/* The reader wants section 2 and 3; of these the helper unzips one, or both, or none. */
TEST(a_section_is_the_same_whoever_unzips_it)
{
	for (int helped = 0; helped <= 2; helped++) {
		struct trace t;
		uint64_t alone[2];
		size_t bytes;

		CHECK_OR_RETURN(trace_open(&t, path) == 0);
		CHECK_OR_RETURN(t.section_count > 4 && t.sections[3].type == SECTION_SCHED);
		alone[0] = records_hash(&t, 2);
		alone[1] = records_hash(&t, 3);
		CHECK(alone[0] != alone[1]);
		t.ahead = trace_ahead_new(&t);
		CHECK_OR_RETURN(t.ahead);
		CHECK(!trace_ahead_help(t.ahead)); /* nothing is wanted */
		trace_ahead_want(t.ahead, 2);
		trace_ahead_want(t.ahead, 3);
		for (int i = 0; i < helped; i++)
			CHECK(trace_ahead_help(t.ahead));
		CHECK_EQ(records_hash(&t, 2), alone[0]);
		CHECK_EQ(records_hash(&t, 3), alone[1]);
		CHECK(!trace_ahead_help(t.ahead)); /* both are read */
		CHECK(!trace_ahead_take(t.ahead, 2, &bytes));
		trace_ahead_free(t.ahead);
		trace_release(&t);
	}
}

/* Of more than it holds the first ones count, and a place is free again once a section is read. */
TEST(it_holds_a_few_sections_and_forgets_those_that_are_read)
{
	struct trace t;
	size_t bytes = 0;

	CHECK_OR_RETURN(trace_open(&t, path) == 0);
	t.ahead = trace_ahead_new(&t);
	CHECK_OR_RETURN(t.ahead);
	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < AHEAD_SECTIONS + 2; i++)
			trace_ahead_want(t.ahead, 2 + i % 3);
		for (size_t i = 0; i < AHEAD_SECTIONS; i++)
			CHECK(trace_ahead_help(t.ahead));
		CHECK(!trace_ahead_help(t.ahead));
		while (trace_ahead_take(t.ahead, 2, &bytes) ||
		       trace_ahead_take(t.ahead, 3, &bytes) || trace_ahead_take(t.ahead, 4, &bytes))
			CHECK(bytes > 0);
	}
	trace_ahead_free(t.ahead);
	trace_release(&t);
}

/* What the helper can't unzip the reader finds damaged by itself. */
TEST(a_damaged_section_is_the_readers_to_find)
{
	struct trace t;
	void *data = NULL;
	size_t room = 0;

	CHECK_OR_RETURN(trace_open(&t, path) == 0);
	t.ahead = trace_ahead_new(&t);
	CHECK_OR_RETURN(t.ahead);
	t.sections[2].offset += 8;
	trace_ahead_want(t.ahead, 2);
	CHECK(trace_ahead_help(t.ahead));
	CHECK_EQ(trace_read_section(&t, 2, &data, &room), -1);
	CHECK_EQ(t.damaged_sections, 1);
	CHECK(!t.out_of_memory);
	free(data);
	trace_ahead_free(t.ahead);
	trace_release(&t);
}

int main(void)
{
	close(mkstemp(path));
	if (!file_make())
		return 1;
	RUN(a_section_is_the_same_whoever_unzips_it);
	RUN(it_holds_a_few_sections_and_forgets_those_that_are_read);
	RUN(a_damaged_section_is_the_readers_to_find);
	unlink(path);
	return check_done("trace_ahead");
}
