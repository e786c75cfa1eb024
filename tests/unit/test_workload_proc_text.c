/* SPDX-License-Identifier: MIT */
#include "../../workloads/proc_text.h"
#include <unistd.h>
#include "check.h"

TEST(a_number_is_what_follows_its_name)
{
	const char *text = "Rss:      9 kB\nPss:\t   123 kB\nThreads: 4\n";

	CHECK_EQ(proc_number(text, "\nPss:"), 123);
	CHECK_EQ(proc_number(text, "\nThreads:"), 4);
	CHECK_EQ(proc_number(text, "\nSwap:"), 0);
	CHECK_EQ(proc_number("", "\nPss:"), 0);
	CHECK_EQ(proc_number("0.1 0.2 0.3 2/219 77\n", "/"), 219);
}

TEST(a_file_is_read_as_far_as_there_is_room)
{
	char text[8192], start[5];

	proc_text("/proc/self/status", text, sizeof(text));
	CHECK(!strncmp(text, "Name:", 5));
	CHECK_EQ(proc_number(text, "\nPid:"), getpid());
	proc_text("/proc/self/status", start, sizeof(start));
	CHECK_STR(start, "Name");
	proc_text("/proc/self/nosuch", text, sizeof(text));
	CHECK_STR(text, "");
}

TEST(a_file_that_begins_with_no_number_has_none)
{
	CHECK(proc_first_number("/proc/sys/kernel/pid_max") >= 301);
	CHECK_EQ(proc_first_number("/proc/self/status"), PROC_NO_NUMBER);
	CHECK_EQ(proc_first_number("/proc/self/nosuch"), PROC_NO_NUMBER);
}

TEST(pages_of_files_are_no_part_of_a_processs_own)
{
	CHECK_EQ(proc_pss_bytes("Rss: 9 kB\nPss:  130 kB\nPss_Anon: 20 kB\nPss_File:   100 kB\n"),
		 30 * 1024);
	CHECK_EQ(proc_pss_bytes("Rss: 9 kB\nPss:  130 kB\n"), 130 * 1024); /* before Linux 5.3 */
	CHECK_EQ(proc_pss_bytes(""), 0);
}

int main(void)
{
	RUN(a_number_is_what_follows_its_name);
	RUN(a_file_is_read_as_far_as_there_is_room);
	RUN(a_file_that_begins_with_no_number_has_none);
	RUN(pages_of_files_are_no_part_of_a_processs_own);
	return check_done("proc text");
}
