/* SPDX-License-Identifier: MIT */
/*
 * report --from, --to: whatever adds up over time or over events is, in two parts of a window,
 * what it is in the whole. Tried on every drawing at every kind of cut.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "drawn_trace.h"
#include "failure.h"

#define CUTS 30

static uint64_t seed = 20261126;

static uint64_t pick(uint64_t count)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (seed >> 33) % count;
}

/* A sum that three summaries have. `slack`: ns that rounding may move from one cause to another. */
static bool adds(uint64_t whole, uint64_t a, uint64_t b, uint64_t slack, const char *words)
{
	uint64_t off = a + b > whole ? a + b - whole : whole - a - b;

	return check_that(off <= slack, __FILE__, __LINE__, "%s: %llu + %llu is not %llu", words,
			  (unsigned long long)a, (unsigned long long)b, (unsigned long long)whole);
}

#define ADDS(field) adds((w)->field, (a) ? (a)->field : 0, (b) ? (b)->field : 0, 0, #field)

static bool is_shared_out(int cause)
{
	return (cause >= CAUSE_LOCK && cause <= CAUSE_OTHER_BLOCK) || cause == CAUSE_UNKNOWN;
}

static bool check_program(const struct summary *w, const struct summary *a, const struct summary *b)
{
	bool good = ADDS(program.wall_ns) & ADDS(program.cpu_ns) & ADDS(program.busy_ns) &
		    ADDS(program.idle_ns) & ADDS(trust.unknown_ns) & ADDS(trust.lower_bound_ns) &
		    ADDS(trust.unknown_task_ns);
	double flight = w->program.mean_in_flight * w->program.wall_ns;

	for (size_t k = 0; k < w->program.level_count; k++) {
		uint64_t in_a = k < a->program.level_count ? a->program.parallelism_ns[k] : 0;
		uint64_t in_b = k < b->program.level_count ? b->program.parallelism_ns[k] : 0;

		good &= adds(w->program.parallelism_ns[k], in_a, in_b, 0, "parallelism");
		in_a = k < a->program.level_count ? a->program.demand_ns[k] : 0;
		in_b = k < b->program.level_count ? b->program.demand_ns[k] : 0;
		good &= adds(w->program.demand_ns[k], in_a, in_b, 0, "demand");
	}
	good &= CHECK_NEAR(a->program.mean_in_flight * a->program.wall_ns +
				   b->program.mean_in_flight * b->program.wall_ns,
			   flight, 1e-6 * flight + 1e-6);
	/* Masks may give each part another number of CPUs: then it is another n x T. */
	for (int i = 0; i < CAUSE_COUNT && a->n == w->n && b->n == w->n; i++)
		good &= adds(w->accounting_ns[i], a->accounting_ns[i], b->accounting_ns[i],
			     is_shared_out(i) ? 8 : 0, cause_name(i));
	return good;
}

static const struct cpu_summary *cpu_in(const struct summary *s, int cpu)
{
	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].cpu == cpu)
			return &s->cpus[i];
	return NULL;
}

static uint64_t other_in(const struct cpu_summary *c, const char *comm)
{
	for (size_t i = 0; c && i < c->other_count; i++)
		if (!memcmp(c->others[i].comm, comm, COMM_SIZE))
			return c->others[i].ns;
	return 0;
}

static bool check_cpu(const struct cpu_summary *w, const struct cpu_summary *a,
		      const struct cpu_summary *b)
{
	bool good = ADDS(workload_ns) & ADDS(other_ns) & ADDS(idle_ns) & ADDS(offline_ns) &
		    ADDS(unknown_ns) & ADDS(switches) & ADDS(voluntary) & ADDS(involuntary) &
		    ADDS(interleavings) & ADDS(migrations_in) & ADDS(wait_behind_ns);

	for (size_t i = 0; i < w->other_count; i++)
		good &= adds(w->others[i].ns, other_in(a, w->others[i].comm),
			     other_in(b, w->others[i].comm), 0, "others");
	return good;
}

