/* SPDX-License-Identifier: MIT */
/*
 * LD_PRELOAD: the FAIL_AT-th allocation of the program FAIL_PROGRAM (its file's name) fails, and
 * with FAIL_ON all after it. Counted are those that its own code asks for, and those that the
 * libraries named in FAIL_IN (words in their files' names, apart by colons) do; with FAIL_PLACES of
 * each place in the code only its first. FAIL_COUNT names a file that gets how many there were.
 */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

#define MAX_RANGES 64
static struct {
	uintptr_t from, to;
} ranges[MAX_RANGES];
static int range_count;
static long fail_at = -1, count;
static bool fail_on, first_only, ready;

#define MAX_PLACES 4096
static const void *places[MAX_PLACES];
static int place_count;

static bool is_wanted(const char *name)
{
	char words[256];
	const char *list = getenv("FAIL_IN");

	if (!*name) /* the program itself comes first, without a name */
		return range_count == 0;
	snprintf(words, sizeof(words), "%s", list ? list : "");
	for (char *word = strtok(words, ":"); word; word = strtok(NULL, ":"))
		if (strstr(name, word))
			return true;
	return false;
}

static int note_object(struct dl_phdr_info *info, size_t size, void *unused)
{
	bool wanted = is_wanted(info->dlpi_name);

	(void)size;
	(void)unused;
	for (int i = 0; wanted && i < info->dlpi_phnum && range_count < MAX_RANGES; i++) {
		const ElfW(Phdr) *part = &info->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
			continue;
		ranges[range_count].from = info->dlpi_addr + part->p_vaddr;
		ranges[range_count++].to = info->dlpi_addr + part->p_vaddr + part->p_memsz;
	}
	return 0;
}

__attribute__((constructor)) static void start(void)
{
	const char *program = getenv("FAIL_PROGRAM"), *at = getenv("FAIL_AT");
	char exe[4096] = "";
	ssize_t length = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	const char *slash = length > 0 ? strrchr(exe, '/') : NULL;

	if (!program || !slash || strcmp(slash + 1, program) != 0)
		return;
	fail_at = at ? atol(at) : -1;
	fail_on = getenv("FAIL_ON") != NULL;
	first_only = getenv("FAIL_PLACES") != NULL;
	dl_iterate_phdr(note_object, NULL);
	ready = true;
}

__attribute__((destructor)) static void finish(void)
{
	const char *path = getenv("FAIL_COUNT");
	FILE *file;

	if (!ready || !path)
		return;
	ready = false;
	file = fopen(path, "w");
	if (file) {
		fprintf(file, "%ld\n", count);
		fclose(file);
	}
}

static bool is_new(const void *place)
{
	for (int i = 0; i < place_count; i++)
		if (places[i] == place)
			return false;
	if (place_count < MAX_PLACES)
		places[place_count++] = place;
	return true;
}

static bool fails(const void *caller)
{
	uintptr_t at = (uintptr_t)caller;

	if (!ready)
		return false;
	for (int i = 0; i < range_count; i++)
		if (at >= ranges[i].from && at < ranges[i].to) {
			if (first_only && !is_new(caller))
				return false;
			count++;
			if (fail_at < 0 || count < fail_at || (count > fail_at && !fail_on))
				return false;
			errno = ENOMEM;
			return true;
		}
	return false;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t members, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(members, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t members, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(members, size, &bytes)) {
		errno = ENOMEM;
		return NULL;
	}
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, bytes);
}
