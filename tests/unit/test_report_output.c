/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <unistd.h>
#include "common/failure.h"
#include "report/report_output.h"
#include "sample_summary.h"

TEST(a_full_disk_is_an_error)
{
	struct summary s = sample_summary();
	FILE *full = fopen("/dev/full", "w");

	CHECK_OR_RETURN(full);
	CHECK_EQ(report_text(&s, full, false, TASK_ROWS_DEFAULT), -1);
	fclose(full);
	summary_free(&s);
}

TEST(what_fails_only_when_closed_is_an_error)
{
	char path[] = "/tmp/schedlab-test-XXXXXX";
	int fd = mkstemp(path);
	FILE *full = fopen("/dev/full", "w"), *fine = fd < 0 ? NULL : fdopen(fd, "w");

	unlink(path);
	CHECK_OR_RETURN(full && fine);
	CHECK(fputs("a report", full) >= 0); /* it is in the buffer only */
	CHECK_EQ(report_close(full, 0, "the report"), EXIT_FAILED);
	CHECK(fputs("a report", fine) >= 0);
	CHECK_EQ(report_close(fine, 0, "the report"), 0);
}

int main(void)
{
	RUN(a_full_disk_is_an_error);
	RUN(what_fails_only_when_closed_is_an_error);
	return check_done("report_output");
}
