/* SPDX-License-Identifier: MIT */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a, 64 bits, continued from `hash`; the first is HASH_START. */
#define HASH_START 14695981039346656037ull

static inline uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t count)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < count; i++)
		hash = (hash ^ at[i]) * 1099511628211ull;
	return hash;
}

/*
 * A bijection that leaves no likeness between neighbours: splitmix64's, Steele, Lea and Flood,
 * "Fast splittable pseudorandom number generators", 2014.
 */
static inline uint64_t hash_mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
	return value ^ (value >> 31);
}

#endif
