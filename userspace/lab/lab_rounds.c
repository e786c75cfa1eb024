/* SPDX-License-Identifier: MIT */
/*
 * The rounds of an experiment. What changes on the machine for some seconds (a host may give a CPU
 * half its speed, and no counter of the guest's shows it) meets all variants of a round or spoils
 * that round, so each is judged by itself, too. A verdict needs a lead over the other one, as a
 * sequential test does: A. Wald, Sequential Analysis (1947): if a round comes out wrong with
 * probability p, a lead of k is wrong with 1 / (1 + ((1 - p) / p)^k), for p = 0.1 and k = 3 once in
 * 730 times.
 */
#include "lab_rounds.h"
#include <string.h>
#include "common/failure.h"
#include "record/command_wait.h"

#define REPEATS_FULL 10
#define ROUNDS_MAX 7 /* of the quick lab */
#define LEAD 3

static unsigned count_of(const json_t *rounds, const char *verdict)
{
	unsigned count = 0;
	json_t *round;
	size_t i;

	json_array_foreach(rounds, i, round)
		count += !strcmp(json_string_value(round), verdict);
	return count;
}

bool lab_rounds_agree(const json_t *rounds, unsigned planned, const char *verdict,
		      const char *expected)
{
	const char *other = strcmp(verdict, VERDICT_SUPPORTED) ? VERDICT_SUPPORTED
							       : VERDICT_REFUTED;
	unsigned lead = planned < LEAD && !strcmp(verdict, expected) ? planned : LEAD;

	return count_of(rounds, verdict) >= count_of(rounds, other) + lead;
}

void lab_rounds_text(const json_t *rounds, char *out, size_t size)
{
	static const char *const verdicts[] = { VERDICT_SUPPORTED, VERDICT_REFUTED,
						VERDICT_INCONCLUSIVE };
	size_t length = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		unsigned count = count_of(rounds, verdicts[i]);

		if (count && length < size)
			length += snprintf(out + length, size - length, "%s%u %s",
					   length ? ", " : "", count, verdicts[i]);
	}
}

/* What is kept of every run: its report without the machine, which is everywhere the same, and
 * without the long parts; those are in its trace. */
static json_t *repeat_record(const json_t *report, const char *trace, bool warmup)
{
	json_t *record = json_copy((json_t *)report);
	json_t *truth = json_copy(json_object_get(report, "truth"));

	json_object_del(record, "machine");
	json_object_del(record, "cpus");
	json_object_del(record, "tasks");
	if (json_is_object(truth)) {
		json_object_del(truth, "units");
		json_object_set(record, "truth", truth);
	}
	json_decref(truth);
	json_object_set_new(record, "warmup", json_boolean(warmup));
	json_object_set_new(record, "trace", json_string(trace));
	return record;
}

static int run_round(struct session *s, struct series *series, unsigned round, bool warmup)
{
	char path[PATH_MAX], trace[64], suffix[16] = "";
	json_t *report;

	if (warmup)
		snprintf(suffix, sizeof(suffix), "-warmup");
	else if (round)
		snprintf(suffix, sizeof(suffix), "-%u", round + 1);
	snprintf(trace, sizeof(trace), "%s%s.trace", series->variant.name, suffix);
	if (snprintf(path, sizeof(path), "%s/%s", s->folder, trace) >= (int)sizeof(path)) {
		snprintf(s->error, sizeof(s->error), "the results folder's path is too long");
		return -1;
	}
	progress("%s: %s%s", s->name, series->variant.name, suffix);
	report = lab_run(s->lab, &series->variant, path, s->error);
	if (!report)
		return -1;
	json_array_append_new(series->repeats, repeat_record(report, trace, warmup));
	if (!warmup)
		json_array_append(series->reports, report);
	json_decref(report);
	return 0;
}

/* One after the other over all variants, so that what changes on the machine meets them all. */
static int run_each(struct session *s, unsigned round, bool warmup)
{
	for (size_t i = 0; i < s->count; i++)
		if ((warmup || round >= s->planned || round < s->series[i].variant.repeats) &&
		    run_round(s, &s->series[i], round, warmup) < 0)
			return -1;
	return 0;
}

