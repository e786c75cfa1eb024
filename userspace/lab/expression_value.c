/* SPDX-License-Identifier: MIT */
#include "expression_value.h"
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *wrong(const char **error, const char *text)
{
	*error = text;
	return NULL;
}

static json_t *logic(bool conjunction, json_t *a, json_t *b, const char **error)
{
	json_t *decisive = conjunction ? json_false() : json_true();

	if ((!json_is_boolean(a) && !json_is_null(a)) || (!json_is_boolean(b) && !json_is_null(b)))
		return wrong(error, "'and', 'or' and 'not' need conditions, not numbers");
	if (a == decisive || b == decisive)
		return decisive;
	if (json_is_null(a) || json_is_null(b))
		return json_null();
	return conjunction ? json_true() : json_false();
}

static json_t *scalar(enum value_operator op, json_t *a, json_t *b, const char **error)
{
	double x, y;

	if (op == VALUE_AND || op == VALUE_OR)
		return logic(op == VALUE_AND, a, b, error);
	if (json_is_null(a) || json_is_null(b))
		return json_null();
	if ((op == VALUE_EQUAL || op == VALUE_NOT_EQUAL) && !json_is_number(a) &&
	    !json_is_number(b))
		return json_boolean(json_equal(a, b) == (op == VALUE_EQUAL));
	if (!json_is_number(a) || !json_is_number(b))
		return wrong(error, "numbers are needed on both sides");
	x = json_number_value(a);
	y = json_number_value(b);
	switch (op) {
	case VALUE_ADD:
		return number(x + y);
	case VALUE_SUBTRACT:
		return number(x - y);
	case VALUE_MULTIPLY:
		return number(x * y);
	case VALUE_DIVIDE:
		return y == 0 ? json_null() : number(x / y);
	case VALUE_LESS:
		return json_boolean(x < y);
	case VALUE_LESS_EQUAL:
		return json_boolean(x <= y);
	case VALUE_GREATER:
		return json_boolean(x > y);
	case VALUE_GREATER_EQUAL:
		return json_boolean(x >= y);
	case VALUE_EQUAL:
		return json_boolean(x == y);
	default:
		return json_boolean(x != y);
	}
}

json_t *value_binary(enum value_operator op, json_t *a, json_t *b, const char **error)
{
	size_t count = json_array_size(json_is_array(a) ? a : b);
	json_t *result;

	if (!json_is_array(a) && !json_is_array(b))
		return scalar(op, a, b, error);
	if (json_is_array(a) && json_is_array(b) && json_array_size(a) != json_array_size(b))
		return wrong(error, "two lists of different lengths");
	result = json_array();
	for (size_t i = 0; i < count; i++) {
		json_t *element = scalar(op, json_is_array(a) ? json_array_get(a, i) : a,
					 json_is_array(b) ? json_array_get(b, i) : b, error);

		if (!element) {
			json_decref(result);
			return NULL;
		}
		json_array_append_new(result, element);
	}
	return result;
}

json_t *value_not(json_t *a, const char **error)
{
	if (json_is_null(a))
		return json_null();
	if (!json_is_boolean(a))
		return wrong(error, "'and', 'or' and 'not' need conditions, not numbers");
	return json_boolean(json_is_false(a));
}

static json_t *absolute(json_t *a, const char **error)
{
	json_t *zero = json_real(0), *negative, *element, *result;
	size_t i;

	negative = value_binary(VALUE_SUBTRACT, zero, a, error);
	json_decref(zero);
	if (!negative || json_is_null(negative))
		return negative;
	if (!json_is_array(negative)) {
		result = number(fabs(json_number_value(negative)));
	} else {
		result = json_array();
		json_array_foreach(negative, i, element)
			json_array_append_new(result,
					      json_is_null(element)
						      ? json_null()
						      : number(fabs(json_number_value(element))));
	}
	json_decref(negative);
	return result;
}

