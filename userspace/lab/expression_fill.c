/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "expression.h"

/* `decimals` of -1: three digits that count, whole numbers whole. */
static void print_value(const json_t *value, int decimals, char *out, size_t size)
{
	double x = json_number_value(value);

	if (json_is_string(value))
		snprintf(out, size, "%s", json_string_value(value));
	else if (json_is_boolean(value))
		snprintf(out, size, "%s", json_is_true(value) ? "yes" : "no");
	else if (!json_is_number(value))
		snprintf(out, size, "unknown");
	else if (decimals >= 0)
		snprintf(out, size, "%.*f", decimals, x);
	else if (x == floor(x) || fabs(x) >= 1000)
		snprintf(out, size, "%.0f", x);
	else
		snprintf(out, size, "%.3g", x);
}

/* The value of what stands between two braces, as text. 0 or -1. */
static int fill_one(const char *inside, size_t length, const json_t *names, char *out, size_t size,
		    char *why)
{
	char text[EXPRESSION_LENGTH_MAX + 1];
	int decimals = -1;
	json_t *value;

	if (length >= sizeof(text)) {
		snprintf(why, EXPRESSION_WHY, "an expression is too long");
		return -1;
	}
	memcpy(text, inside, length);
	text[length] = '\0';
	if (length > 2 && text[length - 2] == ':' && isdigit((unsigned char)text[length - 1])) {
		decimals = text[length - 1] - '0';
		text[length - 2] = '\0';
	}
	value = expression_eval(text, names, why);
	if (!value)
		return -1;
	print_value(value, decimals, out, size);
	json_decref(value);
	return 0;
}

int expression_fill(const char *text, const json_t *names, char *out, size_t size, char *why)
{
	size_t used = 0;

	why[0] = '\0';
	while (*text) {
		size_t literal = strcspn(text, "{"), room = size - used;
		const char *close;

		if (literal >= room) {
			snprintf(why, EXPRESSION_WHY, "the text is too long");
			return -1;
		}
		memcpy(out + used, text, literal);
		used += literal;
		text += literal;
		if (!*text)
			break;
		close = strchr(text, '}');
		if (!close) {
			snprintf(why, EXPRESSION_WHY, "a '{' is not closed");
			return -1;
		}
		if (fill_one(text + 1, close - text - 1, names, out + used, size - used, why) < 0)
			return -1;
		used += strlen(out + used);
		text = close + 1;
	}
	out[used] = '\0';
	return 0;
}
