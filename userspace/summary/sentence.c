/* SPDX-License-Identifier: MIT */
#include "sentence.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"

/* Kept free for what the reader must know whatever else is said. */
#define CAVEAT_ROOM 256
/* Below this share of the core time a cause is not worth a word. */
#define CAUSE_SHARE_MIN 0.02

const char *cause_words(enum cause cause)
{
	static const char *const words[CAUSE_COUNT] = {
		[CAUSE_OWN] = "its own tasks ran",
		[CAUSE_OWN_SMT] = "its own tasks ran, two on one core",
		[CAUSE_OTHER_WAITED] = "other tasks ran while it waited",
		[CAUSE_OTHER_FREE] = "other tasks ran and it had no use for the CPU",
		[CAUSE_BEING_WOKEN] = "a CPU was waking up for its task",
		[CAUSE_THROTTLED] = "a CPU quota held its task back (inferred)",
		[CAUSE_VIOLATION] = "a CPU idled although its task waited",
		[CAUSE_LOCK] = "its tasks waited for a lock",
		[CAUSE_CONDITION] = "its tasks waited for a signal from each other",
		[CAUSE_IO] = "its tasks waited for input or output",
		[CAUSE_SLEEP] = "its tasks slept on a timer",
		[CAUSE_OTHER_BLOCK] = "its tasks were blocked otherwise",
		[CAUSE_NO_TASK] = "it had no further task to run",
		[CAUSE_OFFLINE] = "a CPU was offline",
		[CAUSE_UNKNOWN] = "what happened is unknown",
	};

	return cause < CAUSE_COUNT ? words[cause] : "unknown";
}

struct clauses {
	char *text;
	size_t used, size;
};

/* Appends a clause; one that does not fit is left out whole. */
__attribute__((format(printf, 2, 3))) static void add(struct clauses *c, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(c->text + c->used, c->size - c->used, format, args);
	va_end(args);
	if (len >= 0 && (size_t)len < c->size - c->used)
		c->used += (size_t)len;
	c->text[c->used] = '\0';
}

/* A share as per cent: whole numbers, but never "0" for something or "100" for not quite all. */
static struct text percent(double share)
{
	struct text text;
	double value = 100 * share;
	bool fine = (value > 0 && value < 1) || (value > 99 && value < 100);

	if (!isfinite(share))
		return (struct text){ "-" };
	if (value > 0 && value < 0.1)
		return (struct text){ "under 0.1 %" };
	if (value >= 99.95 && value < 100)
		return (struct text){ "over 99.9 %" };
	snprintf(text.s, sizeof(text.s), "%.*f %%", fine ? 1 : 0, value);
	return text;
}

static double share_of(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : UNKNOWN_DOUBLE;
}

/* The level above 1 that held for the longest. */
static size_t usual_level(const struct program_summary *p)
{
	size_t usual = 2;

	for (size_t k = 3; k < p->level_count; k++)
		if (p->parallelism_ns[k] > p->parallelism_ns[usual])
			usual = k;
	return usual;
}

static void add_parallel(struct clauses *c, const struct summary *s)
{
	const struct program_summary *p = &s->program;
	size_t usual = usual_level(p);
	double share = usual < p->level_count ? share_of(p->parallelism_ns[usual], p->wall_ns) : 0;

	if (share >= 0.5)
		add(c, "Parallel: %zu of %llu CPUs worked at the same instant for %s of the run",
		    usual, (unsigned long long)s->n, percent(share).s);
	else if (s->n == 2)
		add(c, "Parallel: both CPUs worked at the same instant for %s of the run",
		    percent(p->parallel_share).s);
	else
		add(c,
		    "Parallel: two or more of %llu CPUs worked at the same instant for %s of the "
		    "run",
		    (unsigned long long)s->n, percent(p->parallel_share).s);
	add(c, " (tlp %s", format_number(p->tlp, 2).s);
	/* Two on one core are less than two. */
	if (p->smt_share > CAUSE_SHARE_MIN)
		add(c, ", and %s counted in cores, which SMT siblings share",
		    format_number(p->physical_tlp, 2).s);
	add(c, ")");
}

/* What is in flight: a bundled workload's units by their model, a command's tasks. */
static const char *units_words(const struct summary *s)
{
	const char *model = json_string_value(json_object_get(s->run, "model"));

	if (model && (!strcmp(model, "threads") || !strcmp(model, "processes") ||
		      !strcmp(model, "coroutines")))
		return model;
	return "tasks";
}

/*
 * A CPU worked for less than half of the run: its tasks were all blocked for the larger part of the
 * rest, or else one of them could have run, and none did.
 */
static void add_mostly_off(struct clauses *c, const struct summary *s, double busy)
{
	const struct program_summary *p = &s->program;
	uint64_t off = p->wall_ns - p->busy_ns, blocked = p->level_count ? p->demand_ns[0] : off;
	uint64_t starved = off > blocked ? off - blocked : 0;

	if (starved <= blocked)
		add(c, "; their waiting overlapped, not their computing: a CPU worked for %s of it",
		    percent(busy).s);
	else
		add(c, "; for %s of it some were ready to run and none had a CPU",
		    percent(share_of(starved, p->wall_ns)).s);
}

