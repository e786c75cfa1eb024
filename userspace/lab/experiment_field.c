/* SPDX-License-Identifier: MIT */
#include "experiment_field.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "common/text_clean.h"
#include "experiment.h"
#include "expression.h"
#include "record/run_options.h"

#define TEXT_MAX 1000
#define WORD_MAX 40
#define LIST_MAX 64

int check_wrong(struct check *c, const char *what, ...)
{
	int length = snprintf(c->error, EXPERIMENT_ERROR, "%s%s", c->place, *c->place ? ": " : "");
	va_list args;

	va_start(args, what);
	vsnprintf(c->error + length, EXPERIMENT_ERROR - length, what, args);
	va_end(args);
	return -1;
}

size_t check_enter(struct check *c, const char *key, size_t index)
{
	size_t length = strlen(c->place);

	if (key)
		snprintf(c->place + length, sizeof(c->place) - length, "%s%.40s", length ? "." : "",
			 key);
	else
		snprintf(c->place + length, sizeof(c->place) - length, "[%zu]", index);
	return length;
}

void check_leave(struct check *c, size_t length)
{
	c->place[length] = '\0';
}

static int check_text(struct check *c, const json_t *value)
{
	char clean[4 * TEXT_MAX + 1];
	const char *text = json_string_value(value);

	if (!text || !*text)
		return check_wrong(c, "a text expected");
	if (strlen(text) > TEXT_MAX)
		return check_wrong(c, "longer than %d bytes", TEXT_MAX);
	if (strlen(text) != json_string_length(value) ||
	    strcmp(text_clean(clean, sizeof(clean), text, strlen(text)), text))
		return check_wrong(c, "holds a control character");
	return 0;
}

bool check_is_name(const char *name)
{
	size_t length = strlen(name);

	return length && length <= WORD_MAX && !isdigit((unsigned char)*name) &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
		       length;
}

static int check_word(struct check *c, const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text || !*text || strlen(text) > WORD_MAX || *text == '-' ||
	    strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(text))
		return check_wrong(c, "lower-case letters, digits and '-' expected, at most %d",
				   WORD_MAX);
	return 0;
}

static int check_one_of(struct check *c, const json_t *value, const char *const *words)
{
	const char *text = json_string_value(value);
	char all[120] = "";

	for (; *words; words++) {
		if (text && !strcmp(text, *words))
			return 0;
		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s'%s'", *all ? " or " : "",
			 *words);
	}
	return check_wrong(c, "%s expected", all);
}

static int check_range(struct check *c, const json_t *value, json_int_t min, json_int_t max)
{
	if (!json_is_integer(value) || json_integer_value(value) < min ||
	    json_integer_value(value) > max)
		return check_wrong(c, "a whole number from %lld to %lld expected", (long long)min,
				   (long long)max);
	return 0;
}

static int check_expression(struct check *c, const json_t *value, const json_t *names)
{
	char why[EXPRESSION_WHY];
	json_t *result;

	if (check_text(c, value) < 0)
		return -1;
	result = expression_eval(json_string_value(value), names, why);
	if (!result)
		return check_wrong(c, "%s", why);
	json_decref(result);
	return 0;
}

static int check_amount(struct check *c, const json_t *value)
{
	json_t *n;
	int status;

	if (!json_is_string(value))
		return check_range(c, value, 1, 1000000000000);
	n = json_pack("{s:n}", "n");
	status = check_expression(c, value, n);
	json_decref(n);
	return status;
}

static int check_filled(struct check *c, const json_t *value)
{
	char why[EXPRESSION_WHY], out[4 * TEXT_MAX];

	if (check_text(c, value) < 0)
		return -1;
	if (expression_fill(json_string_value(value), c->names, out, sizeof(out), why) < 0)
		return check_wrong(c, "%s", why);
	return 0;
}

