/* SPDX-License-Identifier: MIT */
#ifndef EXPRESSION_PATH_H
#define EXPRESSION_PATH_H

#include <jansson.h>
#include <stddef.h>

/* Paths into JSON, for expression.c:  name { .key | [index] | [] | [key=word] } */

/* How many characters of `text` are letters, digits and '_'. */
size_t path_name_length(const char *text);

/*
 * Reads the path at *at and moves *at behind it, or to the fault. Returns what is there: a new
 * reference, null where it is missing or unknown; after [] or [key=word] the list of what is in
 * every element. NULL where it is no path, or the name is no key of `names`; *error, a constant
 * text, then says why.
 */
json_t *path_read(const char **at, const json_t *names, const char **error);

#endif
