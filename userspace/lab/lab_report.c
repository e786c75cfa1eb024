/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>
#include "common/json_build.h"
#include "common/text_format.h"
#include "common/text_table.h"
#include "expression.h"
#include "lab_rounds.h"

#define COLUMNS_MAX 64 /* of an experiment file, and ours */
#define LINE_MAX_BYTES 6000

static const char *text_or_empty(const json_t *object, const char *key)
{
	const char *text = json_text_at(object, key);

	return text ? text : "";
}

static bool is(const json_t *object, const char *key, const char *text)
{
	return !strcmp(text_or_empty(object, key), text);
}

/* One labelled paragraph. */
__attribute__((format(printf, 3, 4))) static void paragraph(FILE *out, const char *label,
							    const char *format, ...)
{
	char line[LINE_MAX_BYTES];
	int length = snprintf(line, sizeof(line), "%s: ", label);
	va_list args;

	va_start(args, format);
	vsnprintf(line + length, sizeof(line) - length, format, args);
	va_end(args);
	print_wrapped(out, line, 4);
}

/* A measured value: with so many digits, or as expression_fill() would print it. */
static void value_text(const json_t *value, const json_t *digits, char *out, size_t size)
{
	char why[EXPRESSION_WHY], format[16] = "{value}";
	json_t *names;

	if (!value || json_is_null(value) || json_is_array(value)) {
		snprintf(out, size, "-");
		return;
	}
	if (digits && json_is_number(value))
		snprintf(format, sizeof(format), "{value:%d}", (int)json_integer_value(digits));
	names = json_pack("{s:O}", "value", value);
	if (expression_fill(format, names, out, size, why) < 0)
		snprintf(out, size, "-");
	json_decref(names);
}

/* What ran: "4 x spin as threads", or the command. */
static void work_text(const json_t *variant, char *out, size_t size)
{
	const json_t *run = json_object_get(json_object_get(variant, "report"), "run"), *word;
	size_t length = 0, i;

	if (json_object_get(variant, "workload")) {
		snprintf(out, size, "%lld x %s, %s",
			 (long long)json_integer_value(json_object_get(run, "units")),
			 text_or_empty(variant, "workload"), text_or_empty(run, "model"));
		return;
	}
	out[0] = '\0';
	json_array_foreach(json_object_get(variant, "command"), i, word)
		if (length < size)
			length += snprintf(out + length, size - length, "%s%s", i ? " " : "",
					   json_string_value(word));
}

/* "two, all": the variant's name and those that it stands for here. */
static void name_text(const json_t *variant, char *out, size_t size)
{
	size_t length = snprintf(out, size, "%s", text_or_empty(variant, "name")), i;
	const json_t *also;

	json_array_foreach(json_object_get(variant, "also"), i, also)
		if (length < size)
			length += snprintf(out + length, size - length, ", %s",
					   json_string_value(also));
}

static void variant_row(struct text_table *table, const json_t *variant, const json_t *columns)
{
	const json_t *program = json_object_get(json_object_get(variant, "report"), "program"),
		     *column;
	const json_t *wall_s = json_object_get(program, "wall_s");
	const char *cpus = text_or_empty(variant, "cpus");
	char text[200];
	size_t i;

	text_table_row(table);
	name_text(variant, text, sizeof(text));
	text_table_cell(table, 0, text);
	work_text(variant, text, sizeof(text));
	text_table_cell(table, 1, text);
	text_table_cell(table, 2, *cpus ? cpus : "all");
	text_table_cell(table, 3,
			json_is_number(wall_s)
				? format_duration(llround(1e9 * json_number_value(wall_s))).s
				: "-");
	json_array_foreach(columns, i, column) {
		value_text(json_array_get(json_object_get(variant, "values"), i),
			   json_object_get(column, "digits"), text, sizeof(text));
		text_table_cell(table, 4 + i, text);
	}
}

static void variants_table(const json_t *result, FILE *out)
{
	struct text_column columns[COLUMNS_MAX + 4] = {
		{ .name = "variant" },
		{ .name = "work", .flags = COLUMN_TEXT },
		{ .name = "cpus", .flags = COLUMN_TEXT },
		{ .name = "wall", .flags = COLUMN_NUMBER },
	};
	const json_t *given = json_object_get(result, "columns"), *column, *variant;
	struct text_table table;
	size_t count = 4, i;

	json_array_foreach(given, i, column)
		columns[count++] = (struct text_column){ .name = text_or_empty(column, "label"),
							 .flags = COLUMN_NUMBER };
	text_table_open(&table, out, false, columns, count);
	json_array_foreach(json_object_get(result, "variants"), i, variant)
		variant_row(&table, variant, given);
	text_table_close(&table);
}

