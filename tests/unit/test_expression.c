/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <jansson.h>
#include <stdlib.h>
#include "lab/expression.h"

static json_t *names;
static char why[EXPRESSION_WHY];

static const char names_text[] =
	"{\"n\": 2, \"nothing\": null, \"two\": {\"program\": {\"tlp\": 1.97, \"fairness\": null,"
	" \"verdict\": \"parallel\"}, \"tasks\": ["
	"{\"role\": \"unit\", \"voluntary\": 10, \"involuntary\": 1},"
	"{\"role\": \"unit\", \"voluntary\": 20, \"involuntary\": 2},"
	"{\"role\": \"launcher\", \"voluntary\": 400}]}}";

/* The number that `text` is; NaN: unknown; -12345: not a number, or no expression. */
static double number(const char *text)
{
	json_t *value = expression_eval(text, names, why);
	double x = -12345;

	if (json_is_number(value))
		x = json_number_value(value);
	else if (json_is_null(value))
		x = NAN;
	json_decref(value);
	return x;
}

/* 1, 0, -1: unknown, -2: neither. */
static int truth(const char *text)
{
	json_t *value = expression_eval(text, names, why);
	int is = json_is_true(value) ? 1 : json_is_false(value) ? 0 : json_is_null(value) ? -1 : -2;

	json_decref(value);
	return is;
}

static const char *refused(const char *text)
{
	json_t *value = expression_eval(text, names, why);

	if (!value)
		return why;
	json_decref(value);
	return "it was accepted";
}

TEST(arithmetic_has_the_usual_precedence)
{
	CHECK_NEAR(number("1 + 2 * 3 - 4 / 2"), 5, 0);
	CHECK_NEAR(number("(1+2)*3"), 9, 0);
	CHECK_NEAR(number("2 - 3 - 4"), -5, 0);
	CHECK_NEAR(number("8 / 4 / 2"), 1, 0);
	CHECK_NEAR(number("- -2 * -n"), -4, 0);
	CHECK_NEAR(number(" 1.5e3 "), 1500, 0);
}

TEST(comparisons_and_logic)
{
	CHECK_EQ(truth("1 < 2 and 2 <= 2 and 3 > 2 and 3 >= 3 and 1 == 1 and 1 != 2"), 1);
	CHECK_EQ(truth("not 1 < 2 or false"), 0);
	CHECK_EQ(truth("true or false and false"), 1);
	CHECK_EQ(truth("two.program.verdict == 'parallel'"), 1);
	CHECK_EQ(truth("two.program.verdict != 'idle'"), 1);
	CHECK_EQ(truth("two.program.tlp >= 1.94 and two.program.tlp <= n"), 1);
}

TEST(functions_work_over_lists_and_arguments)
{
	CHECK_NEAR(number("min(3, n, 5)"), 2, 0);
	CHECK_NEAR(number("max(two.tasks[].voluntary)"), 400, 0);
	CHECK_NEAR(number("sum(two.tasks[role=unit].voluntary, 1)"), 31, 0);
	CHECK_NEAR(number("median(9, 1, 4)"), 4, 0);
	CHECK_NEAR(number("median(1, 2, 3, 4)"), 2.5, 0);
	CHECK(isnan(number("count(nothing.list[])")));
	CHECK(isnan(number("distinct(nothing.list[])")));
	CHECK_NEAR(number("distinct(4, 1, 4, 1, 7)"), 3, 0);
	CHECK_NEAR(number("distinct(5)"), 1, 0);
	CHECK_NEAR(number("mean(1, 2)"), 1.5, 0);
	CHECK_NEAR(number("count(two.tasks[])"), 3, 0);
	CHECK_NEAR(number("count(two.tasks[role=helper])"), 0, 0);
	CHECK_NEAR(number("sum(two.tasks[role=helper].voluntary)"), 0, 0);
	CHECK_NEAR(number("two.tasks[1].voluntary"), 20, 0);
	CHECK_NEAR(number("abs(0 - 3)"), 3, 0);
	CHECK_EQ(truth("within(two.program.tlp, n, 0.03)"), 1);
	CHECK_EQ(truth("within(1.93, 2, 0.03)"), 0);
}

