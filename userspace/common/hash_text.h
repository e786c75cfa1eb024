/* SPDX-License-Identifier: MIT */
#ifndef HASH_TEXT_H
#define HASH_TEXT_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits, continued from `hash`; the first is HASH_START. Nothing hostile is kept out. */
#define HASH_START 0xcbf29ce484222325ull

static inline uint64_t hash_text(uint64_t hash, const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3ull;
	return hash;
}

#endif
