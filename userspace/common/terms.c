/* SPDX-License-Identifier: MIT */
#include "terms.h"

const char *task_role_name(enum task_role role)
{
	static const char *const names[] = { "task", "unit", "carrier", "launcher", "helper" };

	return names[role];
}

const char *cause_name(enum cause cause)
{
	static const char *const names[CAUSE_COUNT] = {
		[CAUSE_OWN] = "own",
		[CAUSE_OWN_SMT] = "own_smt",
		[CAUSE_OTHER_WAITED] = "other_waited",
		[CAUSE_OTHER_FREE] = "other_free",
		[CAUSE_BEING_WOKEN] = "being_woken",
		[CAUSE_THROTTLED] = "throttled",
		[CAUSE_VIOLATION] = "violation",
		[CAUSE_LOCK] = "lock",
		[CAUSE_CONDITION] = "condition",
		[CAUSE_IO] = "io",
		[CAUSE_SLEEP] = "sleep",
		[CAUSE_OTHER_BLOCK] = "other_block",
		[CAUSE_NO_TASK] = "no_task",
		[CAUSE_OFFLINE] = "offline",
		[CAUSE_UNKNOWN] = "unknown",
	};

	return names[cause];
}

const char *violation_cause_name(enum violation_cause cause)
{
	static const char *const names[VIOLATION_CAUSE_COUNT] = {
		[VIOLATION_WAKING_UP] = "waking_up",
		[VIOLATION_HELD_BACK] = "held_back",
		[VIOLATION_BUSY_QUEUE] = "kept_on_busy_cpu",
	};

	return names[cause];
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_PARALLEL] = "parallel",
		[VERDICT_CONCURRENT] = "concurrent, not parallel",
		[VERDICT_IDLE] = "idle",
		[VERDICT_SEQUENTIAL] = "sequential",
	};

	return names[verdict];
}

const char *trust_verdict_name(enum trust_verdict verdict)
{
	static const char *const names[] = { "whole", "lossy", "broken" };

	return names[verdict];
}
