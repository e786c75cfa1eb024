/* SPDX-License-Identifier: MIT */
#include "trace/trace_unzip.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>
#include "check.h"
#include "trace/trace_file.h"

#define RECORDS 330000u /* more sections of one CPU than a reader that waits unzips */

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
		waking.tid = seq * seq % 7777;
		waking.head = (struct event_head){ seq, seq, EVENT_WAKING, 0, sizeof(waking) };
		trace_append(w, SECTION_SCHED, 0, &waking.head);
	}
	json_decref(json);
	return !trace_close(w);
}

/* With a thread or without. */
static bool open_as(struct trace *t, bool ahead)
{
	if (trace_open(t, path))
		return false;
	if (ahead)
		trace_unzip_ahead(t->unzip);
	return true;
}

/* All sections of events, one after the other, and how many of them are kept. */
static uint64_t pass_hash(struct trace *t, size_t *kept)
{
	struct unzipped unzipped = {};
	uint64_t hash = 0;

	*kept = 0;
	for (size_t i = 0; i < t->section_count; i++) {
		if (t->sections[i].type != SECTION_SCHED)
			continue;
		CHECK(trace_read_unzipped(t, i, &unzipped));
		*kept += unzipped.data != unzipped.own;
		for (size_t at = 0; at < unzipped.bytes; at++)
			hash = (hash ^ ((const uint8_t *)unzipped.data)[at]) * 1099511628211ull;
	}
	unzipped_free(&unzipped);
	return hash;
}

TEST(sections_are_the_same_whoever_unzips_them_and_kept_or_not)
{
	static const size_t rooms[] = { 0, 1 << 17, 1 << 24 };
	uint64_t alone = 0;

	for (int ahead = 0; ahead < 2; ahead++)
		for (size_t i = 0; i < sizeof(rooms) / sizeof(rooms[0]); i++) {
			size_t kept[2], sections = 0;
			uint64_t hashes[2];
			struct trace t;

			unzipped_kept_bytes = rooms[i];
			CHECK_OR_RETURN(open_as(&t, ahead));
			for (size_t k = 0; k < t.section_count; k++)
				sections += t.sections[k].type == SECTION_SCHED;
			hashes[0] = pass_hash(&t, &kept[0]);
			hashes[1] = pass_hash(&t, &kept[1]);
			alone = alone ? alone : hashes[0];
			CHECK(sections > 4);
			CHECK_EQ(hashes[0], alone);
			CHECK_EQ(hashes[1], alone);
			CHECK_EQ(kept[0], kept[1]);
			CHECK(i != 0 || kept[0] == 0);
			CHECK(i != 1 || (kept[0] > 0 && kept[0] < sections));
			CHECK(i != 2 || kept[0] == sections);
			trace_release(&t);
		}
}

/* Section `index` is read by both: how many of them found it kept. */
static int read_by_both(struct trace *t, size_t index, struct unzipped readers[2])
{
	int kept = 0;

	for (int i = 0; i < 2; i++) {
		CHECK(trace_read_unzipped(t, index, &readers[i]));
		kept += readers[i].data != readers[i].own;
	}
	CHECK_EQ(readers[0].bytes, readers[1].bytes);
	CHECK(!memcmp(readers[0].data, readers[1].data, readers[0].bytes));
	return kept;
}

TEST(what_two_have_read_leaves_its_room_to_what_they_read_next)
{
	/* Each has one in hand, and one that one of them has left waits for the other. */
	static const size_t some = 3 << 17;

	for (unsigned count = 0; count <= 2; count += 2) {
		struct unzip_hand hands[2] = {};
		struct unzipped readers[2] = { { .hand = &hands[0] }, { .hand = &hands[1] } };
		int kept = 0, sections = 0;
		struct trace t;

		unzipped_kept_bytes = some;
		CHECK_OR_RETURN(open_as(&t, false));
		trace_read_by(&t, count);
		for (size_t i = 0; i < t.section_count; i++)
			if (t.sections[i].type == SECTION_SCHED) {
				kept += read_by_both(&t, i, readers);
				sections++;
			}
		CHECK(sections > 16);
		if (count == 2)
			CHECK_EQ(kept, 2 * sections);
		else
			CHECK(kept < sections);
		for (int i = 0; i < 2; i++) {
			unzipped_free(&readers[i]);
			unzip_hand_free(&hands[i]);
		}
		trace_release(&t);
	}
}

/* Of the sections of events, read one after the other: how many lie where others find them. */
static int read_all(struct trace *t, struct unzipped *reader)
{
	int kept = 0;

	for (size_t i = 0; i < t->section_count; i++)
		if (t->sections[i].type == SECTION_SCHED) {
			CHECK(trace_read_unzipped(t, i, reader));
			kept += reader->data != reader->own;
		}
	return kept;
}

