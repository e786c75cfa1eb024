/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include "arguments.h"
#include "complain.h"
#include "placement.h"
#include "truth.h"

/* What --version prints; argp's own name for it. */
const char *argp_program_version = "schedlab-workload " SCHEDLAB_VERSION;

/*
 * The kernel drops a CPU that is not allowed in silence; a run on fewer CPUs than asked for is
 * another run.
 */
static int use_cpus(const struct strict_cpus *cpus)
{
	struct strict_cpus allowed = { 0 };

	if (sched_getaffinity(0, sizeof(allowed), (cpu_set_t *)&allowed))
		return complain("report this", "the allowed CPUs: %s", strerror(errno));
	for (unsigned cpu = 0; cpu < STRICT_CPUS_MAX; cpu++) {
		if (strict_cpus_has(cpus, cpu) && !strict_cpus_has(&allowed, cpu))
			return complain("taskset -p $$ shows which are allowed, lscpu which exist",
					"--cpus: CPU %u does not exist or is not allowed here",
					cpu);
	}
	if (sched_setaffinity(0, sizeof(*cpus), (const cpu_set_t *)cpus))
		return complain("taskset -p $$ shows which are allowed", "--cpus: %s",
				strerror(errno));
	return 0;
}

static int write_json(json_t *json, int fd)
{
	bool terminal = fd < 0 && isatty(STDOUT_FILENO);
	int failed;

	errno = 0;
	if (fd >= 0) {
		failed = json_dumpfd(json, fd, JSON_COMPACT) || write(fd, "\n", 1) != 1;
	} else {
		failed = json_dumpf(json, stdout, terminal ? JSON_INDENT(2) : JSON_COMPACT) ||
			 putchar('\n') == EOF || fflush(stdout) == EOF;
	}
	json_decref(json);
	if (!failed)
		return WORKLOAD_GOOD;
	complain("is the disk full, or the reader gone?", "writing JSON failed: %s",
		 strerror(errno ? errno : EIO));
	return WORKLOAD_FAILED;
}

/*
 * Pairs over pipes hold four descriptors: the soft limit of 1024 is meant for select(2), not for
 * us.
 */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct settings settings;
	json_t *truth = NULL;

	if (arguments_parse(argc, argv, &arguments))
		return WORKLOAD_USAGE;
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is told in words */
	if (arguments.list)
		return write_json(catalogue_json(), -1);
	if (arguments_settle(&arguments, &settings) ||
	    (settings.has_cpus && use_cpus(&settings.cpus)) ||
	    (settings.pin && placement_settle(&settings.workload, settings.pin))) {
		free((void *)settings.workload.nice);
		free(settings.workload.pins);
		return WORKLOAD_USAGE;
	}
	raise_descriptor_limit();
	if (!settings.workload.model->launch(&settings.workload))
		truth = truth_of_run(&settings.workload);
	if (settings.workload.body->finish)
		settings.workload.body->finish(&settings.workload);
	free((void *)settings.workload.nice);
	free(settings.workload.pins);
	if (!truth)
		return WORKLOAD_FAILED;
	return write_json(truth, settings.truth_fd);
}
