/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "common/first_line.h"

TEST(a_file_that_is_missing_or_empty_has_no_line)
{
	char line[8];

	CHECK_STR(first_line(line, sizeof(line), "/nonexistent/file"), NULL);
	CHECK_STR(first_line(line, sizeof(line), "/dev/null"), NULL);
	CHECK_STR(first_line(line, sizeof(line), "/proc/sys/kernel/ostype"), "Linux");
}

int main(void)
{
	RUN(a_file_that_is_missing_or_empty_has_no_line);
	return check_done("first_line");
}
