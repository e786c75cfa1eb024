/* SPDX-License-Identifier: MIT */
#ifndef FAILURE_H
#define FAILURE_H

/* Exit statuses of every verb; INTERFACE.md. */
enum exit_status {
	EXIT_GOOD = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_WHOLE = 3, /* made, but records were lost, an invariant broke or time is unknown */
	EXIT_CANNOT = 4,    /* this machine cannot do it */
	EXIT_DIFFERENT = 5, /* compare: a ratio beyond --fail-on */
	EXIT_TIMED_OUT = 124,
	EXIT_OWN_FAILURE = 125, /* with a command: every failure of schedlab's own */
	EXIT_NOT_EXECUTABLE = 126,
	EXIT_NOT_FOUND = 127,
};

/*
 * Prints "schedlab: WHAT" and, where hint is not NULL, "hint: HINT" to stderr, control bytes
 * escaped. Returns status, so that a caller can `return fail(...)`.
 */
int fail(int status, const char *hint, const char *what, ...) __attribute__((format(printf, 3, 4)));

/* fail(EXIT_FAILED) with "WHAT: the error's own words", and the remedy for such an error. */
int fail_errno(const char *what, int error);

/* fail(EXIT_FAILED): out of memory. */
int fail_memory(void);

/* The remedy for an error whose cause is outside schedlab, whatever it was that failed. */
const char *hint_for(int error);

/* What a fail() would have printed. */
struct failure_text {
	char what[512];
	const char *hint;
};

/*
 * From now on fail() prints nothing and puts its words here, where what failed may yet be done in
 * another way. NULL: it prints again.
 */
void fail_divert(struct failure_text *text);

/* Prints "schedlab: warning: ..." to stderr, unless --quiet. */
void warn(const char *what, ...) __attribute__((format(printf, 1, 2)));

/* A progress line to stderr, only where that is a terminal and not --quiet. */
void progress(const char *what, ...) __attribute__((format(printf, 1, 2)));
extern int quiet, verbose;

#endif
