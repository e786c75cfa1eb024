/* SPDX-License-Identifier: MIT */
#include "lab.h"
#include <stdlib.h>
#include <string.h>
#include "expression.h"
#include "failure.h"
#include "lab_folder.h"

#define REPEATS_FULL 10

/* A variant with what was measured of it. */
struct series {
	struct variant variant;
	json_t *repeats; /* a record of every run, as the result shows it */
	json_t *reports; /* the whole reports of those that are no warm-up */
};

struct session {
	struct lab *lab;
	const json_t *experiment;
	const char *name;
	char folder[PATH_MAX];
	struct series *series;
	size_t count;
	char error[EXPERIMENT_ERROR];
};

static json_t *result_new(const struct lab *lab, const json_t *experiment)
{
	static const char *const copied[] = {
		"name", "claim", "question", "rule", "columns", "next"
	};
	const char *expected = json_string_value(json_object_get(experiment, "verdict"));
	const json_t *control = json_object_get(experiment, "control");
	json_t *result = json_object();

	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		json_object_set(result, copied[i], json_object_get(experiment, copied[i]));
	if (lab->control) {
		expected = strcmp(expected, VERDICT_SUPPORTED) ? VERDICT_SUPPORTED
							       : VERDICT_REFUTED;
		json_object_set(result, "control", json_object_get(control, "says"));
	}
	if (lab->prediction)
		json_object_set_new(result, "prediction", json_string(lab->prediction));
	json_object_set_new(result, "quick", json_boolean(!lab->full));
	json_object_set_new(result, "expected", json_string(expected));
	json_object_set_new(result, "variants", json_array());
	return result;
}

/* False, with the reason in s->error, where `object` requires what this machine has not. */
static bool meets(struct session *s, const json_t *object)
{
	const char *requires = json_string_value(json_object_get(object, "requires"));
	char why[EXPRESSION_WHY];
	json_t *names, *value;
	bool met;

	if (!requires)
		return true;
	names = json_pack("{s:i}", "n", s->lab->allowed.count);
	value = expression_eval(requires, names, why);
	met = json_is_true(value);
	json_decref(names);
	json_decref(value);
	if (!met)
		snprintf(s->error, sizeof(s->error), "it needs %s, and n, the CPUs allowed, is %d",
			 requires, s->lab->allowed.count);
	return met;
}

/* Makes the variants; one that comes to the same as an earlier one only lends it its name. */
static int make_series(struct session *s)
{
	json_t *files = experiment_variants(s->experiment, s->lab->control), *file;
	int status = 0;
	size_t i, j;

	s->series = calloc(json_array_size(files), sizeof(*s->series));
	json_array_foreach(files, i, file) {
		struct series *new = &s->series[s->count];

		status = variant_make(&new->variant, file, &s->lab->allowed, s->error);
		for (j = 0; !status && j < s->count; j++)
			if (variant_same(&new->variant, &s->series[j].variant))
				break;
		if (status || j < s->count) {
			if (!status)
				json_array_append_new(s->series[j].variant.also,
						      json_string(new->variant.name));
			variant_free(&new->variant);
			if (status)
				break;
			continue;
		}
		new->repeats = json_array();
		new->reports = json_array();
		s->count++;
	}
	json_decref(files);
	return status;
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

/*
 * Round by round over all variants, so that what changes on the machine meanwhile meets them all.
 * The full lab begins with a warm-up of each.
 */
static int run_all(struct session *s)
{
	unsigned most = 0;

	for (size_t i = 0; i < s->count; i++) {
		struct variant *v = &s->series[i].variant;

		if (s->lab->full && v->repeats < REPEATS_FULL)
			v->repeats = REPEATS_FULL;
		if (v->repeats > most)
			most = v->repeats;
		if (s->lab->full && run_round(s, &s->series[i], 0, true) < 0)
			return -1;
	}
	for (unsigned round = 0; round < most; round++)
		for (size_t i = 0; i < s->count; i++)
			if (round < s->series[i].variant.repeats &&
			    run_round(s, &s->series[i], round, false) < 0)
				return -1;
	return 0;
}

static double wall_of(const json_t *report)
{
	return json_number_value(json_object_get(json_object_get(report, "program"), "wall_s"));
}

static int by_wall(const void *a, const void *b)
{
	double x = wall_of(*(json_t *const *)a), y = wall_of(*(json_t *const *)b);

	return (x > y) - (x < y);
}

/* The report of median wall, the lower of two; borrowed, NULL where there is none. */
static json_t *median_report(const json_t *reports)
{
	size_t count = json_array_size(reports), i;
	json_t **sorted = calloc(count + 1, sizeof(*sorted)), *report;

	if (!sorted)
		return NULL;
	json_array_foreach(reports, i, report)
		sorted[i] = report;
	qsort(sorted, count, sizeof(*sorted), by_wall);
	report = count ? sorted[(count - 1) / 2] : NULL;
	free(sorted);
	return report;
}

static void add_variants(json_t *result, const struct session *s)
{
	for (size_t i = 0; i < s->count; i++) {
		const struct series *series = &s->series[i];
		json_t *variant = json_deep_copy(series->variant.spec);

		if (json_array_size(series->variant.also))
			json_object_set(variant, "also", series->variant.also);
		json_object_set(variant, "repeats", series->repeats);
		json_object_set(variant, "report", median_report(series->reports));
		json_array_append_new(json_object_get(result, "variants"), variant);
	}
}

static void session_free(struct session *s)
{
	for (size_t i = 0; i < s->count; i++) {
		variant_free(&s->series[i].variant);
		json_decref(s->series[i].repeats);
		json_decref(s->series[i].reports);
	}
	free(s->series);
}

json_t *lab_experiment(struct lab *lab, const json_t *experiment)
{
	struct session s = { .lab = lab, .experiment = experiment };
	const json_t *control = json_object_get(experiment, "control");
	json_t *result = result_new(lab, experiment);

	s.name = json_string_value(json_object_get(experiment, "name"));
	if (snprintf(s.folder, sizeof(s.folder), "%s/%s", lab->folder, s.name) >=
		    (int)sizeof(s.folder) ||
	    lab_folder_make(s.folder)) {
		json_decref(result);
		return NULL;
	}
	if (lab->control && !control)
		lab_undecided(result, VERDICT_NOT_SHOWN, "it has no control");
	else if (!meets(&s, experiment) || (lab->control && !meets(&s, control)) ||
		 make_series(&s) < 0)
		lab_undecided(result, VERDICT_NOT_SHOWN, s.error);
	else if (run_all(&s) < 0)
		lab_undecided(result, VERDICT_INCONCLUSIVE, s.error);
	add_variants(result, &s);
	if (!json_object_get(result, "verdict"))
		lab_judge(result, experiment, lab->allowed.count);
	session_free(&s);
	if (lab_folder_write_json(s.folder, "result.json", result)) {
		json_decref(result);
		return NULL;
	}
	return result;
}