TEST(who_reads_last_keeps_nothing_for_nobody)
{
	struct unzip_hand hands[2] = {};
	struct unzipped readers[2] = { { .hand = &hands[0] }, { .hand = &hands[1] } };
	struct trace t;
	int kept;

	unzipped_kept_bytes = 3 << 17;
	CHECK_OR_RETURN(open_as(&t, false));
	trace_read_by(&t, 2);
	kept = read_all(&t, &readers[0]);
	CHECK(kept > 1);
	CHECK_EQ(read_all(&t, &readers[1]), kept);
	for (int i = 0; i < 2; i++) {
		unzipped_free(&readers[i]);
		unzip_hand_free(&hands[i]);
	}
	trace_release(&t);
}

TEST(who_waits_unzips_what_others_read_next_but_not_all_of_it)
{
	struct unzipped unzipped = {};
	uint64_t alone, meanwhile;
	int before = 0, after = 0;
	size_t kept;
	struct trace t;

	unzipped_kept_bytes = 1 << 24;
	CHECK_OR_RETURN(open_as(&t, false));
	alone = pass_hash(&t, &kept);
	trace_release(&t);

	CHECK_OR_RETURN(open_as(&t, false));
	while (trace_read_meanwhile(&t))
		before++;
	CHECK_EQ(before, 16);
	for (size_t i = 0; i < 5; i++) /* the machine and the run, and three of the sixteen */
		CHECK(trace_read_unzipped(&t, i, &unzipped));
	while (trace_read_meanwhile(&t))
		after++;
	CHECK_EQ(after, 3);
	meanwhile = pass_hash(&t, &kept);
	CHECK_EQ(meanwhile, alone);
	unzipped_free(&unzipped);
	trace_release(&t);

	CHECK_OR_RETURN(open_as(&t, true));
	CHECK(!trace_read_meanwhile(&t));
	trace_release(&t);
}

TEST(who_waits_goes_on_behind_a_damaged_section)
{
	int good = 0;
	struct trace t;

	unzipped_kept_bytes = 1 << 24;
	CHECK_OR_RETURN(open_as(&t, false));
	t.sections[3].offset += 8;
	CHECK(trace_read_meanwhile(&t));
	CHECK(!trace_read_meanwhile(&t));
	while (trace_read_meanwhile(&t))
		good++;
	CHECK_EQ(good, 15);
	trace_release(&t);
}

TEST(a_thread_ends_when_nobody_reads_what_it_unzips)
{
	for (int i = 0; i < 20; i++) {
		struct trace t;

		CHECK_OR_RETURN(open_as(&t, true));
		trace_release(&t);
	}
}

TEST(a_damaged_section_counts_once_and_the_others_are_read)
{
	for (int ahead = 0; ahead < 2; ahead++) {
		struct unzipped unzipped = {};
		struct trace t;

		CHECK_OR_RETURN(open_as(&t, false));
		t.sections[3].offset += 8;
		if (ahead)
			trace_unzip_ahead(t.unzip);
		for (int pass = 0; pass < 2; pass++)
			for (size_t i = 2; i < t.section_count; i++)
				if (t.sections[i].type == SECTION_SCHED)
					CHECK_EQ(trace_read_unzipped(&t, i, &unzipped), i != 3);
		CHECK_EQ(t.damaged_sections, 1);
		CHECK(!t.out_of_memory);
		unzipped_free(&unzipped);
		trace_release(&t);
	}
}

/* A section of 64 bytes of records, whose frame holds `size` zeros. */
static bool is_read(size_t size)
{
	static char zeros[1 << 20], frame[1 << 12];
	FILE *file = tmpfile();
	struct section_entry section = { 0,    ZSTD_compress(frame, sizeof(frame), zeros, size, 1),
					 64,   SECTION_SCHED,
					 0,    PACKING_COLUMNS,
					 false };
	struct trace t = { .fd = fileno(file), .sections = &section, .section_count = 1 };
	struct unzipped unzipped = {};
	bool good;

	fwrite(frame, section.stored_bytes, 1, file);
	fflush(file);
	t.unzip = trace_unzip_new(&t);
	good = trace_read_unzipped(&t, 0, &unzipped);
	CHECK_EQ(t.damaged_sections, !good);
	trace_unzip_free(t.unzip);
	unzipped_free(&unzipped);
	fclose(file);
	return good;
}

TEST(a_frame_that_claims_too_much_is_refused)
{
	CHECK(is_read(64));
	CHECK(is_read(128));
	CHECK(!is_read(1 << 20));
}

int main(void)
{
	close(mkstemp(path));
	if (!file_make())
		return 1;
	RUN(sections_are_the_same_whoever_unzips_them_and_kept_or_not);
	RUN(what_two_have_read_leaves_its_room_to_what_they_read_next);
	RUN(who_reads_last_keeps_nothing_for_nobody);
	RUN(who_waits_unzips_what_others_read_next_but_not_all_of_it);
	RUN(who_waits_goes_on_behind_a_damaged_section);
	RUN(a_thread_ends_when_nobody_reads_what_it_unzips);
	RUN(a_damaged_section_counts_once_and_the_others_are_read);
	RUN(a_frame_that_claims_too_much_is_refused);
	unlink(path);
	return check_done("trace_unzip");
}