static void sentences(const json_t *result, FILE *out)
{
	const json_t *variant;
	size_t i;

	json_array_foreach(json_object_get(result, "variants"), i, variant) {
		const json_t *report = json_object_get(variant, "report");
		const char *sentence =
			text_or_empty(json_object_get(report, "program"), "sentence");

		if (*sentence)
			paragraph(out, text_or_empty(variant, "name"), "%s", sentence);
	}
}

/* Only where the rounds that were planned did not all come to the same. */
static void rounds_line(const json_t *result, FILE *out)
{
	const json_t *rounds = json_object_get(result, "rounds"), *round;
	const char *verdict = text_or_empty(result, "verdict");
	char text[100];
	size_t i;

	json_array_foreach(rounds, i, round)
		if (strcmp(json_string_value(round), verdict))
			break;
	if (i == json_array_size(rounds))
		return;
	lab_rounds_text(rounds, text, sizeof(text));
	paragraph(out, "Rounds", "%zu, judged one by one: %s", json_array_size(rounds), text);
}

void lab_report_experiment(const json_t *result, FILE *out)
{
	fprintf(out, "\n== %s\n", text_or_empty(result, "name"));
	paragraph(out, "Question", "%s", text_or_empty(result, "question"));
	if (json_object_get(result, "control"))
		paragraph(out, "Control", "%s", text_or_empty(result, "control"));
	if (json_object_get(result, "prediction"))
		paragraph(out, "Prediction", "%s", text_or_empty(result, "prediction"));
	if (json_array_size(json_object_get(result, "variants"))) {
		fputc('\n', out);
		variants_table(result, out);
		fputc('\n', out);
		sentences(result, out);
		fputc('\n', out);
	}
	rounds_line(result, out);
	paragraph(out, "Verdict", "%s: %s", text_or_empty(result, "verdict"),
		  text_or_empty(result, "claim"));
	paragraph(out, "Why", "%s", text_or_empty(result, "why"));
	if (json_object_get(result, "failed"))
		paragraph(out, "Not as expected", "this did not hold: %s",
			  text_or_empty(result, "failed"));
	if (!json_object_get(result, "control"))
		paragraph(out, "Next", "%s", text_or_empty(result, "next"));
}

static const char *as_expected(const json_t *result)
{
	if (is(result, "verdict", VERDICT_NOT_SHOWN))
		return "not counted";
	if (is(result, "verdict", VERDICT_INCONCLUSIVE))
		return "no verdict";
	return is(result, "verdict", text_or_empty(result, "expected")) ? "as expected"
									: "NOT as expected";
}

/* How many predictions there are, and how many the traces proved right. */
static void print_score(const json_t *experiments, FILE *out)
{
	unsigned made = 0, right = 0;
	const json_t *result;
	size_t i;

	json_array_foreach(experiments, i, result) {
		if (!json_object_get(result, "prediction") ||
		    (!is(result, "verdict", VERDICT_SUPPORTED) &&
		     !is(result, "verdict", VERDICT_REFUTED)))
			continue;
		made++;
		right += is(result, "verdict", text_or_empty(result, "prediction"));
	}
	if (made)
		fprintf(out, "Predictions: %u of %u right.\n", right, made);
}

void lab_report_summary(const json_t *lab, FILE *out)
{
	static const struct text_column columns[] = { { .name = "experiment" },
						      { .name = "verdict" },
						      { .name = "" },
						      { .name = "decided by",
							.flags = COLUMN_TEXT },
						      { .name = "value", .flags = COLUMN_NUMBER } };
	const json_t *experiments = json_object_get(lab, "experiments"), *result;
	struct text_table table;
	char text[64];
	size_t i;

	fprintf(out, "\n== summary%s\n",
		json_is_true(json_object_get(lab, "quick")) ? " (quick: one measured run of most)"
							    : "");
	text_table_open(&table, out, false, columns, sizeof(columns) / sizeof(columns[0]));
	json_array_foreach(experiments, i, result) {
		text_table_row(&table);
		text_table_cell(&table, 0, text_or_empty(result, "name"));
		text_table_cell(&table, 1, text_or_empty(result, "verdict"));
		text_table_cell(&table, 2, as_expected(result));
		text_table_cell(&table, 3, text_or_empty(result, "decides"));
		value_text(json_object_get(result, "value"),
			   json_object_get(result, "decides_digits"), text, sizeof(text));
		text_table_cell(&table, 4, text);
	}
	text_table_close(&table);
	print_score(experiments, out);
}
