/* SPDX-License-Identifier: MIT */
/* The file itself: what was written is read, and what was damaged is never taken for whole. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zstd.h>
#include "drawn_trace.h"

struct bytes {
	unsigned char *at;
	size_t size;
};

static char path[] = "/tmp/trace-file-XXXXXX";

/* Thousands of files are analyzed: they live in memory. */
static int memory = -1;
static char memory_path[64];

static bool put(const void *data, size_t size)
{
	return !ftruncate(memory, 0) && pwrite(memory, data, size, 0) == (ssize_t)size;
}

/* The file that the fixture makes. */
static struct bytes small_trace(const char *fixture)
{
	char *text = drawn_load(fixture);
	struct bytes b = {};
	struct stat st;
	int fd;

	if (text && drawn_write(text, path)) {
		fd = open(path, O_RDONLY);
		if (fd >= 0 && !fstat(fd, &st) && (b.at = malloc(st.st_size)))
			b.size = read(fd, b.at, st.st_size);
		close(fd);
	}
	free(text);
	return b;
}

static int analyze_bytes(const void *data, size_t size, struct summary *s)
{
	memset(s, 0, sizeof(*s));
	return put(data, size) ? analyze_file(memory_path, s) : -1;
}

/* ---- round trip ---------------------------------------------------------------------------------
 */

TEST(what_is_written_is_read)
{
	struct switch_futex_event futex = { .sw = { .prev = 1, .next = 2 }, .address = 0xabc };
	struct waking_event waking = { .tid = 3 };
	struct trace_writer *w;
	struct trace t;
	void *data = NULL;
	size_t room = 0;
	json_t *json = json_pack("{s:i, s:s}", "big", 7, "text", "caf\xc3\xa9");

	futex.sw.head = (struct event_head){ 10, 0, EVENT_SWITCH_FUTEX, 0, sizeof(futex) };
	waking.head = (struct event_head){ 20, 1, EVENT_WAKING, EVENT_F_IRQ, sizeof(waking) };
	CHECK_OR_RETURN(trace_create(&w, path, 3) == 0);
	trace_write_json(w, SECTION_MACHINE, json);
	trace_write_json(w, SECTION_RUN, json);
	trace_append(w, SECTION_SCHED, 2, &futex.sw.head);
	trace_append(w, SECTION_SCHED, 2, &waking.head);
	CHECK_EQ(trace_close(w), 0);
	CHECK_OR_RETURN(trace_open(&t, path) == 0);
	CHECK(t.complete && !t.damaged);
	CHECK_EQ(t.cpu_count, 3);
	CHECK_EQ(t.section_count, 3);
	CHECK(json_equal(t.machine, json) && json_equal(t.run, json));
	CHECK_EQ(trace_read_section(&t, 2, &data, &room), sizeof(futex) + sizeof(waking));
	CHECK(!memcmp(data, &futex, sizeof(futex)));
	CHECK(!memcmp((char *)data + sizeof(futex), &waking, sizeof(waking)));
	free(data);
	json_decref(json);
	trace_release(&t);
}

/* More than a chunk: the sections of a CPU follow each other, and nothing is between them. */
TEST(a_long_recording_is_many_sections_and_one_sequence)
{
	struct waking_event waking = {};
	struct summary s;
	struct trace_writer *w;
	json_t *json = json_pack("{s:i}", "command_pid", 0);

	CHECK_OR_RETURN(trace_create(&w, path, 1) == 0);
	trace_write_json(w, SECTION_MACHINE, json);
	trace_write_json(w, SECTION_RUN, json);
	for (uint32_t seq = 0; seq < 30000; seq++) {
		waking.head = (struct event_head){ seq, seq, EVENT_WAKING, 0, sizeof(waking) };
		trace_append(w, SECTION_SCHED, 0, &waking.head);
	}
	CHECK_EQ(trace_close(w), 0);
	CHECK_EQ(analyze_file(path, &s), 0);
	CHECK_EQ(s.trust.events, 30000);
	CHECK_EQ(s.trust.lost, 0);
	json_decref(json);
	summary_free(&s);
}

TEST(a_trace_that_was_not_closed_is_lossy)
{
	struct bytes b = small_trace("line");
	struct summary s;

	CHECK_OR_RETURN(b.size);
	CHECK_EQ(analyze_bytes(b.at, b.size, &s), 0);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	summary_free(&s);
	b.at[offsetof(struct trace_head, flags)] = 0;
	CHECK_EQ(analyze_bytes(b.at, b.size, &s), 0);
	CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
	CHECK(s.run_result.incomplete);
	summary_free(&s);
	free(b.at);
}

/* ---- cut and flipped ----------------------------------------------------------------------------
 */

