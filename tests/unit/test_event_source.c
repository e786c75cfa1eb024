/* SPDX-License-Identifier: MIT */
/* One stream, unpacked as its turn comes: what a section that is not as it should be leaves of it.
 */
#include "trace/event_source.h"
#include <stdlib.h>
#include <unistd.h>
#include "check.h"

#define RECORDS 40000u /* some sections of one CPU */
#define SECTION_RECORDS (524288u / (uint32_t)sizeof(struct waking_event))
#define LONG_BYTES 40000u /* of a record that no block has room for */

static char path[] = "/tmp/schedlab-unit-XXXXXX";

static bool file_make(bool with_long)
{
	struct waking_event waking = {};
	struct trace_writer *w;
	char *longer = calloc(1, LONG_BYTES);
	json_t *json = json_pack("{s:i}", "command_pid", 0);

	if (trace_create(&w, path, 1))
		return false;
	trace_write_json(w, SECTION_MACHINE, json);
	trace_write_json(w, SECTION_RUN, json);
	for (uint32_t seq = 0; seq < RECORDS; seq++) {
		waking.tid = seq % 7;
		waking.head = (struct event_head){ seq, seq, EVENT_WAKING, 0, sizeof(waking) };
		*(struct event_head *)longer =
			(struct event_head){ seq, seq, EVENT_WAKING, 0, LONG_BYTES };
		trace_append(w, SECTION_SCHED, 0,
			     with_long && seq % 9999 == 5 ? (void *)longer : &waking.head);
	}
	free(longer);
	json_decref(json);
	return !trace_close(w);
}

struct walked {
	uint64_t events, lost, odd, bytes;
};

/* The stream of the file's only CPU. */
static struct walked walk(struct trace *t)
{
	char block[EVENT_BLOCK_LEAST + 512] __attribute__((aligned(16)));
	struct event_source s = { .block = block, .room = sizeof(block) };
	struct walked walked = {};

	for (size_t i = 0; i < t->section_count; i++)
		if (t->sections[i].type == SECTION_SCHED)
			CHECK(event_source_add_section(&s, i));
	while (event_source_refill(&s, t))
		for (; s.at < s.end; s.at = event_after(s.at)) {
			walked.odd += s.at->event->seq != s.at->ts;
			walked.odd += ((struct waking_event *)s.at->event)->tid != s.at->ts % 7 &&
				      s.at->event->size < LONG_BYTES;
			walked.bytes += s.at->event->size;
			walked.events++;
		}
	walked.lost = s.lost;
	CHECK_EQ(walked.events, s.events);
	event_source_release(&s);
	return walked;
}

TEST(all_records_come_in_order)
{
	struct trace t;
	struct walked walked;

	CHECK_OR_RETURN(file_make(false) && trace_open(&t, path) == 0);
	walked = walk(&t);
	CHECK_EQ(walked.events, RECORDS);
	CHECK_EQ(walked.bytes, RECORDS * sizeof(struct waking_event));
	CHECK_EQ(walked.odd, 0);
	CHECK_EQ(walked.lost, 0);
	trace_release(&t);
}

TEST(a_record_longer_than_a_block_comes_too)
{
	struct trace t;
	struct walked walked;

	CHECK_OR_RETURN(file_make(true) && trace_open(&t, path) == 0);
	walked = walk(&t);
	CHECK_EQ(walked.events, RECORDS);
	CHECK_EQ(walked.bytes,
		 (RECORDS - 4) * sizeof(struct waking_event) + 4 * (uint64_t)LONG_BYTES);
	CHECK_EQ(walked.odd, 0);
	trace_release(&t);
}

/* Where in an unzipped section the types begin. */
static uint8_t *types_of(void *columns)
{
	struct pack_head *head = columns;

	return (uint8_t *)columns + sizeof(*head) + head->columns * sizeof(struct pack_column);
}

/*
 * A frame's checksum is right, and what is in it is not: by an enemy's hand. What lies before is
 * used, the rest is lost, and a second pass finds the same.
 */
TEST(a_lie_in_a_section_loses_what_follows_it)
{
	static const struct {
		uint32_t at;
		uint8_t type;
	} lies[] = { { 0, 77 },
		     { 8000, 77 },
		     { SECTION_RECORDS - 1, 77 },
		     { 8000, EVENT_SWITCH },
		     { 8000, 0 } };

	CHECK_OR_RETURN(file_make(false));
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		struct unzipped columns = {};
		struct trace t;

		CHECK_OR_RETURN(trace_open(&t, path) == 0);
		CHECK(t.section_count > 4 && t.sections[3].type == SECTION_SCHED);
		CHECK(trace_read_unzipped(&t, 3, &columns)); /* is kept for all passes */
		types_of((void *)columns.data)[lies[i].at] = lies[i].type;
		for (int pass = 0; pass < 2; pass++) {
			struct walked walked = walk(&t);

			CHECK_EQ(walked.lost, SECTION_RECORDS - lies[i].at);
			CHECK_EQ(walked.events, RECORDS - walked.lost);
			CHECK_EQ(walked.odd, 0);
			CHECK_EQ(t.damaged_sections, 1);
		}
		unzipped_free(&columns);
		trace_release(&t);
	}
}

/* A record that was stored whole, of a type of which more is read than there is. */
TEST(a_record_too_short_for_its_type_is_such_a_lie)
{
	struct unzipped columns = {};
	struct walked walked;
	struct trace t;
	uint32_t records, before = 0;
	struct event_head head;
	uint8_t *types;

	CHECK_OR_RETURN(file_make(true) && trace_open(&t, path) == 0);
	CHECK(t.section_count > 4 && t.sections[3].type == SECTION_SCHED);
	CHECK_OR_RETURN(trace_read_unzipped(&t, 3, &columns));
	types = types_of((void *)columns.data);
	records = ((const struct pack_head *)columns.data)->records;
	while (before < records && types[before])
		before++;
	CHECK_OR_RETURN(before < records); /* the first of those that were stored whole */
	memcpy(&head, types + records, sizeof(head));
	head.size = sizeof(head);
	memcpy(types + records, &head, sizeof(head));
	walked = walk(&t);
	CHECK_EQ(walked.lost, records - before);
	CHECK_EQ(walked.events, RECORDS - walked.lost);
	CHECK_EQ(t.damaged_sections, 1);
	unzipped_free(&columns);
	trace_release(&t);
}

/* More records than the section's head says: they are used, and it counts as damaged. */
TEST(a_section_of_another_length_counts_as_damaged)
{
	struct trace t;
	struct walked walked;

	CHECK_OR_RETURN(file_make(false) && trace_open(&t, path) == 0);
	t.sections[3].raw_bytes -= 32;
	walked = walk(&t);
	CHECK_EQ(walked.events, RECORDS);
	CHECK_EQ(walked.lost, 0);
	CHECK_EQ(t.damaged_sections, 1);
	trace_release(&t);
}

int main(void)
{
	close(mkstemp(path));
	RUN(all_records_come_in_order);
	RUN(a_record_longer_than_a_block_comes_too);
	RUN(a_lie_in_a_section_loses_what_follows_it);
	RUN(a_record_too_short_for_its_type_is_such_a_lie);
	RUN(a_section_of_another_length_counts_as_damaged);
	unlink(path);
	return check_done("event_source");
}