static const struct task_summary *task_in(const struct summary *s, const struct task_summary *like)
{
	for (size_t i = 0; i < s->task_count; i++)
		if (s->tasks[i].tid == like->tid && s->tasks[i].start_ns == like->start_ns)
			return &s->tasks[i];
	return NULL;
}

static uint64_t blocked_in(const struct task_summary *t, const char *what)
{
	for (size_t i = 0; t && i < t->blocked_on_count; i++)
		if (!strcmp(t->blocked_on[i].what, what))
			return t->blocked_on[i].ns;
	return 0;
}

static uint64_t woken_in(const struct task_summary *t, int64_t tid)
{
	for (size_t i = 0; t && i < t->woken_by_count; i++)
		if (t->woken_by[i].tid == tid)
			return t->woken_by[i].count;
	return 0;
}

static bool check_task(const struct task_summary *w, const struct task_summary *a,
		       const struct task_summary *b)
{
	bool good = ADDS(run_ns) & ADDS(wait_wakeup_ns) & ADDS(wait_preempt_ns) & ADDS(blocked_ns) &
		    ADDS(unknown_ns) & ADDS(lifetime_ns) & ADDS(voluntary) & ADDS(involuntary) &
		    ADDS(yields) & ADDS(migrations);

	for (size_t i = 0; i < w->blocked_on_count; i++)
		good &= adds(w->blocked_on[i].ns, blocked_in(a, w->blocked_on[i].what),
			     blocked_in(b, w->blocked_on[i].what), 0, "blocked_on");
	for (size_t i = 0; i < w->woken_by_count; i++)
		good &= adds(w->woken_by[i].count, woken_in(a, w->woken_by[i].tid),
			     woken_in(b, w->woken_by[i].tid), 0, "woken_by");
	return good;
}

static bool check_sums(const struct summary *w, const struct summary *a, const struct summary *b)
{
	bool good = check_program(w, a, b) & drawn_sums_hold(a) & drawn_sums_hold(b);

	for (size_t i = 0; i < w->cpu_count; i++)
		good &= check_cpu(&w->cpus[i], cpu_in(a, w->cpus[i].cpu),
				  cpu_in(b, w->cpus[i].cpu));
	for (size_t i = 0; i < w->task_count; i++)
		good &= check_task(&w->tasks[i], task_in(a, &w->tasks[i]),
				   task_in(b, &w->tasks[i]));
	return good;
}

static bool cut_at(const char *name, const char *path, const struct summary *whole, uint64_t cut)
{
	struct window_part before = { 0, cut }, after = { cut, UINT64_MAX };
	struct summary a, b;
	bool good = false;

	if (!CHECK_EQ(analyze_part(path, &before, &a), 0))
		return false;
	if (CHECK_EQ(analyze_part(path, &after, &b), 0)) {
		good = check_sums(whole, &a, &b);
		good &= CHECK_EQ(a.window.to_ns, cut) & CHECK_EQ(b.window.from_ns, cut);
		if (!good)
			printf("# %s, cut at %llu of %llu\n", name, (unsigned long long)cut,
			       (unsigned long long)whole->program.wall_ns);
		summary_free(&b);
	}
	summary_free(&a);
	return good;
}

/* At round times, where events are, and anywhere; once each where there are few ns. */
static bool cut_everywhere(const char *name, const char *path)
{
	struct summary whole;
	bool good = true;

	if (!CHECK_EQ(analyze_file(path, &whole), 0))
		return false;
	for (int i = 0; i < CUTS && good && whole.program.wall_ns > 2; i++) {
		uint64_t cut = 1 + pick(whole.program.wall_ns - 1);

		if (i % 2 && cut > 50)
			cut -= cut % 50;
		good = cut_at(name, path, &whole, cut);
	}
	summary_free(&whole);
	return good;
}

static int is_drawing(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".events");
}

/* The drawing as a trace file, which the caller removes. */
static bool write_drawing(const char *file, char *path)
{
	char name[128], *text;
	bool good;
	int fd;

	snprintf(name, sizeof(name), "%.*s", (int)(strlen(file) - strlen(".events")), file);
	text = drawn_load(name);
	fd = mkstemp(path);
	good = CHECK(text && fd >= 0) && CHECK(drawn_write(text, path));
	close(fd);
	free(text);
	return good;
}