TEST(lists_are_computed_element_by_element)
{
	CHECK_NEAR(number("max(two.tasks[role=unit].voluntary + two.tasks[role=unit].involuntary)"),
		   22, 0);
	CHECK_NEAR(number("max(abs(two.tasks[].voluntary - 100))"), 300, 0);
	CHECK_EQ(truth("all(two.tasks[].voluntary >= 10)"), 1);
	CHECK_EQ(truth("all(within(two.tasks[role=unit].voluntary, 15, 0.1))"), 0);
	CHECK_EQ(truth("any(two.tasks[].voluntary > 100)"), 1);
}

TEST(what_is_unknown_stays_unknown_and_is_named)
{
	CHECK(isnan(number("two.program.fairness")));
	CHECK_STR(why, "two.program.fairness is unknown");
	CHECK_EQ(truth("two.program.fairness > 0.98"), -1);
	CHECK_STR(why, "two.program.fairness is unknown");
	CHECK_EQ(truth("two.program.nosuch.deeper > 1"), -1);
	CHECK_EQ(truth("nothing.tasks[].x[0] == 1"), -1);
	CHECK(isnan(number("sum(two.tasks[].involuntary)")));
	CHECK_STR(why, "two.tasks[].involuntary is unknown");
	CHECK(isnan(number("sum(nothing)")));
	CHECK(isnan(number("1 / 0")));
	CHECK_STR(why, "1 / 0 has no value here");
	CHECK(isnan(number("1e308 * 10")));
	CHECK(isnan(number("min(two.tasks[role=helper].voluntary)")));
	CHECK(isnan(number("two.tasks[99].voluntary")));
}

TEST(the_unknown_beside_what_decides_alone)
{
	CHECK_EQ(truth("false and nothing > 1"), 0);
	CHECK_EQ(truth("nothing > 1 or true"), 1);
	CHECK_EQ(truth("true and nothing > 1"), -1);
	CHECK_EQ(truth("not nothing"), -1);
	CHECK_EQ(truth("all(nothing, false)"), 0);
	CHECK_EQ(truth("any(nothing, false)"), -1);
}

TEST(what_is_no_expression_is_refused_with_the_place)
{
	CHECK_STR(refused(""), "a value expected at the end");
	CHECK_STR(refused("1 +"), "a value expected at the end");
	CHECK_STR(refused("1 2"), "an operator expected at '2'");
	CHECK_STR(refused("three.program.tlp"),
		  "nothing here has this name at 'three.program.tlp'");
	CHECK_STR(refused("(1"), "')' expected at the end");
	CHECK_STR(refused("max(1, 2"), "')' expected at the end");
	CHECK_STR(refused("two."), "a key expected at the end");
	CHECK_STR(refused("two.tasks[x]"), "[], [number] or [key=word] expected at ']'");
	CHECK_STR(refused("two.tasks[1"), "']' expected at the end");
	CHECK_STR(refused("two.tasks[].cpus[]"), "only one list a path at ']'");
	CHECK_STR(refused("two.program[0]"), "[ ] after what is no list at '0]'");
	CHECK_STR(refused("'open"), "the closing ' is missing at ''open'");
	CHECK_STR(refused("0x10"), "a decimal number expected at '0x10'");
	CHECK_STR(refused("1 < 'a'"), "numbers are needed on both sides at the end");
	CHECK_STR(refused("1 and true"),
		  "'and', 'or' and 'not' need conditions, not numbers at the end");
	CHECK_STR(refused("nosuch(1)"), "nosuch: there is no such function at the end");
	CHECK_STR(refused("a_name_longer_than_any_function(1)"),
		  "a_name_longer_than_any_function: there is no such function at the end");
	CHECK_STR(refused("within(1, 2)"),
		  "within: within takes a value, what of, and the share at the end");
	CHECK_STR(refused("two.tasks[].voluntary + two.tasks[role=unit].voluntary"),
		  "two lists of different lengths at the end");
	CHECK_STR(refused("sum(1 < 2)"), "sum: the function needs numbers at the end");
	CHECK_STR(refused("1 & 2"), "an operator expected at '& 2'");
	CHECK_STR(refused("1e999"), "a number expected at '1e999'");
}

