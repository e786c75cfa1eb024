/* SPDX-License-Identifier: MIT */
#include "common/first_line.h"
#include "machine.h"
#include "machine_parts.h"
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

/* ---- preemption ---------------------------------------------------------------------------------
 */

/* debugfs shows "none voluntary (full)" where it is mounted and lockdown lets it be read. */
static const char *preempt_of_debugfs(char *out, size_t size)
{
	char *open, *close;

	if (!first_line(out, size, "/sys/kernel/debug/sched/preempt"))
		return NULL;
	open = strchr(out, '(');
	close = open ? strchr(open, ')') : NULL;
	if (!close)
		return NULL;
	*close = '\0';
	return open + 1;
}

/* preempt=MODE on the kernel's command line decides where the kernel is PREEMPT_DYNAMIC. */
static const char *preempt_of_command_line(char *out, size_t size)
{
	const char *value = NULL;
	char *rest;

	if (!first_line(out, size, "/proc/cmdline"))
		return NULL;
	for (char *word = strtok_r(out, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
		if (!strncmp(word, "preempt=", strlen("preempt=")))
			value = word + strlen("preempt=");
	return value;
}

/* How the kernel was built: what PREEMPT_DYNAMIC starts as, and all there is without it. */
static const char *preempt_of_config(const char *path)
{
	static const struct {
		const char *line, *mode;
	} modes[] = {
		{ "CONFIG_PREEMPT_RT=y", "rt" },
		{ "CONFIG_PREEMPT_LAZY=y", "lazy" },
		{ "CONFIG_PREEMPT_VOLUNTARY=y", "voluntary" },
		{ "CONFIG_PREEMPT_NONE=y", "none" },
		{ "CONFIG_PREEMPT=y", "full" },
	};
	gzFile file = gzopen(path, "re"); /* reads what isn't compressed as well */
	const char *mode = NULL;
	char line[256];

	while (file && !mode && gzgets(file, line, sizeof(line))) {
		line[strcspn(line, "\n")] = '\0';
		for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]) && !mode; i++)
			if (!strcmp(line, modes[i].line))
				mode = modes[i].mode;
	}
	if (file)
		gzclose(file);
	return mode;
}

static const char *preempt_of_build(const struct utsname *uts)
{
	const char *mode = preempt_of_config("/proc/config.gz");
	char path[sizeof(uts->release) + 64];

	if (!mode) {
		snprintf(path, sizeof(path), "/boot/config-%s", uts->release);
		mode = preempt_of_config(path);
	}
	if (!mode) {
		snprintf(path, sizeof(path), "/usr/lib/modules/%s/config", uts->release);
		mode = preempt_of_config(path);
	}
	return mode;
}

const char *machine_preempt(char *out, size_t size)
{
	struct utsname uts;
	char text[4096];
	const char *mode;

	if (uname(&uts) < 0)
		return NULL;
	if (strstr(uts.version, "PREEMPT_RT"))
		mode = "rt";
	else if (!strstr(uts.version, "PREEMPT"))
		mode = preempt_of_build(&uts); /* none or voluntary: only the build tells */
	else if (!strstr(uts.version, "PREEMPT_DYNAMIC"))
		mode = "full";
	else {
		mode = preempt_of_debugfs(text, sizeof(text));
		if (!mode)
			mode = preempt_of_command_line(text, sizeof(text));
		if (!mode)
			mode = preempt_of_build(&uts);
	}
	if (!mode)
		return NULL;
	snprintf(out, size, "%s", mode);
	return out;
}

/* ---- the rest -----------------------------------------------------------------------------------
 */

/* The coarse clock advances by one tick, and says so as its resolution. */
int machine_hz(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) < 0 || tick.tv_sec || tick.tv_nsec <= 0)
		return -1;
	return (int)((1000000000L + tick.tv_nsec / 2) / tick.tv_nsec);
}

