/* SPDX-License-Identifier: MIT */
#include "privilege.h"
#include <inttypes.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include "common/first_line.h"

const char privilege_remedy[] =
	"run it as root: sudo schedlab ...; or with just these: sudo setpriv --reuid USER "
	"--init-groups --inh-caps +bpf,+perfmon --ambient-caps +bpf,+perfmon schedlab ...";

/* A number in /proc/self/status. False where it is not there. */
static bool own_status(const char *key, int base, uint64_t *value)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t length = strlen(key);
	bool found = false;
	char line[256];

	while (file && !found && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, length) && line[length] == ':')
			found = sscanf(line + length + 1, base == 16 ? "%" SCNx64 : "%" SCNu64,
				       value) == 1;
	if (file)
		fclose(file);
	return found;
}

const char *privilege_missing(void)
{
	uint64_t effective = 0;
	bool bpf, perfmon;

	/* Without /proc nothing is known to be missing: the kernel will say. */
	if (!own_status("CapEff", 16, &effective) || effective >> CAP_SYS_ADMIN & 1)
		return NULL;
	bpf = effective >> CAP_BPF & 1;
	perfmon = effective >> CAP_PERFMON & 1;
	if (!bpf && !perfmon)
		return "CAP_BPF and CAP_PERFMON";
	return bpf ? perfmon ? NULL : "CAP_PERFMON" : "CAP_BPF";
}

/* The kernel's own namespaces have inode numbers that never change (linux/proc_ns.h). */
#define FIRST_TIME_NAMESPACE 0xeffffffaul
#define FIRST_PID_NAMESPACE 0xeffffffcul

static bool in_other_namespace(const char *path, unsigned long first)
{
	struct stat st;

	return !stat(path, &st) && st.st_ino != first;
}

/* A new time namespace has the machine's clock until it is given an offset. */
static bool clock_is_shifted(void)
{
	char line[128];
	long seconds, ns;

	return in_other_namespace("/proc/self/ns/time_for_children", FIRST_TIME_NAMESPACE) &&
	       first_line(line, sizeof(line), "/proc/self/timens_offsets") &&
	       sscanf(line, "monotonic %ld %ld", &seconds, &ns) == 2 && (seconds || ns);
}

const char *privilege_namespace(const char **remedy)
{
	if (in_other_namespace("/proc/self/ns/pid", FIRST_PID_NAMESPACE)) {
		*remedy = "run it outside, or share the machine's: docker run --pid=host";
		return "a PID namespace (a container), whose task numbers are not the kernel's";
	}
	if (clock_is_shifted()) {
		*remedy = "run it outside: sudo nsenter --time -t 1 schedlab ...";
		return "a time namespace, whose clock is not the kernel's";
	}
	*remedy = NULL;
	return NULL;
}

bool privilege_in_user_namespace(void)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	unsigned long long inside, outside, count;
	bool whole = false;

	if (!file)
		return false;
	if (fscanf(file, "%llu %llu %llu", &inside, &outside, &count) == 3)
		whole = inside == 0 && outside == 0 && count == UINT32_MAX;
	fclose(file);
	return !whole;
}

bool privilege_is_filtered(void)
{
	uint64_t mode;

	return own_status("Seccomp", 10, &mode) && mode == SECCOMP_MODE_FILTER;
}

/* The file reads "none [integrity] confidentiality". */
const char *privilege_lockdown(char *out, size_t size)
{
	char line[128], *open, *close;

	if (!first_line(line, sizeof(line), "/sys/kernel/security/lockdown"))
		return NULL;
	open = strchr(line, '[');
	close = open ? strchr(open, ']') : NULL;
	if (!close)
		return NULL;
	*close = '\0';
	snprintf(out, size, "%s", open + 1);
	return out;
}

bool privilege_is_confidential(void)
{
	char mode[32];

	return privilege_lockdown(mode, sizeof(mode)) && !strcmp(mode, "confidentiality");
}
