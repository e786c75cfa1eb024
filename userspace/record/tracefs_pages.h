/* SPDX-License-Identifier: MIT */
/*
 * One raw page of a CPU's trace buffer, as per_cpu/cpuN/trace_pipe_raw gives it: a header with the
 * page's first time, how many bytes of it are used and whether events were lost before it; then the
 * events, each with a header of 4 bytes or more. All of it is checked before it is read.
 */
#ifndef TRACEFS_PAGES_H
#define TRACEFS_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room that a page's buffer has beyond the page, for a reader that looks ahead. */
#define RAW_PAGE_SLACK 64

struct raw_page_layout { /* events/header_page */
	uint32_t commit_offset, commit_size, data_offset;
	uint32_t page_bytes; /* header and data */
};

/* Takes the text of events/header_page. False: it is not one that we can read. */
bool raw_page_layout_parse(struct raw_page_layout *layout, const char *text);

struct raw_pages; /* a reader of pages; one serves all CPUs */

struct raw_pages *raw_pages_open(const struct raw_page_layout *layout); /* NULL: out of memory */
void raw_pages_close(struct raw_pages *pages);

#define RAW_LOST_UNKNOWN                                                         \
	(-1) /* events were lost before the page; the page does not say how many \
	      */

struct raw_page {
	uint32_t used; /* bytes of events */
	int64_t lost;  /* events before this page; RAW_LOST_UNKNOWN; 0 */
};

/*
 * Checks the `size` bytes at `data` (RAW_PAGE_SLACK more must be there) and makes them the page
 * that raw_pages_next() reads. False: damaged; nothing of it can be read.
 */
bool raw_pages_load(struct raw_pages *pages, void *data, size_t size, struct raw_page *page);

/* The next event's bytes, NULL at the end. */
const void *raw_pages_next(struct raw_pages *pages, uint64_t *ts, size_t *size);

#endif
