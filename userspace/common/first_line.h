/* SPDX-License-Identifier: MIT */
#ifndef FIRST_LINE_H
#define FIRST_LINE_H

#include <stddef.h>

/* The first line of a file without its newline, NULL where there is none or it can't be read. */
char *first_line(char *out, size_t size, const char *path);

#endif
