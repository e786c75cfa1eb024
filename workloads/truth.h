/* SPDX-License-Identifier: MIT */
#ifndef TRUTH_H
#define TRUTH_H

#include "workload.h"

/*
 * The ground truth, schema "schedlab.truth/1": what a run knows of itself, to hold a trace against.
 * All *_ns are CLOCK_MONOTONIC. Checks the body's results too: NULL after complaining. The caller's
 * reference.
 */
json_t *truth_of_run(const struct workload *workload);

#endif
