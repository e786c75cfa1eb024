/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_VALUE_H
#define EXPRESSION_VALUE_H

#include <jansson.h>

/*
 * Arithmetic on JSON values, for expression.c. A value is a number, a boolean, a string, null
 * (unknown) or an array of those. Unknown stays unknown, except where the rest decides alone
 * (false and unknown is false). An array meets a single value, or an array of its length,
 * element by element. Numbers are doubles; one that is not finite (x / 0) is unknown.
 */
enum value_operator {
	VALUE_ADD,
	VALUE_SUBTRACT,
	VALUE_MULTIPLY,
	VALUE_DIVIDE,
	VALUE_LESS,
	VALUE_LESS_EQUAL,
	VALUE_GREATER,
	VALUE_GREATER_EQUAL,
	VALUE_EQUAL,
	VALUE_NOT_EQUAL,
	VALUE_AND,
	VALUE_OR,
};

/*
 * All return a new reference, or NULL where the types do not fit; *error then points to a constant
 * text. Arguments are borrowed.
 */
json_t *value_binary(enum value_operator op, json_t *a, json_t *b, const char **error);
json_t *value_not(json_t *a, const char **error);

/*
 * The function `name` (`length` bytes): abs(x), within(x, of, share), and over all elements of all
 * arguments sum, min, max, mean, median, count, distinct, all, any.
 */
json_t *value_function(const char *name, size_t length, json_t *const *arguments, size_t count,
		       const char **error);

#endif
