/* SPDX-License-Identifier: MIT */
#include "lab.h"
#include <stdlib.h>
#include <string.h>
#include "common/failure.h"
#include "expression.h"
#include "lab_folder.h"
#include "lab_rounds.h"

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
	json_decref(s->rounds);
}

json_t *lab_experiment(struct lab *lab, const json_t *experiment)
{
	struct session s = { .lab = lab, .experiment = experiment };
	const json_t *control = json_object_get(experiment, "control");
	json_t *result = result_new(lab, experiment);

	s.name = json_string_value(json_object_get(experiment, "name"));
	s.expected = json_string_value(json_object_get(result, "expected"));
	s.rounds = json_array();
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
	else if (lab_rounds_run(&s) < 0)
		lab_undecided(result, VERDICT_INCONCLUSIVE, s.error);
	add_variants(result, &s);
	json_object_set(result, "rounds", s.rounds);
	json_object_set_new(result, "rounds_planned", json_integer(s.planned));
	if (!json_object_get(result, "verdict"))
		lab_judge(result, experiment, lab->allowed.count);
	session_free(&s);
	if (lab_folder_write_json(s.folder, "result.json", result)) {
		json_decref(result);
		return NULL;
	}
	return result;
}
