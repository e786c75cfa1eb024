/* SPDX-License-Identifier: MIT */
#include "cpulist.h"
#include <stdlib.h>
#include "sched_event.h"

static int parse_cpu(const char **text, unsigned *cpu)
{
	unsigned long value;
	char *end;

	if (**text < '0' || **text > '9')
		return -1;
	value = strtoul(*text, &end, 10);
	if (value >= EVENT_MAX_CPUS)
		return -1;
	*cpu = value;
	*text = end;
	return 0;
}

int cpulist_parse(const char *text, unsigned char *set)
{
	do {
		unsigned first, last;

		if (parse_cpu(&text, &first))
			return -1;
		last = first;
		if (*text == '-' && (text++, parse_cpu(&text, &last) || last < first))
			return -1;
		while (first <= last)
			set[first++] = 1;
	} while (*text == ',' && text++);
	return *text ? -1 : 0;
}
