/* SPDX-License-Identifier: MIT */
#include "proc_text.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void proc_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, size - 1);

	text[got > 0 ? got : 0] = 0;
	if (fd >= 0)
		close(fd);
}

uint64_t proc_number(const char *text, const char *name)
{
	const char *at = strstr(text, name);

	return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

uint64_t proc_first_number(const char *path)
{
	char text[64];

	proc_text(path, text, sizeof(text));
	return *text >= '0' && *text <= '9' ? strtoull(text, NULL, 10) : PROC_NO_NUMBER;
}

uint64_t proc_pss_bytes(const char *text)
{
	uint64_t all = proc_number(text, "\nPss:"), files = proc_number(text, "\nPss_File:");

	return (all - (files < all ? files : 0)) * 1024;
}
