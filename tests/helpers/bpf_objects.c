/* SPDX-License-Identifier: MIT */
/*
 * bpf_objects: prints each BPF program, map and link of the kernel that no living process holds by
 * a descriptor, a line each: kind, id, name. Status 0; 4 where BPF refuses to list.
 *
 * bpftool says the same, but loads a BPF program of its own each time to learn who holds what: run
 * before and after every test that was a quarter of the suite's time.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

static void note_all_processes(void)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (proc && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			note_process(entry->d_name);
	if (proc)
		closedir(proc);
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

/* The ids are listed before the holders: what is made in between is not taken for an orphan. */
int main(void)
{
	static struct {
		unsigned ids[65536];
		size_t count;
	} listed[KINDS];

	for (int kind = 0; kind < KINDS; kind++) {
		union bpf_attr attr = {};

		while (listed[kind].count < 65536 && !bpf(kinds[kind].next, &attr)) {
			listed[kind].ids[listed[kind].count++] = attr.next_id;
			attr = (union bpf_attr){ .start_id = attr.next_id };
		}
		if (errno != ENOENT)
			return 4;
	}
	note_all_processes();
	for (int kind = 0; kind < KINDS; kind++)
		for (size_t i = 0; i < listed[kind].count; i++)
			if (!is_held(kind, listed[kind].ids[i]))
				print_object(kind, listed[kind].ids[i]);
	return 0;
}
