/* SPDX-License-Identifier: MIT */
#ifndef PATHS_H
#define PATHS_H

#include <stddef.h>

/*
 * Where schedlab's own parts are, seen from the running executable: the build tree and an installed
 * one alike. Each writes an absolute path to `out` and returns 0, or -1 (nothing printed) where
 * there is no such thing or it does not fit.
 */

/* The folder of the bundled experiments' files. */
int paths_experiments(char *out, size_t size);

/* The program schedlab-workload. */
int paths_workload(char *out, size_t size);

#endif
