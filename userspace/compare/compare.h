/* SPDX-License-Identifier: MIT */
#ifndef COMPARE_H
#define COMPARE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include "result.h"

/* What makes a run less sure; METRICS.md "Repeats and comparison". */
enum compare_mark {
	MARK_LOSSY = 1,
	MARK_BROKEN = 2,
	MARK_OTHER_TASKS = 4,
	MARK_STEAL = 8,
	MARK_THROTTLED = 16,
	MARK_END = 32
};

/*
 * The factors of a wall ratio, from T = C x (1 / tlp) x T / (T - I): their product is the ratio. A
 * factor of 1 has no part in it; above 1, the other is slower for it.
 */
struct compare_split {
	bool known;
	double core_speed;  /* C_B / C_A */
	double parallelism; /* tlp_A / tlp_B */
	double idle;	    /* (T_B / (T_B - I_B)) / (T_A / (T_A - I_A)) */
};

#define COMPARE_WHAT 64

struct compare_pair {
	const struct result *baseline, *other;
	const struct result_entry *a, *b; /* of the baseline, of the other */
	double ratio;			  /* of wall times, B / A */
	struct compare_split split;
	unsigned int marks[2];		  /* of a, of b */
	bool same_work;			  /* false: the same work, built otherwise; no split then */
	char build_differs[COMPARE_WHAT]; /* what of it does; "" */
	char sentence[512];
};

struct comparison {
	const struct result *results;
	size_t result_count;
	struct compare_pair *pairs;
	size_t pair_count;
	bool not_whole; /* a report among them is lossy or broken */
};

/*
 * Pairs the first result's entries with those of all others. Different work is refused: with a
 * plain report that is a failure, between folders a warning. Returns 0 or EXIT_FAILED, with the
 * reason printed; comparison_free() releases *out in any case.
 */
int compare_results(const struct result *results, size_t count, struct comparison *out);
void comparison_free(struct comparison *c); /* safe on a zeroed one */

#define COMPARE_ROWS 5

struct compare_row {
	const char *key, *row, *title, *words;
	double a_s, b_s;
};

/* The waits and causes in which the two differ by more than 2 %, both known. Returns how many. */
size_t compare_rows(const struct compare_pair *p, struct compare_row rows[COMPARE_ROWS]);

/*
 * Whether both runs' work was built from the same parts and computed the same, as far as both say;
 * else `what` names the first that differs, clean for a terminal.
 */
bool compare_same_build(const struct result_entry *a, const struct result_entry *b,
			char what[COMPARE_WHAT]);

/* Sets the ratio of one pair whose a, b and same_work are set, and its split, known or not. */
void compare_split_walls(struct compare_pair *p);

/* Which row makes this different work, NULL where none does. */
const char *compare_work_row(const struct result_entry *a, const struct result_entry *b);

/* Whether nobody can tell if it is the same work: an anonymous command's, without work_identity. */
bool compare_work_hidden(const struct result_entry *a, const struct result_entry *b);

/* What a mark says of a run: "records lost". */
const char *compare_mark_name(enum compare_mark mark);

/*
 * [{row, values[]}] of the rows in which the machines, or else (machines false) the runs' outer
 * conditions differ, one value a result. A new reference, NULL out of memory.
 */
json_t *compare_differing_rows(const struct comparison *c, bool machines);

/* "schedlab.compare/1". A new reference, NULL out of memory. */
json_t *compare_json(const struct comparison *c);
/* 0, or -1 where `out` cannot be written. */
int compare_csv(const struct comparison *c, FILE *out);
int compare_text(const struct comparison *c, FILE *out);

#endif
