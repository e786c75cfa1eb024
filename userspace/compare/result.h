/* SPDX-License-Identifier: MIT */
/*
 * What `compare` compares: reports and results folders, from this machine or from anyone's, so
 * nothing in them is believed before it was checked.
 */
#ifndef RESULT_H
#define RESULT_H

#include <jansson.h>
#include <stddef.h>

/* One run of one work. Its pointers are borrowed from the result it belongs to. */
struct result_entry {
	const char *experiment, *variant; /* NULL in a plain report */
	const json_t *machine, *run, *truth, *trust, *accounting,
		*latency;	   /* NULL where there is none */
	double wall_s;		   /* above 0 */
	double cpu_s, idle_s, tlp; /* NaN: unknown */
	size_t repeats;
};

struct result {
	const char *path; /* as given */
	json_t *json;
	struct result_entry *entries;
	size_t count;
};

#define RESULT_WHY 240

/*
 * Reads a "schedlab.report/1" file, or a folder's report.json, which may be a "schedlab.lab/1" too.
 * `path` must outlive *out, which result_free() releases in any case. Returns 0 or EXIT_FAILED,
 * with the reason printed.
 */
int result_read(const char *path, struct result *out);
void result_free(struct result *r); /* safe on a zeroed one, and twice */

/*
 * Checks the numbers of `report` and fills *e but for its names. What `report` lacks is looked for
 * in `outer` and then in `top` (a lab says its machine once). 0, or -1 with the reason in `why`.
 */
int result_entry_fill(struct result_entry *e, const json_t *report, const json_t *outer,
		      const json_t *top, char why[RESULT_WHY]);

#endif
