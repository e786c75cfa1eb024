/* SPDX-License-Identifier: MIT */
#ifndef MACHINE_H
#define MACHINE_H

#include <jansson.h>
#include <stdbool.h>

/*
 * This machine as INTERFACE.md's "machine" object (unknown rows are null), plus "sockets", "cpus":
 * [{"cpu", "core", "llc", "node", "package", "capacity"}], one for each online CPU, numbered by
 * hwloc's logical indexes, and "cpus_offline": [...], those that are switched off. `llc` is the
 * outermost data cache that Linux shows, null where it shows none. `anonymous` leaves out the
 * hostname. Returns a new reference, NULL out of memory.
 */
json_t *machine_describe(bool anonymous);

/* Whether the kernel's count of steal can be believed to be none when it is 0. */
bool machine_tells_steal(void);

#endif
