/* SPDX-License-Identifier: MIT */
/* What a whole report takes, from the file to its last byte. */
#include "check.h"
#include "report/report.h"
#include "summary/analysis.h"
#include "trace/trace_unzip.h"
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define CPUS "4"
#define TASKS "200"

/* Beside this program: build/tests/bench/make_trace. */
static const char *maker(void)
{
	static char path[PATH_MAX + 32];
	char self[PATH_MAX] = "";

	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		return "";
	snprintf(path, sizeof(path), "%s/../bench/make_trace", dirname(self));
	return path;
}

/* Of a child that ends well; else -1. */
static long peak_kib(pid_t child)
{
	struct rusage usage;
	int status;

	if (child < 0 || wait4(child, &status, 0, &usage) != child || status)
		return -1;
	return usage.ru_maxrss;
}

static bool make_trace(const char *path, const char *switches)
{
	pid_t child = fork();

	if (!child) {
		execl(maker(), "make_trace", path, CPUS, TASKS, switches, NULL);
		_exit(127);
	}
	return peak_kib(child) >= 0;
}

static long report_kib(const char *path, enum report_format format)
{
	pid_t child = fork();
	struct summary s;
	FILE *out;
	int err;

	if (child)
		return peak_kib(child);
	unzipped_kept_bytes = 1 << 20; /* less than either trace has */
	out = fopen("/dev/null", "w");
	if (!out || analyze_file(path, &s) || s.trust.verdict != TRUST_WHOLE)
		_exit(1);
	err = format == REPORT_JSON ? report_json_write(&s, out)
				    : report_text(&s, out, false, TASK_ROWS_DEFAULT);
	_exit(err ? 1 : 0);
}

/* 10^5 switches fill all that is by CPUs and tasks; 4 bytes each of the others would be 3.5 MB. */
TEST(memory_does_not_grow_with_the_switches)
{
	char folder[] = "/tmp/schedlab-test-XXXXXX", few[64], many[64];

	CHECK_OR_RETURN(mkdtemp(folder));
	snprintf(few, sizeof(few), "%s/few", folder);
	snprintf(many, sizeof(many), "%s/many", folder);
	CHECK(make_trace(few, "100000") && make_trace(many, "1000000"));
	for (enum report_format format = REPORT_TEXT; format <= REPORT_JSON; format++) {
		long before = report_kib(few, format), after = report_kib(many, format);

		CHECK(before > 0 && after > 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
		CHECK(after - before < 1024);
		if (after - before >= 1024)
			printf("# from %ld to %ld KiB\n", before, after);
#endif
	}
	unlink(few);
	unlink(many);
	rmdir(folder);
}

int main(void)
{
	RUN(memory_does_not_grow_with_the_switches);
	return check_done("analysis");
}