TEST(a_trace_cut_at_any_byte_is_refused_or_lossy)
{
	struct bytes b = small_trace("parallel");
	uint64_t events = 0;
	struct summary s;

	CHECK_OR_RETURN(b.size);
	for (size_t size = 0; size < b.size; size++) {
		int err = analyze_bytes(b.at, size, &s);

		if (size < sizeof(struct trace_head))
			CHECK_EQ(err, EXIT_FAILED);
		else
			CHECK(err == 0 || err == EXIT_NOT_WHOLE);
		if (!err) {
			CHECK_EQ(s.trust.verdict, TRUST_LOSSY);
			CHECK(s.trust.events >= events);
			events = s.trust.events;
			drawn_sums_hold(&s);
		} else {
			CHECK_EQ(events, 0);
		}
		summary_free(&s);
	}
	CHECK_EQ(analyze_bytes(b.at, b.size, &s), 0);
	CHECK_EQ(s.trust.verdict, TRUST_WHOLE);
	CHECK(s.trust.events >= events && events > 0);
	summary_free(&s);
	free(b.at);
}

/* Every number that a report is made of. */
static bool same_numbers(const struct summary *a, const struct summary *b)
{
	bool same = a->program.wall_ns == b->program.wall_ns &&
		    a->program.cpu_ns == b->program.cpu_ns &&
		    a->program.verdict == b->program.verdict && a->n == b->n &&
		    a->trust.events == b->trust.events && a->task_count == b->task_count &&
		    a->program.level_count == b->program.level_count &&
		    !memcmp(a->accounting_ns, b->accounting_ns, sizeof(a->accounting_ns));

	for (size_t k = 0; same && k < a->program.level_count; k++)
		same = a->program.parallelism_ns[k] == b->program.parallelism_ns[k] &&
		       a->program.demand_ns[k] == b->program.demand_ns[k];
	for (size_t i = 0; same && i < a->task_count; i++)
		same = a->tasks[i].tid == b->tasks[i].tid &&
		       a->tasks[i].run_ns == b->tasks[i].run_ns &&
		       a->tasks[i].blocked_ns == b->tasks[i].blocked_ns &&
		       a->tasks[i].wait_wakeup_ns == b->tasks[i].wait_wakeup_ns &&
		       a->tasks[i].voluntary == b->tasks[i].voluntary;
	return same;
}

TEST(no_flipped_bit_is_taken_for_whole)
{
	struct bytes b = small_trace("parallel");
	struct summary whole, s;
	size_t silent = 0, refused = 0;

	CHECK_OR_RETURN(b.size && analyze_bytes(b.at, b.size, &whole) == 0);
	for (size_t bit = 0; bit < 8 * b.size; bit++) {
		int err;

		b.at[bit / 8] ^= 1 << bit % 8;
		err = analyze_bytes(b.at, b.size, &s);
		b.at[bit / 8] ^= 1 << bit % 8;
		CHECK(err == 0 || err == EXIT_FAILED || err == EXIT_NOT_WHOLE);
		refused += err != 0;
		if (!err && s.trust.verdict == TRUST_WHOLE && !CHECK(same_numbers(&whole, &s)))
			printf("#   bit %zu of byte %zu\n", bit % 8, bit / 8);
		silent += !err && s.trust.verdict == TRUST_WHOLE;
		if (!err)
			CHECK(s.trust.verdict != TRUST_BROKEN);
		summary_free(&s);
	}
	/* What no checksum covers has no meaning: the head's zeros and flags, bits that zstd
	 * ignores. */
	CHECK(silent < 8 * 24 + 8 * 8);
	CHECK(refused > 0);
	summary_free(&whole);
	free(b.at);
}

/* ---- foreign and hostile ------------------------------------------------------------------------
 */

TEST(what_is_no_trace_is_refused)
{
	static const char text[] = "#!/bin/sh\necho this is a script and no trace at all\n";
	struct bytes b = small_trace("line");
	struct summary s;

	CHECK_EQ(analyze_bytes(text, sizeof(text), &s), EXIT_FAILED);
	CHECK_EQ(analyze_bytes("", 0, &s), EXIT_FAILED);
	CHECK_EQ(analyze_file("/nonexistent/x.trace", &s), EXIT_FAILED);
	CHECK_EQ(analyze_file("/tmp", &s), EXIT_FAILED);
	CHECK_EQ(analyze_file("/dev/zero", &s), EXIT_FAILED);
	CHECK_OR_RETURN(b.size);
	b.at[offsetof(struct trace_head, version)]++;
	CHECK_EQ(analyze_bytes(b.at, b.size, &s), EXIT_FAILED);
	free(b.at);
}

TEST(a_damaged_description_is_not_whole)
{
	struct bytes b = small_trace("line");
	struct summary s;

	CHECK_OR_RETURN(b.size);
	/* Within the payload of the first section, the machine. */
	b.at[sizeof(struct trace_head) + sizeof(struct section_head) + 12] ^= 0x10;
	CHECK_EQ(analyze_bytes(b.at, b.size, &s), EXIT_NOT_WHOLE);
	free(b.at);
}

