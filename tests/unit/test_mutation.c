/* SPDX-License-Identifier: MIT */
/*
 * Traces that lie: the sections' content is changed at random and every checksum set right again,
 * so that the change reaches the analysis. Whatever it makes of it, it ends, in an exit status that
 * is one, and touches no memory that is not its own (make check-asan). Also traces cut at every
 * byte. MUTATIONS=N says how many for each drawing.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>
#include "check.h"
#include "common/failure.h"
#include "drawn_trace.h"

static uint64_t state;
static long analyzed; /* got as far as a report */

static uint64_t pick(uint64_t count)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (state >> 20) % count;
}

/* A byte, a word of an extreme value, a word of another place, or a stretch left out. */
static size_t mutate(unsigned char *data, size_t size)
{
	static const uint64_t extremes[] = { 0,		 1,	     UINT64_MAX,     INT64_MAX,
					     UINT32_MAX, 1ull << 31, 1ull << 63,     0xffff,
					     4096,	 1000000000, 0x8000000080ull };

	for (uint64_t changes = 1 + pick(4); size > 16 && changes; changes--) {
		size_t at = pick(size - 8), width = 1ull << pick(4), length;

		switch (pick(5)) {
		case 0:
			data[at] ^= 1 << pick(8);
			break;
		case 1:
		case 2:
			at -= at % width;
			memcpy(data + at, &extremes[pick(sizeof(extremes) / 8)], width);
			break;
		case 3:
			memmove(data + at, data + pick(size - 8), width);
			break;
		case 4:
			length = (1 + pick(6)) * 8;
			if (at + length >= size)
				break;
			memmove(data + at, data + at + length, size - at - length);
			size -= length;
			break;
		}
	}
	return size;
}

static bool put_section(FILE *out, const struct section_entry *entry, const void *data, size_t size)
{
	size_t bound = ZSTD_compressBound(size);
	struct section_head head = {
		.magic = SECTION_MAGIC, .type = entry->type, .cpu = entry->cpu, .raw_bytes = size
	};
	char *packed = malloc(bound);
	bool good;

	head.stored_bytes = ZSTD_compress(packed, bound, data, size, 1);
	head.check = section_check(&head);
	good = fwrite(&head, sizeof(head), 1, out) == 1 &&
	       fwrite(packed, head.stored_bytes, 1, out) == 1;
	free(packed);
	return good;
}

/* `trace` again at `path`, one of its sections changed. */
static bool write_mutant(struct trace *trace, const char *path)
{
	struct trace_head head = { .magic = TRACE_MAGIC,
				   .version = TRACE_VERSION,
				   .flags = TRACE_COMPLETE };
	size_t victim = pick(trace->section_count);
	FILE *out = fopen(path, "w");
	bool good = out && fwrite(&head, sizeof(head), 1, out) == 1;

	for (size_t i = 0; good && i < trace->section_count; i++) {
		void *data = NULL;
		size_t room = 0;
		long size = trace_read_section(trace, i, &data, &room);

		if (size >= 0 && i == victim)
			size = mutate(data, size);
		good = size >= 0 && put_section(out, &trace->sections[i], data, size);
		free(data);
	}
	return out && !fclose(out) && good;
}

static bool is_a_status(int status)
{
	return status == EXIT_GOOD || status == EXIT_FAILED || status == EXIT_NOT_WHOLE;
}

static int analyze_and_free(const char *path)
{
	struct summary summary;
	int status = analyze_file(path, &summary);

	if (!status) {
		analyzed++;
		status = summary_status(&summary);
		summary_free(&summary);
	}
	return status;
}

/* What the analysis says of each mutant is not the subject. */
static int hush(void)
{
	int before = dup(STDERR_FILENO), nothing = open("/dev/null", O_WRONLY);

	fflush(stderr);
	dup2(nothing, STDERR_FILENO);
	close(nothing);
	return before;
}

static void unhush(int before)
{
	dup2(before, STDERR_FILENO);
	close(before);
}

static const char *const drawings[] = { "line",	 "causes", "loss",     "shell",	 "reuse", "truth",
					"masks", "yields", "untraced", "waking", "window" };
#define DRAWINGS (sizeof(drawings) / sizeof(drawings[0]))

/* A trace of that drawing in a temporary file, which the caller removes. */
static bool draw(const char *name, char *path)
{
	char *text = drawn_load(name);
	bool good = text && drawn_write(text, path);

	free(text);
	return CHECK(good);
}

TEST(no_lie_in_a_trace_breaks_the_analysis)
{
	const char *wanted = getenv("MUTATIONS");
	long count = wanted ? atol(wanted) : 150;
	char whole[] = "/tmp/schedlab-unit-XXXXXX", mutant[] = "/tmp/schedlab-unit-XXXXXX";
	int stderr_before;

	close(mkstemp(whole));
	close(mkstemp(mutant));
	stderr_before = hush();
	for (size_t i = 0; i < DRAWINGS; i++) {
		struct trace trace;

		if (!draw(drawings[i], whole) || !CHECK_EQ(trace_open(&trace, whole), 0))
			break;
		for (long k = 0; k < count; k++) {
			state = i << 32 | k;
			trace_threads_worth_bytes = k % 2 ? 0
							  : SIZE_MAX; /* passes at once, in turn */
			if (!CHECK(write_mutant(&trace, mutant)) ||
			    !CHECK(is_a_status(analyze_and_free(mutant)))) {
				printf("# drawing %s, mutation %ld\n", drawings[i], k);
				break;
			}
		}
		trace_release(&trace);
	}
	/* A test of nothing but refusals would be another. */
	CHECK(2 * analyzed > count * (long)DRAWINGS);
	unhush(stderr_before);
	unlink(whole);
	unlink(mutant);
}

TEST(a_trace_cut_at_any_byte_is_not_whole)
{
	char path[] = "/tmp/schedlab-unit-XXXXXX";
	int stderr_before;
	off_t size;

	close(mkstemp(path));
	stderr_before = hush();
	if (draw("shell", path)) {
		int fd = open(path, O_RDWR);

		size = lseek(fd, 0, SEEK_END);
		while (--size >= 0 && !ftruncate(fd, size)) {
			int status = analyze_and_free(path);

			if (!CHECK(status == EXIT_NOT_WHOLE || status == EXIT_FAILED))
				printf("# cut at %ld: status %d\n", (long)size, status);
		}
		close(fd);
	}
	unhush(stderr_before);
	unlink(path);
}

int main(void)
{
	RUN(no_lie_in_a_trace_breaks_the_analysis);
	RUN(a_trace_cut_at_any_byte_is_not_whole);
	return check_done("mutation");
}