static void add_concurrent(struct clauses *c, const struct summary *s)
{
	const struct program_summary *p = &s->program;
	double busy = share_of(p->busy_ns, p->wall_ns);

	add(c, "Concurrent, not parallel: up to %u %s were in progress at once, but ",
	    p->peak_in_flight, units_words(s));
	if (p->peak_parallelism <= 1)
		add(c, "no two ever ran at the same instant");
	else
		add(c, "two ran at the same instant for only %s of the run",
		    percent(p->parallel_share).s);
	add(c, " (tlp %s)", format_number(p->tlp, 2).s);
	/* Two ways to be concurrent on one core: to wait without it, or to take turns on it. */
	if (busy < 0.5)
		add_mostly_off(c, s, busy);
	else if (p->time_sliced_share >= 0.5)
		add(c, "; they took turns on a CPU for %s of the time in which two wanted to run",
		    percent(p->time_sliced_share).s);
}

static void add_verdict(struct clauses *c, const struct summary *s)
{
	const struct program_summary *p = &s->program;

	if (!p->wall_ns) {
		add(c, "Nothing was measured: the window is empty");
		return;
	}
	switch (p->verdict) {
	case VERDICT_PARALLEL:
		add_parallel(c, s);
		break;
	case VERDICT_CONCURRENT:
		add_concurrent(c, s);
		break;
	case VERDICT_IDLE:
		add(c, "Idle: it used %s of CPU time in %s (%s)", format_duration(p->cpu_ns).s,
		    format_duration(p->wall_ns).s, percent(share_of(p->cpu_ns, p->wall_ns)).s);
		break;
	case VERDICT_SEQUENTIAL:
		add(c, "Sequential: one thing at a time; one CPU worked for %s of the run (tlp %s)",
		    percent(share_of(p->busy_ns, p->wall_ns)).s, format_number(p->tlp, 2).s);
		break;
	}
}

/* The tasks outside the workload that took most of its CPUs, by name; "" where none did. */
static const char *top_other(const struct summary *s)
{
	const char *name = "";
	uint64_t most = 0;

	for (size_t i = 0; i < s->cpu_count; i++) {
		const struct cpu_summary *cpu = &s->cpus[i];

		if (cpu->allowed && cpu->other_count && cpu->others[0].ns > most) {
			most = cpu->others[0].ns;
			name = cpu->others[0].comm;
		}
	}
	return name;
}

/*
 * What took most of its CPUs' time but for its own tasks. Where others ran that took nothing from
 * it, it had no use for the CPU: that is the same as where the CPU idled.
 */
static enum cause worst_cause(const struct summary *s, uint64_t *ns)
{
	enum cause worst = CAUSE_OWN;

	*ns = 0;
	for (int i = 0; i < CAUSE_COUNT; i++) {
		uint64_t its = s->accounting_ns[i];

		if (i == CAUSE_OWN || i == CAUSE_OWN_SMT || i == CAUSE_UNKNOWN ||
		    i == CAUSE_OTHER_FREE)
			continue;
		if (i == CAUSE_NO_TASK)
			its += s->accounting_ns[CAUSE_OTHER_FREE];
		if (worst == CAUSE_OWN || its > *ns) {
			worst = i;
			*ns = its;
		}
	}
	return worst;
}

static void add_obstacle(struct clauses *c, const struct summary *s)
{
	uint64_t whole = 0, ns;
	enum cause worst = worst_cause(s, &ns);
	char comm[4 * COMM_SIZE + 1] = "";
	const char *words = cause_words(worst);

	for (int i = 0; i < CAUSE_COUNT; i++)
		whole += s->accounting_ns[i];
	if (!whole || s->program.verdict == VERDICT_IDLE)
		return;
	if (s->n == 1) {
		add(c, "; on 1 CPU nothing can be parallel");
		return;
	}
	if (share_of(ns, whole) < CAUSE_SHARE_MIN) {
		add(c, "; nothing much kept it from being more parallel");
		return;
	}
	if (worst == CAUSE_OTHER_WAITED)
		text_clean(comm, sizeof(comm), top_other(s), COMM_SIZE);
	if (worst == CAUSE_NO_TASK && s->violation_sums.masked_ns > ns / 2)
		words = "its waiting tasks were bound to other CPUs";
	else if (worst == CAUSE_NO_TASK && s->accounting_ns[CAUSE_OTHER_FREE])
		words = "it had no use for a further CPU";
	add(c, "; what kept it from being more parallel: for %s of its CPUs' time %s%s%s%s",
	    percent(share_of(ns, whole)).s, words, *comm ? " (most: " : "", comm, *comm ? ")" : "");
}

static void add_caveats(struct clauses *c, const struct summary *s)
{
	const char *virt = json_string_value(json_object_get(s->machine, "virt"));
	double steal = summary_steal_share(s);

	if (steal > 0)
		add(c, "; meanwhile the host took %s of its CPUs' time", percent(steal).s);
	else if (isnan(steal) && virt && strcmp(virt, "none"))
		add(c, "; all as this guest saw it, whose host may have taken CPU time");
	if (s->run_result.incomplete)
		add(c, "; the recording was cut short");
	if (s->trust.lost)
		add(c, s->trust.lost == 1 ? "; %s record was lost" : "; %s records were lost",
		    format_count(s->trust.lost).s);
	if (s->trust.unknown_ns)
		add(c, "; %s of CPU time is unknown", format_duration(s->trust.unknown_ns).s);
	if (s->trust.lower_bound_ns)
		add(c, "; for %s of it what ran and what waited is a lower bound",
		    percent(share_of(s->trust.lower_bound_ns, s->program.wall_ns)).s);
	if (s->trust.verdict == TRUST_BROKEN)
		add(c, "; the numbers contradict each other");
}

void sentence_build(struct summary *s)
{
	struct clauses c = { s->program.sentence, 0, sizeof(s->program.sentence) - CAVEAT_ROOM };

	add_verdict(&c, s);
	add_obstacle(&c, s);
	c.size = sizeof(s->program.sentence);
	add_caveats(&c, s);
	add(&c, ".");
}