/* |x - of| <= share * |of|, as if it had been written so. */
static json_t *within(json_t *x, json_t *of, json_t *share, const char **error)
{
	json_t *difference = value_binary(VALUE_SUBTRACT, x, of, error);
	json_t *distance = difference ? absolute(difference, error) : NULL;
	json_t *size = distance ? absolute(of, error) : NULL;
	json_t *limit = size ? value_binary(VALUE_MULTIPLY, share, size, error) : NULL;
	json_t *result = limit ? value_binary(VALUE_LESS_EQUAL, distance, limit, error) : NULL;

	json_decref(difference);
	json_decref(distance);
	json_decref(size);
	json_decref(limit);
	return result;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The statistic `name` of x[0 .. count - 1], which is sorted on return. */
static json_t *statistic(const char *name, double *x, size_t count, const char **error)
{
	double sum = 0;

	qsort(x, count, sizeof(*x), by_size);
	for (size_t i = 0; i < count; i++)
		sum += x[i];
	if (!strcmp(name, "sum"))
		return number(sum);
	if (!count)
		return json_null();
	if (!strcmp(name, "min"))
		return number(x[0]);
	if (!strcmp(name, "max"))
		return number(x[count - 1]);
	if (!strcmp(name, "mean"))
		return number(sum / count);
	if (!strcmp(name, "distinct")) {
		size_t distinct = 1;

		for (size_t i = 1; i < count; i++)
			distinct += x[i] != x[i - 1];
		return number(distinct);
	}
	if (!strcmp(name, "median"))
		return number((x[(count - 1) / 2] + x[count / 2]) / 2);
	return wrong(error, "there is no such function");
}

static json_t *all_or_any(bool all, json_t *elements, const char **error)
{
	json_t *result = all ? json_true() : json_false(), *element;
	size_t i;

	json_array_foreach(elements, i, element) {
		result = logic(all, result, element, error);
		if (!result)
			break;
	}
	return result;
}

static json_t *over_elements(const char *name, json_t *elements, const char **error)
{
	size_t count = json_array_size(elements), i;
	json_t *element, *result;
	double *x;

	if (!strcmp(name, "count"))
		return json_real(count);
	if (!strcmp(name, "all") || !strcmp(name, "any"))
		return all_or_any(name[1] == 'l', elements, error);
	x = calloc(count + 1, sizeof(*x));
	if (!x)
		return wrong(error, "out of memory");
	json_array_foreach(elements, i, element) {
		if (!json_is_number(element) && !json_is_null(element)) {
			free(x);
			return wrong(error, "the function needs numbers");
		}
		x[i] = json_is_null(element) ? NAN : json_number_value(element);
	}
	for (i = 0; i < count && !isnan(x[i]); i++)
		;
	result = statistic(name, x, i, error);
	if (result && i < count) { /* one unknown makes the statistic unknown */
		json_decref(result);
		result = json_null();
	}
	free(x);
	return result;
}

json_t *value_function(const char *name, size_t length, json_t *const *arguments, size_t count,
		       const char **error)
{
	char text[16];
	json_t *elements, *result;

	if (length >= sizeof(text))
		return wrong(error, "there is no such function");
	memcpy(text, name, length);
	text[length] = '\0';
	if (!strcmp(text, "abs"))
		return count == 1 ? absolute(arguments[0], error)
				  : wrong(error, "abs takes one value");
	if (!strcmp(text, "within"))
		return count == 3 ? within(arguments[0], arguments[1], arguments[2], error)
				  : wrong(error, "within takes a value, what of, and the share");
	elements = json_array();
	for (size_t i = 0; i < count; i++) {
		if (json_is_null(arguments[i]) && !strcmp(text, "count")) {
			json_decref(elements);
			return json_null(); /* a list that is unknown may have any length */
		}
		if (json_is_array(arguments[i]))
			json_array_extend(elements, arguments[i]);
		else
			json_array_append(elements, arguments[i]);
	}
	result = over_elements(text, elements, error);
	json_decref(elements);
	return result;
}
