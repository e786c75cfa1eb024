/* SPDX-License-Identifier: MIT */
/* Who had the CPUs that tasks waited for. */
#include <stdlib.h>
#include <string.h>
#include "common/text_clean.h"
#include "common/text_format.h"
#include "report_text_parts.h"

#define NAMED_MAX 4

static int by_name(const void *a, const void *b)
{
	const struct antagonist *x = a, *y = b;
	int order = memcmp(x->comm, y->comm, sizeof(x->comm));

	return order ? order : x->own - y->own;
}

static int by_ns(const void *a, const void *b)
{
	const struct antagonist *x = a, *y = b;

	if (x->ns != y->ns)
		return x->ns > y->ns ? -1 : 1;
	return by_name(a, b);
}

/* All CPUs' rows in one list, most first, and how many it has; NULL out of memory. */
static struct antagonist *merged(const struct summary *s, size_t *count)
{
	struct antagonist *rows;
	size_t all = 0, kept = 0;

	for (size_t i = 0; i < s->cpu_count; i++)
		all += s->cpus[i].wait_behind_count;
	rows = calloc(all + 1, sizeof(*rows));
	if (!rows)
		return NULL;
	for (size_t i = 0; i < s->cpu_count; i++)
		for (size_t j = 0; j < s->cpus[i].wait_behind_count; j++)
			rows[kept++] = s->cpus[i].wait_behind[j];
	qsort(rows, all, sizeof(*rows), by_name);
	kept = 0;
	for (size_t i = 0; i < all; i++) {
		if (kept && !by_name(&rows[kept - 1], &rows[i]))
			rows[kept - 1].ns += rows[i].ns;
		else
			rows[kept++] = rows[i];
	}
	qsort(rows, kept, sizeof(*rows), by_ns);
	*count = kept;
	return rows;
}

int print_wait_behind(const struct summary *s, FILE *out)
{
	char line[NAMED_MAX * (4 * COMM_SIZE + 64)], *at = line, name[4 * COMM_SIZE + 1];
	uint64_t waited = 0, rest;
	struct antagonist *rows;
	size_t count;

	for (size_t i = 0; i < s->cpu_count; i++)
		waited += s->cpus[i].wait_behind_ns;
	if (!waited)
		return 0;
	rows = merged(s, &count);
	if (!rows)
		return -1;
	rest = waited;
	at += sprintf(at, "Meanwhile these had the CPU:");
	for (size_t i = 0; i < count && i < NAMED_MAX; i++) {
		rest -= rows[i].ns < rest ? rows[i].ns : rest;
		at += sprintf(at, "%s %s%s %s", i ? "," : "",
			      text_clean(name, sizeof(name), rows[i].comm, COMM_SIZE),
			      rows[i].own ? " (its own)" : "", format_duration(rows[i].ns).s);
	}
	if (rest)
		sprintf(at, "%s %s", count ? ", others" : " others", format_duration(rest).s);
	free(rows);
	print_wrapped(out, line, 0);
	return 0;
}
