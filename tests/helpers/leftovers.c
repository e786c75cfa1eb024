/* SPDX-License-Identifier: MIT */
/*
 * leftovers: prints what a tracer may leave behind in the kernel, a line each: BPF programs, maps
 * and links that no living process holds by a descriptor, pins, control groups and tracefs
 * instances of schedlab's, processes of this test (BATS_TEST_TMPDIR is in their environment), and
 * complaints in the kernel's log. Status 0; 4 where BPF refuses to list.
 *
 * One program and not a script of ten: it runs before and after each live test.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <linux/bpf.h>
#include <regex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PROG, MAP, LINK, KINDS };

static const struct kind {
	const char *name, *target, *id_line;
	int next, open;
} kinds[KINDS] = {
	[PROG] = { "prog", "anon_inode:bpf-prog", "prog_id:", BPF_PROG_GET_NEXT_ID,
		   BPF_PROG_GET_FD_BY_ID },
	[MAP] = { "map", "anon_inode:bpf-map", "map_id:", BPF_MAP_GET_NEXT_ID,
		  BPF_MAP_GET_FD_BY_ID },
	[LINK] = { "link", "anon_inode:bpf_link", "link_id:", BPF_LINK_GET_NEXT_ID,
		   BPF_LINK_GET_FD_BY_ID },
};

static struct {
	unsigned *ids;
	size_t count;
} held[KINDS];

static int bpf(int command, union bpf_attr *attr)
{
	return (int)syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static void hold(int kind, unsigned id)
{
	held[kind].ids = reallocarray(held[kind].ids, held[kind].count + 1, sizeof(unsigned));
	if (!held[kind].ids)
		abort();
	held[kind].ids[held[kind].count++] = id;
}

static bool is_held(int kind, unsigned id)
{
	for (size_t i = 0; i < held[kind].count; i++)
		if (held[kind].ids[i] == id)
			return true;
	return false;
}

/* What /proc/PID/fdinfo/FD says of the object's id. */
static void note_descriptor(int kind, const char *pid, const char *fd)
{
	char path[600], line[256];
	FILE *info;

	snprintf(path, sizeof(path), "/proc/%s/fdinfo/%s", pid, fd);
	info = fopen(path, "re");
	if (!info)
		return;
	while (fgets(line, sizeof(line), info))
		if (!strncmp(line, kinds[kind].id_line, strlen(kinds[kind].id_line)))
			hold(kind, strtoul(line + strlen(kinds[kind].id_line), NULL, 10));
	fclose(info);
}

static void note_process(const char *pid)
{
	char path[600], target[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		ssize_t length =
			readlinkat(dirfd(folder), entry->d_name, target, sizeof(target) - 1);

		if (length < 0)
			continue;
		target[length] = 0;
		for (int kind = 0; kind < KINDS; kind++)
			if (!strcmp(target, kinds[kind].target))
				note_descriptor(kind, pid, entry->d_name);
	}
	if (folder)
		closedir(folder);
}

/* A link has no name. */
static void print_object(int kind, unsigned id)
{
	union bpf_attr attr = { .prog_id = id };
	struct bpf_prog_info prog = {};
	struct bpf_map_info map = {};
	const char *name = kind == PROG ? prog.name : kind == MAP ? map.name : "";
	int fd = bpf(kinds[kind].open, &attr);

	if (fd < 0)
		return; /* gone meanwhile */
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = kind == PROG ? sizeof(prog) : sizeof(map);
	attr.info.info = kind == PROG ? (uintptr_t)&prog : (uintptr_t)&map;
	if (kind != LINK)
		bpf(BPF_OBJ_GET_INFO_BY_FD, &attr);
	printf("%s %u %s\n", kinds[kind].name, id, name);
	close(fd);
}

static struct {
	unsigned ids[65536];
	size_t count;
} listed[KINDS];

/* False: the kernel does not tell. */
static bool list_objects(void)
{
	for (int kind = 0; kind < KINDS; kind++) {
		union bpf_attr attr = {};

		while (listed[kind].count < 65536 && !bpf(kinds[kind].next, &attr)) {
			listed[kind].ids[listed[kind].count++] = attr.next_id;
			attr = (union bpf_attr){ .start_id = attr.next_id };
		}
		if (errno != ENOENT)
			return false;
	}
	return true;
}

