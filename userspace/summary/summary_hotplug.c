/* SPDX-License-Identifier: MIT */
#include "summary_build.h"

bool summary_hotplug(struct summary *s, const struct timeline *tl)
{
	const json_t *before = json_object_get(tl->trace->run, "online_cpus");
	const json_t *after = json_object_get(tl->trace->end, "online_cpus");

	if (json_is_true(json_object_get(tl->trace->run, "hotplug")) || !json_is_array(before) ||
	    !json_is_array(after) || json_equal(before, after))
		return true;
	summary_worsen(s, TRUST_LOSSY);
	return summary_warn(s, "CPUs went offline or came online while it was recorded, and this "
			       "kernel does not tell when: they read as idle or unknown");
}
