/* SPDX-License-Identifier: MIT */
#include "cpu_timeline.h"
#include <stdlib.h>
#include <string.h>

bool cpu_timeline_other(struct cpu_timeline *c, const char *comm, uint64_t ns)
{
	if (c->other_last < c->other_count &&
	    !memcmp(c->others[c->other_last].comm, comm, COMM_SIZE)) {
		c->others[c->other_last].ns += ns;
		return true;
	}
	for (size_t i = 0; i < c->other_count; i++)
		if (!memcmp(c->others[i].comm, comm, COMM_SIZE)) {
			c->others[i].ns += ns;
			c->other_last = i;
			return true;
		}
	if (c->other_count == c->other_room) {
		size_t room = c->other_room ? 2 * c->other_room : 16;
		struct comm_time *grown = reallocarray(c->others, room, sizeof(*grown));

		if (!grown)
			return false;
		c->others = grown;
		c->other_room = room;
	}
	memcpy(c->others[c->other_count].comm, comm, COMM_SIZE);
	c->others[c->other_count++].ns = ns;
	return true;
}
