/* SPDX-License-Identifier: MIT */
#include "experiment.h"
#include "experiment_field.h"
#include <stdio.h>
#include <string.h>

static const struct field file_fields[] = {
	{ "schema", FIELD_SCHEMA, true },
	{ "name", FIELD_WORD, true },
	{ "order", FIELD_COUNT, false },
	{ "claim", FIELD_TEXT, true },
	{ "question", FIELD_TEXT, true },
	{ "requires", FIELD_TEXT, false }, /* an expression: see check_requires */
	{ "variants", FIELD_OBJECTS, true },
	{ "columns", FIELD_OBJECTS, false },
	{ "decides", FIELD_OBJECT, true },
	{ "provided", FIELD_EXPRESSIONS, false },
	{ "rule", FIELD_EXPRESSIONS, true },
	{ "verdict", FIELD_VERDICT, true },
	{ "why", FIELD_FILLED, true },
	{ "otherwise", FIELD_FILLED, false },
	{ "next", FIELD_TEXT, true },
	{ "control", FIELD_OBJECT, false },
	{ NULL },
};

static const struct field variant_fields[] = {
	{ "name", FIELD_NAME, true },	      { "workload", FIELD_WORD, false },
	{ "command", FIELD_COMMAND, false },  { "as", FIELD_MODEL, false },
	{ "units", FIELD_AMOUNT, false },     { "work", FIELD_AMOUNT, false },
	{ "set", FIELD_SETS, false },	      { "threads", FIELD_AMOUNT, false },
	{ "processes", FIELD_AMOUNT, false }, { "pin", FIELD_TEXT, false },
	{ "nice", FIELD_TEXT, false },	      { "cpus", FIELD_AMOUNT, false },
	{ "repeats", FIELD_COUNT, false },    { NULL },
};

/* The same table does for columns and for what decides. */
static const struct field column_fields[] = {
	{ "label", FIELD_TEXT, true },
	{ "value", FIELD_EXPRESSION, true },
	{ "digits", FIELD_DIGITS, false },
	{ NULL },
};

static const struct field control_fields[] = {
	{ "says", FIELD_TEXT, true },
	{ "requires", FIELD_TEXT, false },
	{ "variants", FIELD_OBJECT, true },
	{ NULL },
};

/* The one expression that knows only n. */
static const struct field requires_fields[] = { { "requires", FIELD_EXPRESSION, true }, { NULL } };

/* What a column may name: the sections of a report (INTERFACE.md), for one variant at a time. */
static json_t *report_names(void)
{
	return json_pack(
		"{s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n, s:n}", "n",
		"machine", "run", "trust", "program", "accounting", "cpus", "tasks", "migrations",
		"latency", "coroutines", "locks", "cost", "truth", "repeats");
}

static int check_variant(struct check *c, const json_t *variant)
{
	/* they say how a bundled workload runs; a command knows for itself */
	static const char *const of_workload[] = { "as",  "units", "threads", "processes", "work",
						   "set", "pin",   "nice",    NULL };
	bool workload = json_object_get(variant, "workload");
	bool command = json_object_get(variant, "command");

	if (check_fields(c, variant, variant_fields) < 0)
		return -1;
	if (workload == command)
		return check_wrong(c, "either 'workload' or 'command' is needed");
	for (int i = 0; command && of_workload[i]; i++)
		if (json_object_get(variant, of_workload[i]))
			return check_wrong(c, "'%s' is for a workload, not for a command",
					   of_workload[i]);
	return 0;
}

static int check_variants(struct check *c, const json_t *variants)
{
	size_t length = check_enter(c, "variants", 0), i, inner;
	json_t *names, *variant;

	if (check_objects(c, variants) < 0)
		return -1;
	names = json_pack("{s:b}", "n", 1);
	json_array_foreach(variants, i, variant) {
		const char *name = json_string_value(json_object_get(variant, "name"));

		inner = check_enter(c, NULL, i);
		if (check_variant(c, variant) < 0)
			break;
		if (json_object_get(names, name)) {
			check_wrong(c, "the name '%s' is taken", name);
			break;
		}
		json_object_set_new(names, name, json_true());
		check_leave(c, inner);
	}
	json_decref(names);
	if (i < json_array_size(variants))
		return -1;
	check_leave(c, length);
	return 0;
}