TEST(length_and_nesting_are_bounded)
{
	char text[3 * EXPRESSION_LENGTH_MAX];

	memset(text, '(', 1000);
	text[1000] = '\0';
	CHECK(strstr(refused(text), "nested too deeply"));
	memset(text, '-', 1000);
	CHECK(strstr(refused(text), "nested too deeply"));
	text[0] = '\0';
	for (int i = 0; i < 200; i++)
		strcat(text, "not ");
	CHECK(strstr(refused(text), "nested too deeply"));
	memset(text, ' ', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	CHECK(strstr(refused(text), "longer than 1024 characters"));
	text[0] = '\0';
	for (int i = 0; i < 20; i++)
		strcat(text, i ? ",1" : "sum(1");
	CHECK(strstr(refused(strcat(text, ")")), "at most 16 arguments"));
}

TEST(texts_are_filled_with_numbers)
{
	char out[128];

	CHECK_EQ(expression_fill("tlp {two.program.tlp:1} of {n}, {100 / 3}, {12345.6}.", names,
				 out, sizeof(out), why),
		 0);
	CHECK_STR(out, "tlp 2.0 of 2, 33.3, 12346.");
	CHECK_EQ(expression_fill("{two.program.verdict} {nothing} {1 < 2}", names, out, sizeof(out),
				 why),
		 0);
	CHECK_STR(out, "parallel unknown yes");
	CHECK_EQ(expression_fill("{n", names, out, sizeof(out), why), -1);
	CHECK_STR(why, "a '{' is not closed");
	CHECK_EQ(expression_fill("{x}", names, out, sizeof(out), why), -1);
	CHECK_EQ(expression_fill("too long", names, out, 8, why), -1);
	CHECK_EQ(expression_fill("{'too long'}", names, out, 4, why), 0);
	CHECK_STR(out, "too");
}

TEST(what_is_compared_is_told)
{
	json_t *all = expression_comparisons("not (two.program.tlp <= 1.5 + n / 8 or "
					     "within(n, 2.5, 0.1)) and two.program.fairness > 0.9",
					     names);
	char *text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(3));

	CHECK_STR(text, "[{\"left\":1.97,\"op\":\"<=\",\"right\":1.75},"
			"{\"left\":2,\"op\":\"within\",\"right\":2.5,\"share\":0.1},"
			"{\"left\":null,\"op\":\">\",\"right\":0.9}]");
	free(text);
	json_decref(all);
	all = expression_comparisons("true and min(n, 3, 4)", names);
	CHECK_EQ(json_array_size(all), 0);
	json_decref(all);
	all = expression_comparisons("n >", names);
	CHECK_EQ(json_array_size(all), 0);
	json_decref(all);
}

int main(void)
{
	names = json_loads(names_text, 0, NULL);
	RUN(arithmetic_has_the_usual_precedence);
	RUN(comparisons_and_logic);
	RUN(functions_work_over_lists_and_arguments);
	RUN(lists_are_computed_element_by_element);
	RUN(what_is_unknown_stays_unknown_and_is_named);
	RUN(the_unknown_beside_what_decides_alone);
	RUN(what_is_no_expression_is_refused_with_the_place);
	RUN(length_and_nesting_are_bounded);
	RUN(texts_are_filled_with_numbers);
	RUN(what_is_compared_is_told);
	json_decref(names);
	return check_done("expression");
}
