/* SPDX-License-Identifier: MIT */
#ifndef CHECK_H
#define CHECK_H

/*
 * The unit tests' few macros. A test is a function made by TEST(name) that holds CHECKs; main runs
 * each by RUN(name) and ends with `return check_done("subject")`. One line a test goes to stdout,
 * "ok 1 - subject words" or "not ok 1 - ...", each failed CHECK before it as a "# file:line: ..."
 * line; tests/run counts the lines. A CHECK that fails does not end its test: CHECK_OR_RETURN does.
 *
 *	TEST(a_new_list_is_empty)
 *	{
 *		CHECK_EQ(list_size(&list), 0);
 *	}
 *	int main(void)
 *	{
 *		RUN(a_new_list_is_empty);
 *		return check_done("list");
 *	}
 */

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int check_tests, check_failed_tests, check_failures, check_seen;

#define TEST(name) static void test_##name(void)
#define RUN(name) check_run(#name, test_##name)

/* Where there are only CHECKs in main and no RUN, check_done() makes them one test. */
static inline void check_close(const char *name)
{
	check_tests++;
	if (check_failures)
		check_failed_tests++;
	printf("%s %d - ", check_failures ? "not ok" : "ok", check_tests);
	for (; *name; name++)
		putchar(*name == '_' ? ' ' : *name);
	putchar('\n');
	/* What was printed survives a crash in the next test. */
	fflush(stdout);
	check_failures = check_seen = 0;
}

__attribute__((unused)) static inline void check_run(const char *name, void (*test)(void))
{
	test();
	check_close(name);
}

static inline int check_done(const char *subject)
{
	if (check_seen || check_failures || !check_tests)
		check_close(subject);
	printf("1..%d\n# %s: %d of %d failed\n", check_tests, subject, check_failed_tests,
	       check_tests);
	return check_failed_tests ? 1 : 0;
}

__attribute__((unused, format(printf, 4, 5))) static inline bool
check_that(bool good, const char *file, int line, const char *format, ...)
{
	__builtin_va_list args;

	check_seen++;
	if (good)
		return true;
	check_failures++;
	printf("# %s:%d: ", file, line);
	__builtin_va_start(args, format);
	vprintf(format, args);
	__builtin_va_end(args);
	putchar('\n');
	return false;
}

static inline bool check_str(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* Each evaluates its arguments once and gives true where it holds. */
#define CHECK(expr) check_that((expr) ? true : false, __FILE__, __LINE__, "%s does not hold", #expr)

/* Integers of any type: compared as 64-bit values. */
#define CHECK_EQ(a, b)                                                                            \
	({                                                                                        \
		long long check_a_ = (long long)(a), check_b_ = (long long)(b);                   \
		check_that(check_a_ == check_b_, __FILE__, __LINE__, "%s is %lld, not %s (%lld)", \
			   #a, check_a_, #b, check_b_);                                           \
	})

/* Strings; NULL equals only NULL. */
#define CHECK_STR(a, b)                                                                    \
	({                                                                                 \
		const char *check_a_ = (a), *check_b_ = (b);                               \
		check_that(check_str(check_a_, check_b_), __FILE__, __LINE__,              \
			   "%s is \"%s\", not \"%s\"", #a, check_a_ ? check_a_ : "(null)", \
			   check_b_ ? check_b_ : "(null)");                                \
	})

/* Floating point, within eps of each other; a NaN is near nothing. */
#define CHECK_NEAR(a, b, eps)                                                                   \
	({                                                                                      \
		double check_a_ = (a), check_b_ = (b), check_eps_ = (eps);                      \
		check_that(fabs(check_a_ - check_b_) <= check_eps_, __FILE__, __LINE__,         \
			   "%s is %.12g, not %s (%.12g) within %g", #a, check_a_, #b, check_b_, \
			   check_eps_);                                                         \
	})

/* Leaves the test where going on makes no sense (a NULL that the next line reads). */
#define CHECK_OR_RETURN(expr)     \
	do {                      \
		if (!CHECK(expr)) \
			return;   \
	} while (0)

#endif