/* Which of the variant's runs belongs to the round alone; -1: none, it has fewer than planned. */
static int own_run(const struct session *s, const struct series *series, unsigned round)
{
	unsigned repeats = series->variant.repeats;

	if (round >= s->planned)
		return repeats + round - s->planned;
	return round < repeats ? (int)round : -1;
}

/* What a variant contributes to a round: its own run in it, or the last one. */
static json_t *report_in(const struct session *s, const struct series *series, unsigned round)
{
	int run = own_run(s, series, round);

	return json_array_get(series->reports, run < 0 ? series->variant.repeats - 1 : (size_t)run);
}

/* Judges the round as if it were all there is: with a run that was disturbed it shows nothing. */
static void judge_round(struct session *s, unsigned round)
{
	json_t *names = json_pack("{s:i}", "n", s->lab->allowed.count), *also;
	bool disturbed = false;
	size_t i, j;

	for (i = 0; i < s->count; i++) {
		json_t *report = report_in(s, &s->series[i], round);
		json_t *repeats = json_pack("[O]", report);
		json_t *value = lab_variant_value(report, repeats);

		disturbed |= json_array_size(json_object_get(report, "marks")) > 0;
		json_object_set(names, s->series[i].variant.name, value);
		json_array_foreach(s->series[i].variant.also, j, also)
			json_object_set(names, json_string_value(also), value);
		json_decref(value);
		json_decref(repeats);
	}
	json_array_append_new(
		s->rounds,
		json_string(disturbed ? VERDICT_INCONCLUSIVE : lab_verdict(s->experiment, names)));
	json_decref(names);
}

/* The full lab begins with a warm-up of each. */
static int run_planned(struct session *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct variant *v = &s->series[i].variant;

		if (s->lab->full && v->repeats < REPEATS_FULL)
			v->repeats = REPEATS_FULL;
		if (v->repeats > s->planned)
			s->planned = v->repeats;
	}
	if (s->lab->full && run_each(s, 0, true) < 0)
		return -1;
	for (unsigned round = 0; round < s->planned; round++) {
		if (run_each(s, round, false) < 0)
			return -1;
		judge_round(s, round);
	}
	return 0;
}

/* Further rounds would change nothing: they agree, or three have shown that none shows anything. */
static bool settled(const struct session *s)
{
	size_t count = json_array_size(s->rounds);

	return (count >= LEAD && count_of(s->rounds, VERDICT_INCONCLUSIVE) == count) ||
	       lab_rounds_agree(s->rounds, s->planned, VERDICT_SUPPORTED, s->expected) ||
	       lab_rounds_agree(s->rounds, s->planned, VERDICT_REFUTED, s->expected);
}

/*
 * Rounds that by themselves show nothing are left out of medians; where all are so, what all of
 * them lack is told.
 */
static void set_aside(struct session *s)
{
	if (count_of(s->rounds, VERDICT_INCONCLUSIVE) == json_array_size(s->rounds))
		return;
	for (size_t round = json_array_size(s->rounds); round-- > 0;) {
		if (strcmp(json_string_value(json_array_get(s->rounds, round)),
			   VERDICT_INCONCLUSIVE))
			continue;
		for (size_t i = 0; i < s->count; i++) {
			struct series *series = &s->series[i];
			int run = own_run(s, series, round);

			if (run < 0)
				continue;
			json_object_set_new(json_array_get(series->repeats, run + s->lab->full),
					    "set_aside", json_true());
			json_array_remove(series->reports, run);
		}
	}
}

int lab_rounds_run(struct session *s)
{
	if (run_planned(s) < 0)
		return -1;
	for (unsigned round = s->planned; !s->lab->full && round < ROUNDS_MAX; round++) {
		uint64_t start_ns = now_ns(), took_ns;

		if (!s->lab->spare_ns || settled(s))
			break;
		progress("%s: its rounds do not agree; another", s->name);
		if (run_each(s, round, false) < 0)
			return -1;
		judge_round(s, round);
		took_ns = now_ns() - start_ns;
		s->lab->spare_ns -= took_ns < s->lab->spare_ns ? took_ns : s->lab->spare_ns;
	}
	set_aside(s);
	return 0;
}
