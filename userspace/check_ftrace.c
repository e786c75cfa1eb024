/* SPDX-License-Identifier: MIT */
/* `schedlab check`: the second path, and what a killed schedlab left in it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "check_rows.h"
#include "machine/privilege.h"
#include "record/tracefs_decode.h"
#include "record/tracefs_instance.h"

#define SAY(...) snprintf(detail, CHECK_DETAIL, __VA_ARGS__)

static bool has_events(int root, char *detail)
{
	for (int i = 0; i < RAW_EVENTS; i++) {
		char path[96];

		snprintf(path, sizeof(path), "events/%s/%s/format", raw_sources[i].system,
			 raw_sources[i].name);
		if (raw_sources[i].optional || !faccessat(root, path, R_OK, 0))
			continue;
		SAY("no trace event %s: %s", raw_sources[i].name, strerror(errno));
		return false;
	}
	if (!faccessat(root, "instances", W_OK | X_OK, 0))
		return true;
	SAY("no instance can be made: %s", strerror(errno));
	return false;
}

enum check_state check_ftrace(char *detail)
{
	int root = tracefs_root(), stale;
	char *clocks;
	bool good;

	if (root < 0) {
		SAY("tracefs: %s", strerror(errno));
		return geteuid() == 0 ? CHECK_MISSING : CHECK_UNKNOWN;
	}
	good = has_events(root, detail);
	if (!good && privilege_is_confidential())
		SAY("the kernel is locked down for confidentiality");
	clocks = good ? tracefs_read(root, "trace_clock") : NULL; /* a lockdown forbids to open */
	if (good && (!clocks || !strstr(clocks, "mono"))) {
		SAY("the clocks: %s", clocks ? "no mono" : strerror(errno));
		good = false;
	}
	free(clocks);
	close(root);
	if (!good)
		return geteuid() == 0 ? CHECK_MISSING : CHECK_UNKNOWN;
	stale = tracefs_stale(false);
	if (stale > 0)
		SAY("works; %d left by a killed schedlab, which the next recording removes", stale);
	else
		SAY("works, and stands in where BPF is refused");
	return CHECK_OK;
}