/* A list of texts or of expressions. */
static int check_list(struct check *c, const json_t *value, bool expressions)
{
	size_t i, length;
	json_t *element;

	if (!json_array_size(value) || json_array_size(value) > LIST_MAX)
		return check_wrong(c, "a list of 1 to %d texts expected", LIST_MAX);
	json_array_foreach(value, i, element) {
		length = check_enter(c, NULL, i);
		if ((expressions ? check_expression(c, element, c->names)
				 : check_text(c, element)) < 0)
			return -1;
		check_leave(c, length);
	}
	return 0;
}

static int check_sets(struct check *c, const json_t *value)
{
	const char *key;
	json_t *element;
	size_t length;

	if (!json_object_size(value) || json_object_size(value) > MAX_SETS)
		return check_wrong(c, "an object of 1 to %d parameters expected", MAX_SETS);
	json_object_foreach((json_t *)value, key, element) {
		length = check_enter(c, key, 0);
		if (!check_is_name(key))
			return check_wrong(c, "this is no parameter's name");
		if (!json_is_number(element) && check_text(c, element) < 0)
			return -1;
		check_leave(c, length);
	}
	return 0;
}

int check_objects(struct check *c, const json_t *value)
{
	if (!json_array_size(value) || json_array_size(value) > LIST_MAX)
		return check_wrong(c, "a list of 1 to %d objects expected", LIST_MAX);
	return 0;
}

static int check_value(struct check *c, const json_t *value, enum field_kind kind)
{
	static const char *const verdicts[] = { "supported", "refuted", NULL };
	static const char *const models[] = { "serial", "processes", "threads", "coroutines",
					      NULL };
	static const char *const schemas[] = { EXPERIMENT_SCHEMA, NULL };

	switch (kind) {
	case FIELD_SCHEMA:
		return check_one_of(c, value, schemas);
	case FIELD_VERDICT:
		return check_one_of(c, value, verdicts);
	case FIELD_MODEL:
		return check_one_of(c, value, models);
	case FIELD_TEXT:
		return check_text(c, value);
	case FIELD_FILLED:
		return check_filled(c, value);
	case FIELD_WORD:
		return check_word(c, value);
	case FIELD_NAME:
		return json_is_string(value) && check_is_name(json_string_value(value))
			       ? 0
			       : check_wrong(c, "letters, digits and '_' expected, at most %d",
					     WORD_MAX);
	case FIELD_AMOUNT:
		return check_amount(c, value);
	case FIELD_COUNT:
		return check_range(c, value, 1, 100);
	case FIELD_DIGITS:
		return check_range(c, value, 0, 9);
	case FIELD_EXPRESSION:
		return check_expression(c, value, c->names);
	case FIELD_EXPRESSIONS:
		return check_list(c, value, true);
	case FIELD_COMMAND:
		return check_list(c, value, false);
	case FIELD_SETS:
		return check_sets(c, value);
	case FIELD_OBJECT:
		return json_is_object(value) ? 0 : check_wrong(c, "an object expected");
	case FIELD_OBJECTS:
		return check_objects(c, value);
	}
	return -1;
}

static const struct field *find_field(const struct field *fields, const char *key)
{
	while (fields->key && strcmp(fields->key, key))
		fields++;
	return fields->key ? fields : NULL;
}

int check_fields(struct check *c, const json_t *object, const struct field *fields)
{
	const char *key;
	json_t *value;
	size_t length;

	if (!json_is_object(object))
		return check_wrong(c, "an object expected");
	for (const struct field *field = fields; field->key; field++)
		if (field->needed && !json_object_get(object, field->key))
			return check_wrong(c, "the key '%s' is missing", field->key);
	json_object_foreach((json_t *)object, key, value) {
		const struct field *field = find_field(fields, key);

		length = check_enter(c, key, 0);
		if (!field)
			return check_wrong(c, "no such key here");
		if (check_value(c, value, field->kind) < 0)
			return -1;
		check_leave(c, length);
	}
	return 0;
}
