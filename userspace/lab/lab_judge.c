/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <string.h>
#include "common/failure.h"
#include "common/json_build.h"
#include "expression.h"
#include "lab_rounds.h"

#define WHY_MAX 4000

void lab_undecided(json_t *result, const char *verdict, const char *why)
{
	json_object_set_new(result, "verdict", json_string(verdict));
	json_object_set_new(result, "why", json_string(why));
}

__attribute__((format(printf, 2, 3))) static void inconclusive(json_t *result, const char *why, ...)
{
	char text[2 * WHY_MAX];
	va_list args;

	va_start(args, why);
	vsnprintf(text, sizeof(text), why, args);
	va_end(args);
	lab_undecided(result, VERDICT_INCONCLUSIVE, text);
}

json_t *lab_variant_value(const json_t *report, json_t *repeats)
{
	json_t *value = json_copy((json_t *)report);

	json_object_set(value, "repeats", repeats);
	return value;
}

/* Without warm-ups, and without the repeats of rounds that were set aside. */
static json_t *variant_value(const json_t *variant)
{
	json_t *measured = json_array(), *repeat, *value;
	size_t i;

	json_array_foreach(json_object_get(variant, "repeats"), i, repeat)
		if (!json_is_true(json_object_get(repeat, "warmup")) &&
		    !json_is_true(json_object_get(repeat, "set_aside")))
			json_array_append(measured, repeat);
	value = lab_variant_value(json_object_get(variant, "report"), measured);
	json_decref(measured);
	return value;
}

static json_t *names_of(const json_t *result, int n)
{
	json_t *names = json_pack("{s:i}", "n", n), *variant, *also;
	size_t i, j;

	json_array_foreach(json_object_get(result, "variants"), i, variant) {
		json_t *value = variant_value(variant);

		json_object_set(names, json_text_at(variant, "name"), value);
		json_array_foreach(json_object_get(variant, "also"), j, also)
			json_object_set(names, json_string_value(also), value);
		json_decref(value);
	}
	return names;
}

/* Gives every variant the values of the columns, in the columns' order. */
static void add_values(json_t *result, int n)
{
	json_t *variant, *column;
	size_t i, j;

	json_array_foreach(json_object_get(result, "variants"), i, variant) {
		json_t *names = variant_value(variant), *values = json_array();
		char why[EXPRESSION_WHY];

		json_object_set_new(names, "n", json_integer(n));
		json_array_foreach(json_object_get(result, "columns"), j, column) {
			json_t *value = expression_eval(json_text_at(column, "value"), names, why);

			json_array_append_new(values, value ? value : json_null());
		}
		json_object_set_new(variant, "values", values);
		json_decref(names);
	}
}

/* Every condition with what it compares: how far it is from turning can be told from it. */
static void add_conditions(json_t *result, const json_t *experiment, const json_t *names)
{
	static const char *const parts[] = { "provided", "rule" };
	json_t *conditions = json_array(), *condition;
	char why[EXPRESSION_WHY];
	size_t i, j;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		json_array_foreach(json_object_get(experiment, parts[i]), j, condition) {
			const char *text = json_string_value(condition);
			json_t *holds = expression_eval(text, names, why);

			json_array_append_new(conditions,
					      json_pack("{s:s, s:O, s:o, s:o}", "of", parts[i],
							"text", condition, "holds",
							holds ? holds : json_null(), "comparisons",
							expression_comparisons(text, names)));
		}
	json_object_set_new(result, "conditions", conditions);
}

/*
 * The first mark of a measured run: an experiment with one is not judged. It is of a round that was
 * not set aside, so no round was without.
 */
static bool is_marked(json_t *result)
{
	json_t *variant, *repeat;
	size_t i, j;

	json_array_foreach(json_object_get(result, "variants"), i, variant) {
		json_array_foreach(json_object_get(variant, "repeats"), j, repeat) {
			const json_t *marks = json_object_get(repeat, "marks");

			if (!json_array_size(marks) ||
			    json_is_true(json_object_get(repeat, "warmup")) ||
			    json_is_true(json_object_get(repeat, "set_aside")))
				continue;
			inconclusive(result, "Every run of %s was disturbed; in the last, %s.",
				     json_text_at(variant, "name"),
				     json_string_value(json_array_get(marks, 0)));
			return true;
		}
	}
	return false;
}

/*
 * Whether all `conditions` hold; what is false is added to failed[WHY_MAX]. -1 where one is unknown
 * or unreadable, which why[WHY_MAX] tells.
 */
