/* SPDX-License-Identifier: MIT */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include <jansson.h>
#include <stddef.h>

/*
 * An experiment is a file that anyone may have written (workloads/experiments/README.md). Once one
 * of these functions has returned it, every key is known and of its type, every name and text is
 * printable, and every expression can be read; whatever uses it need not look again.
 */
#define EXPERIMENT_SCHEMA "schedlab.experiment/1"
#define EXPERIMENT_ERROR 400

/*
 * Checks `json`, the content of NAME.json. Returns 0; or -1, and error[EXPERIMENT_ERROR] says which
 * key is wrong and why: "variants[1].units: ...".
 */
int experiment_check(const json_t *json, const char *name, char *error);

/* FOLDER/NAME.json, read and checked: a new reference, or NULL with the reason printed. */
json_t *experiment_load(const char *folder, const char *name);

/*
 * The experiments in `folder`, NULL for the bundled ones, sorted by "order" and name: all of them,
 * or the `count` that are `wanted` by name. 0 and *out a new array; else an exit status, the reason
 * printed (EXIT_USAGE: a wanted one is not there), and *out NULL or what was loaded until then.
 */
int experiments_load(const char *folder, char *const *wanted, int count, json_t **out);

/*
 * The variants of `experiment`; with `control` those of its negative control, which differ in what
 * the file says there. A new array.
 */
json_t *experiment_variants(const json_t *experiment, int control);

#endif
