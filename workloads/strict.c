/* SPDX-License-Identifier: MIT */
#include "strict.h"
#include <stdlib.h>
#include <string.h>

/*
 * strtoull takes blanks and signs and wraps "-1" round; a person who typed those meant no such
 * value.
 */
bool strict_uint(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
			return false;
	}
	if (sum < min || sum > max)
		return false;
	*value = sum;
	return true;
}

bool strict_int(const char *text, int64_t min, int64_t max, int64_t *value)
{
	bool negative = *text == '-';
	uint64_t size;

	if (!strict_uint(text + negative, 0, INT64_MAX, &size))
		return false;
	if ((negative ? -(int64_t)size : (int64_t)size) < min ||
	    (negative ? -(int64_t)size : (int64_t)size) > max)
		return false;
	*value = negative ? -(int64_t)size : (int64_t)size;
	return true;
}

/* Cuts the next comma-separated piece out of *rest; false when it fits no piece or is too long. */
static bool next_piece(const char **rest, char *piece, size_t size)
{
	size_t length = strcspn(*rest, ",");

	if (!length || length >= size)
		return false;
	memcpy(piece, *rest, length);
	piece[length] = 0;
	*rest += length;
	return true;
}

/* The next of a cpulist's pieces, "4" or "2-4", and past it. */
static bool next_range(const char **text, uint64_t *first, uint64_t *last)
{
	char piece[32], *dash;

	if (!next_piece(text, piece, sizeof(piece)))
		return false;
	dash = strchr(piece, '-');
	if (dash)
		*dash = 0;
	return strict_uint(piece, 0, STRICT_CPUS_MAX - 1, first) &&
	       strict_uint(dash ? dash + 1 : piece, *first, STRICT_CPUS_MAX - 1, last);
}

bool strict_cpulist(const char *text, struct strict_cpus *cpus)
{
	memset(cpus, 0, sizeof(*cpus));
	for (;; text++) {
		uint64_t first, last;

		if (!next_range(&text, &first, &last))
			return false;
		for (; first <= last; first++)
			strict_cpus_add(cpus, first);
		if (!*text)
			return true;
	}
}

size_t strict_cpu_order(const char *text, int *cpus, size_t cpus_max)
{
	size_t count = 0;

	for (;; text++) {
		uint64_t first, last;

		if (!next_range(&text, &first, &last) || last - first >= cpus_max - count)
			return 0;
		while (first <= last)
			cpus[count++] = first++;
		if (!*text)
			return count;
	}
}

size_t strict_int_list(const char *text, int64_t min, int64_t max, int *values, size_t values_max)
{
	for (size_t count = 0; count < values_max; text++) {
		char piece[32];
		int64_t value;

		if (!next_piece(&text, piece, sizeof(piece)) ||
		    !strict_int(piece, min, max, &value))
			return 0;
		values[count++] = value;
		if (!*text)
			return count;
	}
	return 0;
}
