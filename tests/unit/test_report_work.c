/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "report_of.h"
#include "sample_summary.h"
#include "summary/sentence.h"

static char *text_with(json_t *truth)
{
	struct summary s = sample_summary();
	char *text;

	s.truth = truth;
	sentence_build(&s);
	text = report_of(&s, false);
	summary_free(&s);
	return text;
}

TEST(a_workload_is_told_with_all_that_makes_it_what_it_is)
{
	char *text = text_with(json_pack(
		"{s:s, s:i, s:i, s:s, s:i, s:{s:i, s:s}, s:{s:s}, s:{s:s, s:s, s:{s:s, s:s}}}",
		"body", "codec", "version", 3, "work", 200, "work_unit", "blocks", "n", 2,
		"parameters", "level", 19, "form", "x", "result", "checksum", "0123456789abcdef",
		"build", "compiler", "gcc 12.2.0", "flags", "-g -O2", "libraries", "glibc", "2.36",
		"zstd", "1.5.4"));

	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "\n\nWork: codec, version 3: 2 units x 200 blocks with level=19, "
			   "form=x; checksum "));
	CHECK(strstr(text, "0123456789abcdef; by"));
	CHECK(strstr(text, " gcc 12.2.0 -g -O2; glibc 2.36, zstd 1.5.4\n"));
	free(text);
}

TEST(what_is_not_known_of_it_is_left_out)
{
	char *text = text_with(
		json_pack("{s:s, s:{s:b}, s:[]}", "body", "spin", "parameters", "x", 1, "build"));

	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "\nWork: spin with x\n"));
	free(text);
	text = text_with(NULL);
	CHECK_OR_RETURN(text);
	CHECK(!strstr(text, "Work:"));
	free(text);
}

TEST(a_ground_truth_that_lies_drives_no_terminal_and_ends)
{
	char words[3000];
	json_t *flags;
	char *text;

	memset(words, 'x', sizeof(words) - 1);
	words[sizeof(words) - 1] = 0;
	flags = json_string(words);
	text = text_with(json_pack("{s:s, s:{s:o, s:s, s:{s:O, s:O, s:O, s:O, s:O, s:O, s:O}}}",
				   "body", "a\033[31m", "build", "flags", flags, "compiler", "c",
				   "libraries", "1", flags, "2", flags, "3", flags, "4", flags, "5",
				   flags, "6", flags, "7", flags));
	CHECK_OR_RETURN(text);
	CHECK(strstr(text, "Work: a\\x1b[31m"));
	CHECK(!strchr(text, '\033'));
	CHECK(strstr(text, "\nProfile: "));
	free(text);
}

int main(void)
{
	RUN(a_workload_is_told_with_all_that_makes_it_what_it_is);
	RUN(what_is_not_known_of_it_is_left_out);
	RUN(a_ground_truth_that_lies_drives_no_terminal_and_ends);
	return check_done("report_work");
}
