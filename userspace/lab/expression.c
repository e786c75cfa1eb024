/* SPDX-License-Identifier: MIT */
/*
 * A recursive descent that computes as it reads, one function a level of the grammar:
 *
 *	or         = and { "or" and }
 *	and        = not { "and" not }
 *	not        = "not" not | comparison
 *	comparison = sum [ ( < <= > >= == != ) sum ]
 *	sum        = product { ( + | - ) product }
 *	product    = minus { ( * | / ) minus }
 *	minus      = "-" minus | primary
 *	primary    = number | 'text' | true | false | ( or ) | name ( or , ... ) | path
 *	path       = name { .key | [index] | [] | [key=word] }
 *
 * Both sides of "and" and "or" are always read, so a check with unknown names sees all of the text.
 */
#include "expression.h"
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "expression_path.h"
#include "expression_value.h"

#define ARGUMENTS_MAX 16

struct parser {
	const char *text, *at;
	const json_t *names;
	unsigned depth;
	char *why;	     /* EXPRESSION_WHY bytes */
	json_t *comparisons; /* where those are asked for, or NULL */
};

static json_t *parse_or(struct parser *p);

/* Says why this is no expression; the first reason stays. */
__attribute__((format(printf, 2, 3))) static json_t *syntax(struct parser *p, const char *what, ...)
{
	size_t length;
	va_list args;

	va_start(args, what);
	vsnprintf(p->why, EXPRESSION_WHY, what, args);
	va_end(args);
	length = strlen(p->why);
	snprintf(p->why + length, EXPRESSION_WHY - length, *p->at ? " at '%.20s'" : " at the end",
		 p->at);
	return NULL;
}

static void skip_space(struct parser *p)
{
	while (isspace((unsigned char)*p->at))
		p->at++;
}

static bool is_name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

/* Steps over the operator `token`; a word must end where it ends. */
static bool take(struct parser *p, const char *token)
{
	size_t length = strlen(token);

	skip_space(p);
	if (strncmp(p->at, token, length))
		return false;
	if (is_name_start(token[0]) && path_name_length(p->at) != length)
		return false;
	p->at += length;
	return true;
}

static json_t *combine(struct parser *p, enum value_operator op, json_t *a, json_t *b)
{
	const char *error = "";
	json_t *result = b ? value_binary(op, a, b, &error) : NULL;

	if (b && !result)
		syntax(p, "%s", error);
	json_decref(a);
	json_decref(b);
	return result;
}

static void note_comparison(struct parser *p, const char *op, json_t *left, json_t *right,
			    json_t *share)
{
	if (p->comparisons && left && right)
		json_array_append_new(p->comparisons,
				      json_pack("{s:O, s:s, s:O, s:O*}", "left", left, "op", op,
						"right", right, "share", share));
}

static bool has_unknown(const json_t *value)
{
	json_t *element;
	size_t i;

	if (json_is_null(value))
		return true;
	json_array_foreach(value, i, element)
		if (json_is_null(element))
			return true;
	return false;
}

static json_t *parse_path(struct parser *p)
{
	const char *start = p->at, *error;
	json_t *value = path_read(&p->at, p->names, &error);

	if (!value)
		return syntax(p, "%s", error);
	if (has_unknown(value) && !*p->why)
		snprintf(p->why, EXPRESSION_WHY, "%.*s is unknown", (int)(p->at - start), start);
	return value;
}

/* The arguments and the closing parenthesis; the opening one is taken. */
static json_t *parse_call(struct parser *p, const char *name, size_t length)
{
	json_t *arguments[ARGUMENTS_MAX], *result = NULL;
	const char *error = "";
	size_t count = 0;

	do {
		if (count == ARGUMENTS_MAX) {
			syntax(p, "at most %d arguments", ARGUMENTS_MAX);
			goto out;
		}
		arguments[count] = parse_or(p);
		if (!arguments[count])
			goto out;
		count++;
	} while (take(p, ","));
	if (!take(p, ")")) {
		syntax(p, "')' expected");
		goto out;
	}
	result = value_function(name, length, arguments, count, &error);
	if (result && count == 3 && !strncmp(name, "within", length))
		note_comparison(p, "within", arguments[0], arguments[1], arguments[2]);
	if (!result)
		syntax(p, "%.*s: %s", (int)length, name, error);
out:
	while (count)
		json_decref(arguments[--count]);
	return result;
}

static json_t *parse_number(struct parser *p)
{
	char *end;
	double x;

	/* strtod also reads hexadecimal, which nobody means here */
	if (p->at[0] == '0' && (p->at[1] == 'x' || p->at[1] == 'X'))
		return syntax(p, "a decimal number expected");
	x = strtod(p->at, &end);
	if (end == p->at || !isfinite(x) || is_name_start(*end))
		return syntax(p, "a number expected");
	p->at = end;
	return json_real(x);
}

static json_t *parse_text(struct parser *p)
{
	const char *start = p->at + 1, *end = strchr(start, '\'');

	if (!end)
		return syntax(p, "the closing ' is missing");
	p->at = end + 1;
	return json_stringn(start, end - start);
}

