/* SPDX-License-Identifier: MIT */
/*
 * The next sections of a trace, unzipped ahead by a thread that would only wait otherwise. Whoever
 * reads says which sections come next, and unzips what nobody has begun to. At most AHEAD_SECTIONS
 * are held.
 */
#ifndef TRACE_AHEAD_H
#define TRACE_AHEAD_H

#include <stdbool.h>
#include <stddef.h>

#define AHEAD_SECTIONS 4u

struct trace;
struct trace_ahead;

/* NULL: out of memory; the trace is read without it then. */
struct trace_ahead *trace_ahead_new(const struct trace *t);
/* Nobody helps any more. NULL is allowed. */
void trace_ahead_free(struct trace_ahead *a);

/* By the reader: section `index` will be read soon. */
void trace_ahead_want(struct trace_ahead *a, size_t index);
/*
 * By the reader: the section as unzipped_size() has it, *bytes long, until the next call. NULL:
 * nobody has begun with it, or it is damaged: it is to be read without help.
 */
const void *trace_ahead_take(struct trace_ahead *a, size_t index, size_t *bytes);

/* By one other thread: unzips one that is wanted. False: there is none. */
bool trace_ahead_help(struct trace_ahead *a);

#endif
