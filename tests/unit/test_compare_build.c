/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "compare/compare.h"

#define BUILD(compiler, flags, zstd)                                             \
	"\"build\": {\"compiler\": \"" compiler "\", \"flags\": \"" flags "\", " \
	"\"libraries\": {\"glibc\": \"2\", \"zstd\": \"" zstd "\"}}"

/* What differs between two truths, given as the inside of a JSON object. */
static const char *difference(const char *first, const char *second)
{
	static char what[COMPARE_WHAT];
	char text[2][400];
	json_t *truths[2];
	struct result_entry entries[2] = {};
	bool same;

	for (int i = 0; i < 2; i++) {
		snprintf(text[i], sizeof(text[i]), "{%s}", i ? second : first);
		truths[i] = json_loads(text[i], 0, NULL);
		CHECK(truths[i]);
		entries[i].truth = truths[i];
	}
	same = compare_same_build(&entries[0], &entries[1], what);
	CHECK_EQ(same, !*what);
	json_decref(truths[0]);
	json_decref(truths[1]);
	return what;
}

TEST(the_first_part_that_differs_is_named)
{
	const char *one = "\"version\": 0, " BUILD("gcc 12", "-O2", "1.5");

	CHECK_STR(difference(one, one), "");
	CHECK_STR(difference(one, "\"version\": 1, " BUILD("gcc 13", "-O2", "1.5")),
		  "version of the body");
	CHECK_STR(difference(one, BUILD("gcc 13", "-O3", "1.5")), "compiler");
	CHECK_STR(difference(one, BUILD("gcc 12", "-O3", "1.5")), "compiler flags");
	CHECK_STR(difference(one, BUILD("gcc 12", "-O2", "1.6")), "library zstd");
	CHECK_STR(difference("\"result\": {\"checksum\": \"a\"}",
			     "\"result\": {\"checksum\": \"b\"}"),
		  "checksum of what was computed");
}

TEST(what_only_one_of_them_says_is_no_difference)
{
	CHECK_STR(difference(BUILD("gcc 12", "-O2", "1.5"), ""), "");
	CHECK_STR(difference("\"result\": {\"lost\": 1}", "\"result\": {\"lost\": 2}"), "");
}

TEST(a_librarys_name_cannot_put_a_control_byte_on_the_terminal)
{
	CHECK_STR(difference("\"build\": {\"libraries\": {\"\\u001bx\": \"1\"}}",
			     "\"build\": {\"libraries\": {\"\\u001bx\": \"2\"}}"),
		  "library \\x1bx");
}

int main(void)
{
	RUN(the_first_part_that_differs_is_named);
	RUN(what_only_one_of_them_says_is_no_difference);
	RUN(a_librarys_name_cannot_put_a_control_byte_on_the_terminal);
	return check_done("compare_build");
}
