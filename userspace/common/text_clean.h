/* SPDX-License-Identifier: MIT */
#ifndef TEXT_CLEAN_H
#define TEXT_CLEAN_H

#include <stddef.h>

/*
 * Copies text of the traced system (comm, argv) of at most `len` bytes, or up to its NUL, so that
 * it can drive no terminal and break no JSON: control bytes (C0, DEL, C1), bytes that are not valid
 * UTF-8 and bidirectional overrides become \xNN; a backslash stays. Returns `out`.
 */
char *text_clean(char *out, size_t out_size, const char *text, size_t len);

#endif
