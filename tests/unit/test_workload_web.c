/* SPDX-License-Identifier: MIT */
#include "../../workloads/body_web.h"
#include "check.h"

static char page[WEB_PAGE_MAX], other[WEB_PAGE_MAX];

TEST(a_page_is_computed_from_its_request_alone)
{
	size_t length = web_page(3, 17, page);

	CHECK_EQ(web_page(3, 17, other), length);
	CHECK(!memcmp(page, other, length));
}

TEST(pages_of_different_requests_differ_in_length_and_text)
{
	uint64_t lengths = 0;
	size_t first = web_page(0, 0, page);

	for (unsigned i = 1; i < 100; i++) {
		size_t of_unit = web_page(i, 0, other);

		CHECK(of_unit >= WEB_PAGE_MIN && of_unit <= WEB_PAGE_MAX);
		lengths += of_unit != first;
		CHECK(memcmp(page, other, WEB_PAGE_MIN));
		lengths += web_page(0, i, other) != first;
		CHECK(memcmp(page, other, WEB_PAGE_MIN));
	}
	CHECK(lengths > 180);
}

TEST(a_path_comes_back_as_its_request)
{
	uint64_t unit = 0, request = 0;
	char path[WEB_PATH_MAX];

	web_path(99999, 1000000000, path);
	CHECK_STR(path, "/units/99999/requests/1000000000");
	CHECK(web_path_parse(path, &unit, &request));
	CHECK_EQ(unit, 99999);
	CHECK_EQ(request, 1000000000);
}

TEST(any_other_path_is_not_known)
{
	static const char *const paths[] = {
		"",
		"/",
		"/units/1",
		"/units/1/requests/",
		"/units/1/requests/2/",
		"/units/1/requests/2 ",
		"/units/01/requests/2",
		"/units/-1/requests/2",
		"/units/+1/requests/2",
		"/units/ 1/requests/2",
		"/units/1/requests/1000000000000000000000",
	};
	uint64_t unit, request;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		CHECK(!web_path_parse(paths[i], &unit, &request));
}

int main(void)
{
	RUN(a_page_is_computed_from_its_request_alone);
	RUN(pages_of_different_requests_differ_in_length_and_text);
	RUN(a_path_comes_back_as_its_request);
	RUN(any_other_path_is_not_known);
	return check_done("web");
}
