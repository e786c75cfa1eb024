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
#define SAY(...) snprintf(detail, CHECK_DETAIL, __VA_ARGS__)

struct btf;

/* The kernel's type information, loaded once; NULL: there is none to read. */
struct btf *check_btf(void);
/* Says that the kernel has refused `what`, and whether it is known to lack it. */
enum check_state check_refused(char *detail, const char *what, int error);

/* ---- check_limits.c ---- */
enum check_state check_namespaces(char *detail);
enum check_state check_task_list(char *detail);
enum check_state check_locked_memory(char *detail);
enum check_state check_open_files(char *detail);
enum check_state check_statistics(char *detail);
enum check_state check_preempt_count(char *detail);
enum check_state check_cgroup(char *detail);

/* ---- check_hotplug.c ---- */
enum check_state check_hotplug(char *detail);

/* The row of the second path, which is enough alone. */
enum check_state check_ftrace(char *detail);

extern const struct check_row check_rows[];
extern const int check_row_count;

#endif