static size_t add_section(unsigned char *to, int type, unsigned cpu, const void *data, size_t size)
{
	struct section_head head = { .magic = SECTION_MAGIC, .type = type, .cpu = cpu };

	head.stored_bytes = ZSTD_compress(to + sizeof(head), 1 << 16, data, size, 1);
	head.raw_bytes = size;
	head.check = section_check(&head);
	memcpy(to, &head, sizeof(head));
	return sizeof(head) + head.stored_bytes;
}

/* Checksums that are right, contents that are not: made by an enemy, not by a disk. */
static int analyze_version(uint32_t version, unsigned cpu, const void *records, size_t size,
			   struct summary *s)
{
	static const char run[] = "{\"command_pid\":100}";
	struct trace_head head = { .magic = TRACE_MAGIC, .version = version };
	static unsigned char file[1 << 18];
	size_t used = sizeof(head);

	memcpy(file, &head, sizeof(head));
	used += add_section(file + used, SECTION_MACHINE, cpu, "{}", 2);
	used += add_section(file + used, SECTION_RUN, SECTION_NO_CPU, run, strlen(run));
	used += add_section(file + used, 99, cpu, "unknown", 7);
	used += add_section(file + used, SECTION_SCHED, 0, records, size);
	used += add_section(file + used, SECTION_LIFECYCLE, 1, records, size);
	used += add_section(file + used, SECTION_TASKS, SECTION_NO_CPU, records, size);
	return analyze_bytes(file, used, s);
}

static int analyze_made(unsigned cpu, const void *records, size_t size, struct summary *s)
{
	return analyze_version(TRACE_VERSION, cpu, records, size, s);
}

/* No section of it is packed. */
TEST(a_trace_of_the_first_version_is_read)
{
	struct waking_event waking[2] = { { .head = { 1, 0, EVENT_WAKING, 0, sizeof(*waking) } },
					  { .head = { 2, 1, EVENT_WAKING, 0, sizeof(*waking) } } };
	struct summary s;

	CHECK_EQ(analyze_version(1, 0, waking, sizeof(waking), &s), 0);
	CHECK_EQ(s.trust.events, 4); /* as two streams */
	summary_free(&s);
	CHECK_EQ(analyze_version(0, 0, waking, sizeof(waking), &s), EXIT_FAILED);
	CHECK_EQ(analyze_version(TRACE_VERSION + 1, 0, waking, sizeof(waking), &s), EXIT_FAILED);
}

TEST(only_events_have_a_cpu)
{
	struct waking_event waking = { .head = { 1, 0, EVENT_WAKING, 0, sizeof(waking) } };
	struct summary s;

	CHECK_EQ(analyze_made(60000, &waking, sizeof(waking), &s), 0);
	CHECK(s.cpu_count <= 2);
	summary_free(&s);
}

TEST(random_records_crash_nothing)
{
	unsigned char records[512];
	uint64_t random = 1;
	struct summary s;

	for (int round = 0; round < 3000; round++) {
		for (size_t at = 0; at < sizeof(records); at++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			/* Small numbers meet each other: tids, CPUs, times. */
			records[at] = random >> 60 ? random >> 33 & 3 : random >> 33;
		}
		/* A first head that is sound, so that what follows it is looked at. */
		for (size_t at = 0; at + 104 <= sizeof(records); at += 104) {
			struct event_head head = { at * 10, at / 104, 0, 0, 104 };

			head.type = (const uint8_t[]){
				1, 2, 3, 4, 5, 6, 32, 33, 35, 64
			}[(random >> 40) % 10];
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			memcpy(records + at, &head, sizeof(head));
			if (random >> 63)
				records[at + 16] = 100; /* the command's tid */
		}
		if (CHECK_EQ(analyze_made(SECTION_NO_CPU, records, sizeof(records), &s), 0))
			CHECK(s.trust.verdict != TRUST_WHOLE);
		summary_free(&s);
	}
}

int main(void)
{
	/* Every refusal says why: thousands of them here. */
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	close(mkstemp(path));
	memory = memfd_create("trace", MFD_CLOEXEC);
	snprintf(memory_path, sizeof(memory_path), "/proc/self/fd/%d", memory);
	RUN(what_is_written_is_read);
	RUN(a_long_recording_is_many_sections_and_one_sequence);
	RUN(a_trace_that_was_not_closed_is_lossy);
	RUN(a_trace_cut_at_any_byte_is_refused_or_lossy);
	RUN(no_flipped_bit_is_taken_for_whole);
	RUN(what_is_no_trace_is_refused);
	RUN(a_damaged_description_is_not_whole);
	RUN(a_trace_of_the_first_version_is_read);
	RUN(only_events_have_a_cpu);
	RUN(random_records_crash_nothing);
	unlink(path);
	return check_done("trace_file");
}
