/* SPDX-License-Identifier: MIT */
/*
 * Sections as their frames hold them, unzipped once for all passes over the trace, as far as they
 * fit in unzipped_kept_bytes, and if wanted ahead of the readers, by a thread of its own or by one
 * that has to wait: all do whole sections, so that they have next to nothing to tell each other.
 */
#ifndef TRACE_UNZIP_H
#define TRACE_UNZIP_H

#include <stdbool.h>
#include <stddef.h>

/* Of a trace: 64 MiB; only a test has less. */
extern size_t unzipped_kept_bytes;

struct trace;
struct trace_unzip;

enum unzip_result { UNZIP_GOOD, UNZIP_DAMAGED, UNZIP_NO_MEMORY };

/* Who reads while others do has one of its own; all zero at first. */
struct unzip_hand {
	void *zstd;
	void *stored;
	size_t room;
};
void unzip_hand_free(struct unzip_hand *hand);

/* Whoever reads sections one after the other has one; all zero before the first. */
struct unzipped {
	struct unzip_hand *hand; /* NULL: the trace's, for who reads it alone */
	const void *data;	 /* until the next is read */
	size_t bytes;
	size_t kept_as; /* 1 + the section's index; 0: it is not kept */
	void *own;	/* where it is if it is not kept */
	size_t room;
};

/* NULL: out of memory. */
struct trace_unzip *trace_unzip_new(const struct trace *t);
/* NULL is allowed. */
void trace_unzip_free(struct trace_unzip *u);

/*
 * From here on the sections of events are unzipped in their order, as far as they are kept, by a
 * thread; by the readers alone where none can be made.
 */
void trace_unzip_ahead(struct trace_unzip *u);

/*
 * The same of one section, by a reader that has nothing else to do. False: there is none, nobody
 * has read those that were, or a thread does it.
 */
bool trace_unzip_next(struct trace_unzip *u);

/* Each section will be read so often, and then its room is another's; 0: it is kept to the end. */
void trace_unzip_readers(struct trace_unzip *u, unsigned readers);

/* Section `index`, by a reader. */
enum unzip_result trace_unzip(struct trace_unzip *u, size_t index, struct unzipped *out);
void unzipped_free(struct unzipped *out);

#endif
