/* SPDX-License-Identifier: MIT */
#ifndef PROC_TEXT_H
#define PROC_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* A file of /proc as text; "" where it cannot be read. */
void proc_text(const char *path, char *text, size_t size);

/* The number after `name`; 0 where that is not there. */
uint64_t proc_number(const char *text, const char *name);

/* The number that a file begins with; PROC_NO_NUMBER where that is none ("max"), or no file. */
#define PROC_NO_NUMBER UINT64_MAX
uint64_t proc_first_number(const char *path);

/* Of smaps_rollup in `text`: a process's share of each page by how many have it mapped, in bytes.
 * Files' pages, libraries mostly, are left out: that share changes with every other program's start
 * and end. */
uint64_t proc_pss_bytes(const char *text);

#endif