static int all_hold(const json_t *conditions, const json_t *names, char *failed, char *why)
{
	char unknown[EXPRESSION_WHY];
	json_t *condition;
	int hold = 1;
	size_t i;

	failed[0] = '\0';
	json_array_foreach(conditions, i, condition) {
		const char *text = json_string_value(condition);
		json_t *value = expression_eval(text, names, unknown);
		bool is_false = json_is_false(value), known = is_false || json_is_true(value);

		json_decref(value);
		if (!known) {
			snprintf(why, WHY_MAX, "%s: %s", text,
				 *unknown ? unknown : "this is no condition");
			return -1;
		}
		if (is_false) {
			size_t length = strlen(failed);

			snprintf(failed + length, WHY_MAX - length, "%s%s", hold ? "" : "; ", text);
			hold = 0;
		}
	}
	return hold;
}

/* The verdict; failed[WHY_MAX]: what of the rule does not hold; why[]: why there is no verdict. */
static const char *judge(const json_t *experiment, const json_t *names, char *failed, char *why)
{
	const char *verdict = json_text_at(experiment, "verdict");
	int hold = all_hold(json_object_get(experiment, "provided"), names, failed, why);

	if (hold == 0)
		snprintf(why, WHY_MAX,
			 "The run does not show what it should have: %.3900s does not hold.",
			 failed);
	if (hold == 1) {
		hold = all_hold(json_object_get(experiment, "rule"), names, failed, why);
		if (hold == 1)
			return verdict;
		if (hold == 0)
			return strcmp(verdict, VERDICT_SUPPORTED) ? VERDICT_SUPPORTED
								  : VERDICT_REFUTED;
	}
	return VERDICT_INCONCLUSIVE;
}

const char *lab_verdict(const json_t *experiment, const json_t *names)
{
	char failed[WHY_MAX], why[WHY_MAX];

	return judge(experiment, names, failed, why);
}

/* Why it is so, in the experiment's words with this run's numbers. */
static void explain(json_t *result, const json_t *experiment, const json_t *names, bool hold,
		    const char *failed)
{
	const char *words = json_text_at(experiment, hold ? "why" : "otherwise");
	char text[2 * WHY_MAX], error[EXPRESSION_WHY];

	if (!words)
		snprintf(text, sizeof(text), "This did not hold: %s.", failed);
	else if (expression_fill(words, names, text, sizeof(text), error) < 0)
		snprintf(text, sizeof(text), "%s.", error);
	json_object_set_new(result, "why", json_string(text));
}

/* Whether the rounds, each by itself, came to `verdict` as well. */
static bool rounds_agree(const json_t *result, const char *verdict)
{
	const json_t *rounds = json_object_get(result, "rounds");
	const json_t *planned = json_object_get(result, "rounds_planned");

	return lab_rounds_agree(rounds, json_integer_value(planned), verdict,
				json_text_at(result, "expected"));
}

static void decide(json_t *result, const json_t *experiment, const json_t *names)
{
	char failed[WHY_MAX], why[WHY_MAX], rounds[100];
	const char *verdict = judge(experiment, names, failed, why);

	if (!strcmp(verdict, VERDICT_INCONCLUSIVE)) {
		lab_undecided(result, verdict, why);
	} else if (!rounds_agree(result, verdict)) {
		lab_rounds_text(json_object_get(result, "rounds"), rounds, sizeof(rounds));
		inconclusive(result, "The rounds do not agree: judged one by one, %s.", rounds);
	} else {
		json_object_set_new(result, "verdict", json_string(verdict));
		if (*failed)
			json_object_set_new(result, "failed", json_string(failed));
		explain(result, experiment, names, !*failed, failed);
	}
}

void lab_judge(json_t *result, const json_t *experiment, int n)
{
	const json_t *decides = json_object_get(experiment, "decides");
	json_t *names = names_of(result, n), *value;
	char why[EXPRESSION_WHY];

	value = expression_eval(json_text_at(decides, "value"), names, why);
	json_object_set(result, "decides", json_object_get(decides, "label"));
	json_object_set(result, "decides_digits", json_object_get(decides, "digits"));
	json_object_set_new(result, "value", value ? value : json_null());
	add_values(result, n);
	add_conditions(result, experiment, names);
	if (!is_marked(result))
		decide(result, experiment, names);
	json_decref(names);
}

int lab_status(const json_t *lab)
{
	bool differs = false, undecided = false, shown = false;
	json_t *result;
	size_t i;

	json_array_foreach(json_object_get(lab, "experiments"), i, result) {
		const char *verdict = json_text_at(result, "verdict");

		if (!strcmp(verdict, VERDICT_NOT_SHOWN))
			continue;
		shown = true;
		if (!strcmp(verdict, VERDICT_INCONCLUSIVE))
			undecided = true;
		else if (strcmp(verdict, json_text_at(result, "expected")))
			differs = true;
	}
	if (differs)
		return EXIT_FAILED;
	if (undecided || json_is_true(json_object_get(lab, "interrupted")))
		return EXIT_NOT_WHOLE;
	return shown ? EXIT_GOOD : EXIT_CANNOT;
}
