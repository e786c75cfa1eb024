/* SPDX-License-Identifier: MIT */
#ifndef ANALYSIS_H
#define ANALYSIS_H

#include "summary.h"
#include "tasks/window.h"

/*
 * Reads the trace at `path` and fills *out, which summary_free() releases. Needs no root and no
 * kernel. Returns 0, or EXIT_FAILED (not a trace, unreadable), EXIT_NOT_WHOLE (damaged so that
 * nothing can be said), with the reason printed. A trace that is merely lossy is 0: see out->trust.
 */
int analyze_file(const char *path, struct summary *out);

/*
 * The same, clipped to a part of the window. Also EXIT_USAGE: the part is not in it. What is of the
 * whole recording stays so: trust, and how the run ended.
 */
int analyze_part(const char *path, const struct window_part *part, struct summary *out);

/* EXIT_GOOD or EXIT_NOT_WHOLE, from the trust verdict and from whether the trace was closed. */
int summary_status(const struct summary *s);

#endif