TEST(two_parts_of_any_drawing_sum_to_the_whole)
{
	struct dirent **entries;
	int count = scandir("tests/fixtures", &entries, is_drawing, alphasort);

	CHECK(count > 20);
	for (int i = 0; i < count; i++) {
		char path[] = "/tmp/schedlab-test-XXXXXX";

		if (write_drawing(entries[i]->d_name, path))
			cut_everywhere(entries[i]->d_name, path);
		unlink(path);
		free(entries[i]);
	}
	free(entries);
}

TEST(a_quota_is_to_blame_for_no_more_in_two_parts_than_in_the_whole)
{
	char path[] = "/tmp/schedlab-test-XXXXXX", text[4096], *drawing = drawn_load("throttled");
	struct window_part after = { 2000, UINT64_MAX };
	struct summary s;
	int fd = mkstemp(path);

	CHECK_OR_RETURN(drawing && fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "throttled 700\n%s", drawing);
	free(drawing);
	if (CHECK(drawn_write(text, path)) && cut_everywhere("throttled 700", path) &&
	    CHECK_EQ(analyze_part(path, &after, &s), 0)) {
		CHECK_EQ(s.accounting_ns[CAUSE_THROTTLED], 100);
		CHECK_EQ(s.accounting_ns[CAUSE_VIOLATION], 200);
		CHECK_EQ(s.violation_sums.ns, 200);
		summary_free(&s);
	}
	unlink(path);
}

TEST(a_part_has_nothing_of_the_rest)
{
	/* 102 and 103 only wait from 1400 on: of four threads that take turns, 101 runs. */
	struct window_part part = { 400, 800 };
	char path[] = "/tmp/schedlab-test-XXXXXX";
	struct summary s;

	if (!write_drawing("time_sliced.events", path))
		return;
	if (!CHECK_EQ(analyze_part(path, &part, &s), 0))
		return;
	unlink(path);
	CHECK_EQ(s.program.wall_ns, 400);
	CHECK_EQ(s.program.cpu_ns, 400);
	CHECK_EQ(s.program.demand_ns[4], 400);
	CHECK_EQ(s.accounting_ns[CAUSE_OWN], 400);
	CHECK_EQ(drawn_task(&s, 101)->run_ns, 400);
	CHECK_EQ(drawn_task(&s, 100)->run_ns, 0);
	/* The switch at 400 is in it, that at 800 is of what follows. */
	CHECK_EQ(s.cpus[0].switches, 1);
	CHECK_EQ(drawn_task(&s, 100)->involuntary, 1);
	CHECK_EQ(drawn_task(&s, 101)->involuntary, 0);
	/* Times are told from the start of the run. */
	CHECK_EQ(drawn_task(&s, 101)->begin_ns, 400);
	CHECK_EQ(drawn_task(&s, 101)->end_ns, 800);
	CHECK(summary_is_part(&s));
	summary_free(&s);
}

TEST(what_is_no_part_of_the_window_is_refused)
{
	static const struct window_part wrong[] = {
		{ 2801, UINT64_MAX }, { 0, 2801 }, { 2800, UINT64_MAX }, { 7, 7 }, { 9, 8 },
	};
	char path[] = "/tmp/schedlab-test-XXXXXX";
	struct window_part all = { 0, 2800 };
	struct summary s;

	if (!write_drawing("time_sliced.events", path))
		return;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_EQ(analyze_part(path, &wrong[i], &s), EXIT_USAGE);
	if (CHECK_EQ(analyze_part(path, &all, &s), 0)) {
		CHECK(!summary_is_part(&s));
		CHECK_EQ(s.cpus[0].switches, 7);
		summary_free(&s);
	}
	unlink(path);
}

int main(void)
{
	RUN(two_parts_of_any_drawing_sum_to_the_whole);
	RUN(a_quota_is_to_blame_for_no_more_in_two_parts_than_in_the_whole);
	RUN(a_part_has_nothing_of_the_rest);
	RUN(what_is_no_part_of_the_window_is_refused);
	return check_done("window_part");
}
