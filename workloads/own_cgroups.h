/* SPDX-License-Identifier: MIT */
#ifndef OWN_CGROUPS_H
#define OWN_CGROUPS_H

#include <stdbool.h>

/*
 * Asks `of` for the folder of each cgroup that this process is in with a controller ("pids"), and
 * of all above it, innermost first, until it returns true; false if it never does. They are where
 * systemd and containers mount them, by version 1 or 2. A folder may not be there.
 */
bool own_cgroups_ask(const char *controller, bool (*of)(const char *folder, void *argument),
		     void *argument);

#endif
