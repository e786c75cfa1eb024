/* SPDX-License-Identifier: MIT */
/*
 * The file that a trace is written to: only ever longer, up to the first failure. What was there
 * before stays until there is something better.
 */
#ifndef TRACE_OUTPUT_H
#define TRACE_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trace_output {
	int fd;
	char *path;
	bool made; /* by us: there was no such file */
	/* The file holds something else still: what is to be written waits here. */
	bool held;
	char *waiting;
	size_t waiting_size;
	uint64_t written; /* bytes that were given to be written */
};

/* Opens `path`. 0, or an exit status with the reason printed; then there is nothing to close. */
int trace_output_open(struct trace_output *out, const char *path);

/*
 * Appends both pieces or, where that fails, neither: the file is cut back to what it was. 0, or an
 * exit status with the reason printed.
 */
int trace_output_append(struct trace_output *out, const void *a, size_t a_size, const void *b,
			size_t b_size);

/* From now on the file is the trace: empties it of what it held, writes what waits. */
int trace_output_commit(struct trace_output *out);

/* Overwrites 4 bytes at `offset`, and sees that the file is as long as was written, and closed. */
int trace_output_finish(struct trace_output *out, uint32_t value, uint64_t offset);

/* Closes. With `discard` the file is as it was before, as far as it can be: gone, or untouched. */
void trace_output_close(struct trace_output *out, bool discard);

#endif
