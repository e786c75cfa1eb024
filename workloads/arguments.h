/* SPDX-License-Identifier: MIT */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "workload.h"

#define ARGUMENTS_SETS_MAX 16
#define ARGUMENTS_HINT \
	"schedlab-workload --help shows the options, --list the bodies and their parameters"

/* The options as typed; NULL where not given. */
struct arguments {
	const char *body, *model, *units, *work, *threads, *processes, *cpus, *pin, *nice,
		*truth_fd;
	const char *sets[ARGUMENTS_SETS_MAX];
	unsigned sets_count;
	bool list;
	/* the parser's own */
	bool complained;
	int stopped_at;
};

/* 0; -1 after complaining of a usage error. --help and --version end the program. */
int arguments_parse(int argc, char **argv, struct arguments *arguments);

/* The same with their meaning checked, once all are known, and what was not given filled in. */
struct settings {
	struct workload workload;
	bool has_cpus;
	struct strict_cpus cpus;
	const char *pin; /* as typed; NULL: none */
	int truth_fd;	 /* -1: standard output */
};

int arguments_settle(const struct arguments *arguments, struct settings *settings);

#endif
