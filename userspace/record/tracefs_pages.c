/* SPDX-License-Identifier: MIT */
#include "tracefs_pages.h"
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/kbuffer.h>

/* Flags in the commit word, include/linux/ring_buffer.h; the rest is a count of bytes. */
#define COMMIT_LOST (1u << 31)	      /* events were lost before this page */
#define COMMIT_LOST_STORED (1u << 30) /* and how many stands behind the last one */
#define COMMIT_BYTES (COMMIT_LOST_STORED - 1)

struct raw_pages {
	struct raw_page_layout layout;
	struct kbuffer *kbuf;
	bool begun, empty;
};

/* "field: local_t commit;	offset:8;	size:8;	signed:1;" */
static bool header_field(const char *text, const char *name, uint32_t *offset, uint32_t *size)
{
	char wanted[32];
	const char *at;

	snprintf(wanted, sizeof(wanted), " %s;", name);
	at = strstr(text, wanted);
	return at && sscanf(at + strlen(wanted), " offset:%u; size:%u;", offset, size) == 2;
}

bool raw_page_layout_parse(struct raw_page_layout *layout, const char *text)
{
	uint32_t data_bytes, ts_offset, ts_size;

	if (!header_field(text, "timestamp", &ts_offset, &ts_size) ||
	    !header_field(text, "commit", &layout->commit_offset, &layout->commit_size) ||
	    !header_field(text, "data", &layout->data_offset, &data_bytes))
		return false;
	layout->page_bytes = layout->data_offset + data_bytes;
	/* What kbuffer takes for granted. */
	return ts_offset == 0 && ts_size == 8 && layout->commit_offset == 8 &&
	       layout->commit_size == sizeof(long) &&
	       layout->data_offset == 8 + layout->commit_size && data_bytes >= 256 &&
	       data_bytes < COMMIT_BYTES && layout->page_bytes <= 1u << 20;
}

struct raw_pages *raw_pages_open(const struct raw_page_layout *layout)
{
	struct raw_pages *pages = calloc(1, sizeof(*pages));

	if (!pages)
		return NULL;
	pages->layout = *layout;
	pages->kbuf = kbuffer_alloc(layout->commit_size == 8 ? KBUFFER_LSIZE_8 : KBUFFER_LSIZE_4,
				    KBUFFER_ENDIAN_SAME_AS_HOST);
	if (!pages->kbuf) {
		free(pages);
		return NULL;
	}
	return pages;
}

void raw_pages_close(struct raw_pages *pages)
{
	if (!pages)
		return;
	kbuffer_free(pages->kbuf);
	free(pages);
}

static uint32_t load_u32(const char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

/* The low 5 bits of an entry's first word on little-endian machines, the high ones on others. */
static unsigned entry_type(uint32_t word)
{
	return __BYTE_ORDER == __LITTLE_ENDIAN ? word & 31 : word >> 27;
}

/* kbuffer trusts every length: a page is walked through before it gets it. */
static bool entries_are_sound(const char *data, size_t size)
{
	size_t at = 0;

	while (at < size) {
		unsigned type;
		size_t step;

		if (size - at < 4)
			return false;
		type = entry_type(load_u32(data + at));
		if (type != 0 && type < KBUFFER_TYPE_PADDING) {
			step = 4 + 4 * type;
		} else if (size - at < 8) {
			return false;
		} else if (type == KBUFFER_TYPE_TIME_EXTEND || type == KBUFFER_TYPE_TIME_STAMP) {
			step = 8;
		} else { /* padding's length counts from behind the word, data's from itself */
			uint32_t length = load_u32(data + at + 4);

			if (length < 4 || length > size - at - 4 ||
			    (type == KBUFFER_TYPE_PADDING && length % 4))
				return false;
			step = 4 + (((size_t)length + 3) & ~(size_t)3);
		}
		at += step;
	}
	return at == size;
}

bool raw_pages_load(struct raw_pages *pages, void *data, size_t size, struct raw_page *page)
{
	const struct raw_page_layout *layout = &pages->layout;
	const char *bytes = data;
	unsigned long commit;

	if (size < layout->data_offset || size > layout->page_bytes)
		return false;
	memcpy(&commit, bytes + layout->commit_offset, sizeof(commit));
	page->used = commit & COMMIT_BYTES;
	if (page->used > size - layout->data_offset ||
	    !entries_are_sound(bytes + layout->data_offset, page->used))
		return false;
	page->lost = commit & COMMIT_LOST ? RAW_LOST_UNKNOWN : 0;
	if (page->lost && (commit & COMMIT_LOST_STORED)) {
		long lost;

		if (size - layout->data_offset - page->used < sizeof(lost))
			return false;
		memcpy(&lost, bytes + layout->data_offset + page->used, sizeof(lost));
		if (lost > 0)
			page->lost = lost;
	}
	memset((char *)data + size, 0, RAW_PAGE_SLACK);
	pages->begun = false;
	pages->empty = page->used == 0;
	return pages->empty || kbuffer_load_subbuffer(pages->kbuf, data) == 0;
}

const void *raw_pages_next(struct raw_pages *pages, uint64_t *ts, size_t *size)
{
	unsigned long long time = 0;
	const void *event;

	if (pages->empty)
		return NULL;
	event = pages->begun ? kbuffer_next_event(pages->kbuf, &time)
			     : kbuffer_read_event(pages->kbuf, &time);
	pages->begun = true;
	if (!event)
		return NULL;
	*ts = time;
	*size = kbuffer_event_size(pages->kbuf);
	return event;
}
