/* SPDX-License-Identifier: MIT */
/* Pages as the kernel writes them, and as nobody should: no kernel and no root. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "ftrace_fixtures.h"
#include "record/tracefs_pages.h"

#define LOST (1ull << 31)
#define LOST_STORED (1ull << 30)

struct page {
	char bytes[4096 + RAW_PAGE_SLACK];
	size_t used;
};

static struct raw_page_layout layout(void)
{
	struct raw_page_layout layout = {};
	char *text = fixture("header_page");

	CHECK(text && raw_page_layout_parse(&layout, text));
	free(text);
	return layout;
}

static void put_u32(struct page *page, uint32_t value)
{
	memcpy(page->bytes + 16 + page->used, &value, 4);
	page->used += 4;
}

static void page_start(struct page *page, uint64_t ts)
{
	memset(page, 0, sizeof(*page));
	memcpy(page->bytes, &ts, 8);
}

/* As the kernel writes them: up to 112 bytes the length is in the word itself. */
static void put_event(struct page *page, uint32_t delta, uint32_t value, size_t size)
{
	if (size <= 112) {
		put_u32(page, delta << 5 | size / 4);
	} else {
		put_u32(page, delta << 5);
		put_u32(page, size + 4);
	}
	put_u32(page, value);
	page->used += size - 4;
}

static void page_commit(struct page *page, uint64_t flags)
{
	uint64_t commit = page->used | flags;

	memcpy(page->bytes + 8, &commit, 8);
}

TEST(the_page_header_tells_its_layout)
{
	struct raw_page_layout l = layout();

	CHECK_EQ(l.commit_offset, 8);
	CHECK_EQ(l.commit_size, 8);
	CHECK_EQ(l.data_offset, 16);
	CHECK_EQ(l.page_bytes, 4096);
	CHECK(!raw_page_layout_parse(&l, ""));
	CHECK(!raw_page_layout_parse(&l, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\n"));
	CHECK(!raw_page_layout_parse(&l, "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
					 "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
					 "\tfield: char data;\toffset:16;\tsize:4294967295;\n"));
}

TEST(events_come_with_their_times_and_sizes)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	uint64_t ts = 0;
	size_t size = 0;
	const uint32_t *event;

	page_start(&page, 1000000);
	put_event(&page, 0, 1, 64);
	put_event(&page, 250, 2, 8);
	put_u32(&page, 5u << 5 | 30); /* a time extension: 5 + 2 << 27 */
	put_u32(&page, 2);
	put_event(&page, 7, 3, 200);
	page_commit(&page, 0);
	CHECK_OR_RETURN(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK_EQ(info.lost, 0);
	CHECK_EQ(info.used, page.used);
	event = raw_pages_next(pages, &ts, &size);
	CHECK(event && *event == 1 && ts == 1000000 && size == 64);
	event = raw_pages_next(pages, &ts, &size);
	CHECK(event && *event == 2 && ts == 1000250 && size == 8);
	event = raw_pages_next(pages, &ts, &size);
	CHECK(event && *event == 3 && size == 200);
	CHECK_EQ(ts, 1000250 + 5 + (2ull << 27) + 7);
	CHECK(!raw_pages_next(pages, &ts, &size));
	raw_pages_close(pages);
}

TEST(lost_events_are_counted_where_the_page_says_how_many)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	uint64_t lost = 12345;

	page_start(&page, 1);
	put_event(&page, 0, 1, 64);
	memcpy(page.bytes + 16 + page.used, &lost, 8);
	page_commit(&page, LOST | LOST_STORED);
	CHECK(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK_EQ(info.lost, 12345);
	page_commit(&page, LOST);
	CHECK(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK_EQ(info.lost, RAW_LOST_UNKNOWN);
	raw_pages_close(pages);
}

TEST(an_empty_page_has_no_event)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	uint64_t ts;
	size_t size;

	page_start(&page, 1);
	page_commit(&page, 0);
	CHECK(raw_pages_load(pages, page.bytes, 4096, &info));
	CHECK(!raw_pages_next(pages, &ts, &size));
	raw_pages_close(pages);
}

TEST(a_page_that_is_cut_off_is_damaged)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;

	page_start(&page, 1);
	for (int i = 0; i < 20; i++)
		put_event(&page, 10, i, 64);
	page_commit(&page, 0);
	for (size_t size = 0; size < 16 + page.used; size++) {
		struct page cut = page;

		CHECK(!raw_pages_load(pages, cut.bytes, size, &info));
	}
	CHECK(raw_pages_load(pages, page.bytes, 16 + page.used, &info));
	raw_pages_close(pages);
}

TEST(a_page_that_claims_more_than_it_has_is_damaged)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_page info;
	struct page page;
	static const uint32_t lengths[] = { 0, 3, 4093, 0x7fffffff, 0xfffffffc, 0xffffffff };

	page_start(&page, 1);
	put_event(&page, 0, 1, 64);
	page.used = 4081;
	page_commit(&page, 0);
	CHECK(!raw_pages_load(pages, page.bytes, 4096, &info));
	page.used = 0x3fffffff;
	page_commit(&page, LOST);
	CHECK(!raw_pages_load(pages, page.bytes, 4096, &info));
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		for (uint32_t type = 0; type < 32; type += 29) { /* data and padding */
			page_start(&page, 1);
			put_u32(&page, 1 << 5 | type);
			put_u32(&page, lengths[i]);
			page.used += 60;
			page_commit(&page, 0);
			CHECK(!raw_pages_load(pages, page.bytes, 4096, &info));
		}
	raw_pages_close(pages);
}

/* Whatever the bytes are: no event lies outside the page, and the walk ends. */
TEST(no_page_of_noise_leads_out_of_the_page)
{
	struct raw_page_layout l = layout();
	struct raw_pages *pages = raw_pages_open(&l);
	struct raw_formats f = formats();
	unsigned loaded = 0;

	srandom(1);
	for (int round = 0; round < 20000; round++) {
		struct raw_page info;
		struct page page;
		const char *event;
		uint64_t ts;
		size_t size;

		page_start(&page, random());
		for (size_t i = 0; i < 64; i += 4)
			put_u32(&page, random() & (random() % 2 ? 31 : 0x7fffffff));
		page.used = random() % 16 * 4;
		page_commit(&page, random() % 3 ? 0 : LOST | LOST_STORED);
		if (!raw_pages_load(pages, page.bytes, 4096, &info))
			continue;
		loaded++;
		while ((event = raw_pages_next(pages, &ts, &size))) {
			union any_record record;

			if (!CHECK(event >= page.bytes + 16 &&
				   event + size <= page.bytes + 16 + page.used))
				break;
			raw_decode(&f, ts, 0, event, size, &record);
		}
	}
	CHECK(loaded > 100);
	raw_pages_close(pages);
}

int main(void)
{
	RUN(the_page_header_tells_its_layout);
	RUN(events_come_with_their_times_and_sizes);
	RUN(lost_events_are_counted_where_the_page_says_how_many);
	RUN(an_empty_page_has_no_event);
	RUN(a_page_that_is_cut_off_is_damaged);
	RUN(a_page_that_claims_more_than_it_has_is_damaged);
	RUN(no_page_of_noise_leads_out_of_the_page);
	return check_done("tracefs_pages");
}