static void print_orphans(void)
{
	for (int kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < listed[kind].count; i++)
			if (!is_held(kind, listed[kind].ids[i]))
				print_object(kind, listed[kind].ids[i]);
}

/* ---- files -------------------------------------------------------------------------------------
 */

static int print_pin(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type;
	if (at->level)
		printf("pin %s\n", path);
	return 0;
}

static int print_cgroup(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	if (type == FTW_D && strstr(path + at->base, "schedlab"))
		printf("cgroup %s\n", path);
	return 0;
}

static ssize_t read_file(char *to, size_t size, const char *folder, const char *name)
{
	char path[600];
	ssize_t length = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/%s", folder, name);
	file = fopen(path, "re");
	if (file) {
		length = (ssize_t)fread(to, 1, size - 1, file);
		to[length] = 0;
		fclose(file);
	}
	return length;
}

/* But those of a schedlab that lives: another one may run beside the tests. */
static void print_instances(void)
{
	DIR *folder = opendir("/sys/kernel/tracing/instances");
	struct dirent *entry;

	while (folder && (entry = readdir(folder))) {
		char comm[32] = "", pid[32] = "";

		if (entry->d_name[0] == '.')
			continue;
		if (sscanf(entry->d_name, "schedlab-%31[0-9]", pid) == 1)
			read_file(comm, sizeof(comm), pid, "comm");
		if (strcmp(comm, "schedlab\n"))
			printf("instance /sys/kernel/tracing/instances/%s\n", entry->d_name);
	}
	if (folder)
		closedir(folder);
}

/* ---- processes ---------------------------------------------------------------------------------
 */

static bool is_of_this_test(const char *pid)
{
	static char environ_text[1 << 17];
	const char *folder = getenv("BATS_TEST_TMPDIR");
	ssize_t length = read_file(environ_text, sizeof(environ_text), pid, "environ");

	for (const char *at = environ_text; folder && at < environ_text + length;
	     at += strlen(at) + 1)
		if (!strncmp(at, "BATS_TEST_TMPDIR=", 17) && !strcmp(at + 17, folder))
			return true;
	return false;
}

/* bats' own are the test itself and the countdown of its time-out. */
static void print_process(const char *pid)
{
	const char *timeout = getenv("BATS_TEST_TIMEOUT");
	char command[4096], countdown[64];
	ssize_t length;

	if (atoi(pid) == getpid() || !is_of_this_test(pid))
		return;
	length = read_file(command, sizeof(command), pid, "cmdline");
	for (ssize_t i = 0; i < length; i++)
		if (!command[i] || command[i] == '\n')
			command[i] = ' ';
	snprintf(countdown, sizeof(countdown), "sleep %s ", timeout ? timeout : "");
	if (length > 0 && !strstr(command, "bats-core") && strcmp(command, countdown))
		printf("process %s(pid %s)\n", command, pid);
}

static void note_all_processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0])) {
			note_process(entry->d_name);
			print_process(entry->d_name);
		}
	if (proc)
		closedir(proc);
}

/* ---- the kernel's log --------------------------------------------------------------------------
 */

static void print_complaints(void)
{
	int size = klogctl(10, NULL, 0); /* SYSLOG_ACTION_SIZE_BUFFER */
	char *log = size > 0 ? malloc(size + 1) : NULL, *line, *rest;
	regex_t complaint;

	if (!log ||
	    regcomp(&complaint, "WARNING:|BUG:|rcu.*stall|NMI handler .* took too long|Oops",
		    REG_EXTENDED | REG_NOSUB))
		return;
	size = klogctl(3, log, size); /* SYSLOG_ACTION_READ_ALL */
	log[size > 0 ? size : 0] = 0;
	for (line = strtok_r(log, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!regexec(&complaint, line, 0, NULL, 0))
			printf("kernel log: %s\n", line);
	regfree(&complaint);
	free(log);
}

/* The ids are listed before the holders: what is made in between is not taken for an orphan. */
int main(void)
{
	bool listing = list_objects();

	note_all_processes();
	if (listing)
		print_orphans();
	nftw("/sys/fs/bpf", print_pin, 16, FTW_PHYS);
	nftw("/sys/fs/cgroup", print_cgroup, 16, FTW_PHYS);
	print_instances();
	print_complaints();
	return listing ? 0 : 4;
}