int machine_sched_ext(void)
{
	char state[64];

	if (!first_line(state, sizeof(state), "/sys/kernel/sched_ext/state"))
		/* A kernel without sched_ext has no such folder; a hidden /sys tells nothing. */
		return access("/sys/kernel", R_OK) == 0 ? 0 : -1;
	return strcmp(state, "disabled") != 0;
}

#if defined(__x86_64__) || defined(__i386__)
const char *machine_virt(char *out, size_t size)
{
	static const struct {
		const char *signature, *name;
	} known[] = {
		{ "KVMKVMKVM", "kvm" },	      { "TCGTCGTCGTCG", "qemu" },
		{ "VMwareVMware", "vmware" }, { "XenVMMXenVMM", "xen" },
		{ "Microsoft Hv", "hyperv" }, { "bhyve bhyve ", "bhyve" },
		{ "ACRNACRNACRN", "acrn" },
	};
	unsigned eax, ebx, ecx, edx;
	char signature[13] = "";

	if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx))
		return NULL;
	if (!(ecx & 1U << 31))
		return "none";
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	memcpy(signature, &ebx, 4);
	memcpy(signature + 4, &ecx, 4);
	memcpy(signature + 8, &edx, 4);
	snprintf(out, size, "%s", *signature ? signature : "unnamed");
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(signature, known[i].signature))
			return known[i].name;
	return out;
}
#else
/* The firmware's tables tell here: dmi on servers, the device tree elsewhere. */
const char *machine_virt(char *out, size_t size)
{
	if (first_line(out, size, "/proc/device-tree/hypervisor/compatible"))
		return out;
	if (!first_line(out, size, "/sys/class/dmi/id/sys_vendor"))
		return NULL;
	return !strcmp(out, "QEMU") || strstr(out, "Amazon EC2") ? "kvm" : "none";
}
#endif

#if defined(__x86_64__) || defined(__i386__)
/* KVM shares a count of steal where its feature bit says so; Xen always does. */
static bool host_tells_steal(const char *host)
{
	unsigned eax = 0, ebx, ecx, edx;

	if (!strcmp(host, "xen"))
		return true;
	if (strcmp(host, "kvm"))
		return false;
	__cpuid(0x40000000, eax, ebx, ecx, edx);
	if (eax < 0x40000001)
		return false;
	__cpuid(0x40000001, eax, ebx, ecx, edx);
	return eax & 1U << 5; /* KVM_FEATURE_STEAL_TIME */
}
#else
static bool host_tells_steal(const char *host)
{
	return false;
}
#endif

bool machine_tells_steal(void)
{
	char text[64];
	const char *host = machine_virt(text, sizeof(text));

	return host && (!strcmp(host, "none") || host_tells_steal(host));
}

const char *machine_governor(char *out, size_t size)
{
	long cpus = sysconf(_SC_NPROCESSORS_CONF);
	char path[96], line[64];
	bool found = false;

	for (long cpu = 0; cpu < cpus; cpu++) {
		snprintf(path, sizeof(path),
			 "/sys/devices/system/cpu/cpu%ld/cpufreq/scaling_governor", cpu);
		if (!first_line(line, sizeof(line), path))
			continue;
		if (found && strcmp(line, out))
			return "mixed";
		snprintf(out, size, "%s", line);
		found = true;
	}
	return found ? out : NULL;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

const char *machine_mitigations(char *out, size_t size)
{
	static const char folder[] = "/sys/devices/system/cpu/vulnerabilities";
	struct dirent **names;
	int count = scandir(folder, &names, NULL, by_name);
	size_t length = 0;

	if (count < 0)
		return NULL;
	*out = '\0';
	for (int i = 0; i < count; i++) {
		char path[sizeof(folder) + sizeof(names[i]->d_name)], line[256];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]->d_name);
		/* Not "Vulnerable", not "Not affected": "Mitigation: ...", "KVM: Mitigation: ..."
		 */
		if (*names[i]->d_name != '.' && first_line(line, sizeof(line), path) &&
		    strstr(line, "Mitigation") && length < size)
			length += (size_t)snprintf(out + length, size - length, "%s%s",
						   length ? " " : "", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return length ? out : "none";
}