static json_t *parse_primary(struct parser *p)
{
	const char *name;
	size_t length;
	json_t *value;

	skip_space(p);
	if (isdigit((unsigned char)*p->at) || *p->at == '.')
		return parse_number(p);
	if (*p->at == '\'')
		return parse_text(p);
	if (take(p, "true"))
		return json_true();
	if (take(p, "false"))
		return json_false();
	if (take(p, "(")) {
		value = parse_or(p);
		if (value && !take(p, ")")) {
			json_decref(value);
			return syntax(p, "')' expected");
		}
		return value;
	}
	if (!is_name_start(*p->at))
		return syntax(p, "a value expected");
	name = p->at;
	length = path_name_length(name);
	if (name[length] != '(')
		return parse_path(p);
	p->at += length + 1;
	return parse_call(p, name, length);
}

static json_t *parse_minus(struct parser *p)
{
	json_t *value;

	if (!take(p, "-"))
		return parse_primary(p);
	if (++p->depth > EXPRESSION_DEPTH_MAX)
		return syntax(p, "nested too deeply");
	value = parse_minus(p);
	p->depth--;
	return value ? combine(p, VALUE_SUBTRACT, json_real(0), value) : NULL;
}

static json_t *parse_product(struct parser *p)
{
	json_t *value = parse_minus(p);

	while (value) {
		if (take(p, "*"))
			value = combine(p, VALUE_MULTIPLY, value, parse_minus(p));
		else if (take(p, "/"))
			value = combine(p, VALUE_DIVIDE, value, parse_minus(p));
		else
			break;
	}
	return value;
}

static json_t *parse_sum(struct parser *p)
{
	json_t *value = parse_product(p);

	while (value) {
		if (take(p, "+"))
			value = combine(p, VALUE_ADD, value, parse_product(p));
		else if (take(p, "-"))
			value = combine(p, VALUE_SUBTRACT, value, parse_product(p));
		else
			break;
	}
	return value;
}

static json_t *parse_comparison(struct parser *p)
{
	/* the longer ones first */
	static const struct {
		const char *token;
		enum value_operator op;
	} comparisons[] = { { "<=", VALUE_LESS_EQUAL }, { ">=", VALUE_GREATER_EQUAL },
			    { "==", VALUE_EQUAL },	{ "!=", VALUE_NOT_EQUAL },
			    { "<", VALUE_LESS },	{ ">", VALUE_GREATER } };
	json_t *value = parse_sum(p), *right;

	for (size_t i = 0; value && i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
		if (!take(p, comparisons[i].token))
			continue;
		right = parse_sum(p);
		note_comparison(p, comparisons[i].token, value, right, NULL);
		return combine(p, comparisons[i].op, value, right);
	}
	return value;
}

static json_t *parse_not(struct parser *p)
{
	const char *error = "";
	json_t *value, *result;

	if (!take(p, "not"))
		return parse_comparison(p);
	if (++p->depth > EXPRESSION_DEPTH_MAX)
		return syntax(p, "nested too deeply");
	value = parse_not(p);
	p->depth--;
	if (!value)
		return NULL;
	result = value_not(value, &error);
	if (!result)
		syntax(p, "%s", error);
	json_decref(value);
	return result;
}

static json_t *parse_and(struct parser *p)
{
	json_t *value = parse_not(p);

	while (value && take(p, "and"))
		value = combine(p, VALUE_AND, value, parse_not(p));
	return value;
}

static json_t *parse_or(struct parser *p)
{
	json_t *value;

	if (++p->depth > EXPRESSION_DEPTH_MAX)
		return syntax(p, "nested too deeply");
	value = parse_and(p);
	while (value && take(p, "or"))
		value = combine(p, VALUE_OR, value, parse_and(p));
	p->depth--;
	return value;
}

/* expression_eval(), which also fills `comparisons` where it is not NULL. */
static json_t *evaluate(const char *text, const json_t *names, char *why, json_t *comparisons)
{
	struct parser p = {
		.text = text, .at = text, .names = names, .why = why, .comparisons = comparisons
	};
	json_t *value;

	why[0] = '\0';
	if (strlen(text) > EXPRESSION_LENGTH_MAX) {
		snprintf(why, EXPRESSION_WHY, "longer than %d characters", EXPRESSION_LENGTH_MAX);
		return NULL;
	}
	value = parse_or(&p);
	skip_space(&p);
	if (value && *p.at) {
		json_decref(value);
		return syntax(&p, "an operator expected");
	}
	if (value && json_is_null(value) && !*why)
		snprintf(why, EXPRESSION_WHY, "%.100s has no value here", text);
	return value;
}

json_t *expression_eval(const char *text, const json_t *names, char *why)
{
	return evaluate(text, names, why, NULL);
}

json_t *expression_comparisons(const char *text, const json_t *names)
{
	json_t *comparisons = json_array();
	char why[EXPRESSION_WHY];

	json_decref(evaluate(text, names, why, comparisons));
	return comparisons;
}
