/* SPDX-License-Identifier: MIT */
#ifndef COMPLAIN_H
#define COMPLAIN_H

/* Exit statuses of schedlab-workload, as INTERFACE.md has them. */
enum { WORKLOAD_GOOD = 0, WORKLOAD_FAILED = 1, WORKLOAD_USAGE = 2 };

/*
 * Prints "schedlab-workload: WHAT" and "hint: HINT" to stderr; bytes that a terminal could obey are
 * shown as \xNN. Returns -1, so that a caller can `return complain(...)`.
 */
int complain(const char *hint, const char *what, ...) __attribute__((format(printf, 2, 3)));

#endif
