/* SPDX-License-Identifier: MIT */
/* run.work_identity: equal where two runs did the same work, built from the same parts. */
#ifndef WORK_IDENTITY_H
#define WORK_IDENTITY_H

#include <jansson.h>

/*
 * Of a command: a hash of its words, "argv:...", also where an anonymous trace leaves them out. Of
 * a bundled workload, by its ground truth: a hash of the body and its version, units, work and
 * parameters, the checksum of what was computed, compiler, flags and libraries, "work:...". NULL
 * when out of memory.
 */
json_t *work_identity_of_command(char *const *words);
json_t *work_identity_of_truth(const json_t *truth);

#endif