static int check_requires(struct check *c, const json_t *object)
{
	json_t *alone = json_pack("{s:O*}", "requires", json_object_get(object, "requires"));
	json_t *n = json_pack("{s:n}", "n");
	struct check of_n = *c;
	int status;

	of_n.names = n;
	status = json_object_size(alone) ? check_fields(&of_n, alone, requires_fields) : 0;
	json_decref(alone);
	json_decref(n);
	return status;
}

/* Whether `changes`, what a control changes of each variant, is of that shape. */
static int check_changes(struct check *c, const json_t *changes, const json_t *variants)
{
	json_t *variant, *change;
	const char *name;
	size_t i;

	json_object_foreach((json_t *)changes, name, change) {
		bool found = false;

		json_array_foreach(variants, i, variant)
			found |= !strcmp(json_string_value(json_object_get(variant, "name")), name);
		if (!found)
			return check_wrong(c, "there is no variant '%.40s'", name);
		if (!json_is_object(change) || json_object_get(change, "name"))
			return check_wrong(c, "'%s' must be an object without a name", name);
	}
	return 0;
}

/* The control, and that its changes leave sound variants. */
static int check_control(struct check *c, const json_t *experiment)
{
	const json_t *control = json_object_get(experiment, "control");
	size_t length = check_enter(c, "control", 0);
	json_t *variants;
	int status;

	if (check_fields(c, control, control_fields) < 0 || check_requires(c, control) < 0 ||
	    check_changes(c, json_object_get(control, "variants"),
			  json_object_get(experiment, "variants")) < 0)
		return -1;
	variants = experiment_variants(experiment, 1);
	status = check_variants(c, variants);
	json_decref(variants);
	check_leave(c, length);
	return status;
}

static int check_columns(struct check *c, const json_t *columns)
{
	size_t length = check_enter(c, "columns", 0), i, inner;
	json_t *column;

	json_array_foreach(columns, i, column) {
		inner = check_enter(c, NULL, i);
		if (check_fields(c, column, column_fields) < 0)
			return -1;
		check_leave(c, inner);
	}
	check_leave(c, length);
	return 0;
}

static int check_decides(struct check *c, const json_t *decides)
{
	size_t length = check_enter(c, "decides", 0);

	if (check_fields(c, decides, column_fields) < 0)
		return -1;
	check_leave(c, length);
	return 0;
}

/* n and the variants' names, each null: what rules and texts may use. */
static json_t *variant_names(const json_t *variants)
{
	json_t *names = json_pack("{s:n}", "n"), *variant;
	size_t i;

	json_array_foreach(variants, i, variant) {
		const char *name = json_string_value(json_object_get(variant, "name"));

		if (name && check_is_name(name))
			json_object_set_new(names, name, json_null());
	}
	return names;
}

int experiment_check(const json_t *json, const char *name, char *error)
{
	json_t *of_variants = variant_names(json_object_get(json, "variants"));
	json_t *of_report = report_names();
	struct check c = { .error = error, .names = of_variants };
	int status;

	error[0] = '\0';
	/* the variants first: all expressions name them */
	status = json_object_get(json, "variants")
			 ? check_variants(&c, json_object_get(json, "variants"))
			 : 0;
	if (!status)
		status = check_fields(&c, json, file_fields);
	if (!status && strcmp(json_string_value(json_object_get(json, "name")), name))
		status = check_wrong(&c, "name: the file must be called NAME.json");
	if (!status)
		status = check_requires(&c, json);
	if (!status)
		status = check_decides(&c, json_object_get(json, "decides"));
	if (!status && json_object_get(json, "control"))
		status = check_control(&c, json);
	c.names = of_report;
	if (!status)
		status = check_columns(&c, json_object_get(json, "columns"));
	json_decref(of_variants);
	json_decref(of_report);
	return status;
}
