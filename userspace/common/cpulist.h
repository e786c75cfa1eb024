/* SPDX-License-Identifier: MIT */
#ifndef CPULIST_H
#define CPULIST_H

/* A cpulist as in "0,2-4" into `set` (EVENT_MAX_CPUS bytes, 0 or 1). 0, or -1 where it is none. */
int cpulist_parse(const char *text, unsigned char *set);

#endif
