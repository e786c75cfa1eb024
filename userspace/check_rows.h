/* SPDX-License-Identifier: MIT */
/* What `schedlab check` asks of this machine. */
#ifndef CHECK_ROWS_H
#define CHECK_ROWS_H

#include <stdbool.h>

enum check_state { CHECK_MISSING, CHECK_OK, CHECK_UNKNOWN };

struct check_row {
	const char *name;
	bool required; /* recording does without the others */
	const char *remedy;
	/* Asks, and says in detail[] (at most 200 bytes) what was found. */
	enum check_state (*ask)(char *detail);
};

#define CHECK_DETAIL 200

/* The row of the second path, which is enough alone. */
enum check_state check_ftrace(char *detail);

extern const struct check_row check_rows[];
extern const int check_row_count;

#endif
