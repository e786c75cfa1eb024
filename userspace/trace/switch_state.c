/* SPDX-License-Identifier: MIT */
#include "switch_state.h"

/* Of several bits the highest counts, as in __task_state_index(). */
static const struct {
	uint32_t bit;
	enum switch_kind kind;
} reported[] = {
	{ TASK_PARKED, SWITCH_PARKED },
	{ TASK_TRACED, SWITCH_TRACED },
	{ TASK_STOPPED, SWITCH_STOPPED },
	{ TASK_UNINTERRUPTIBLE, SWITCH_UNINTERRUPTIBLE },
	{ TASK_INTERRUPTIBLE, SWITCH_INTERRUPTIBLE },
};

static enum switch_kind blocked_kind(uint32_t state)
{
	/* The kernel tells a lock of its own and the freezer as "D", whatever else is set. */
	if (state & (TASK_RTLOCK_WAIT | TASK_FROZEN))
		return SWITCH_UNINTERRUPTIBLE;
	if ((state & TASK_IDLE_WAIT) == TASK_IDLE_WAIT)
		return SWITCH_NOLOAD;
	for (size_t i = 0; i < sizeof(reported) / sizeof(reported[0]); i++)
		if (state & reported[i].bit)
			return reported[i].kind;
	return SWITCH_BLOCKED;
}

enum switch_kind switch_kind(const struct switch_event *sw)
{
	if (switch_is_last(sw))
		return SWITCH_DEAD;
	if (!switch_stays_runnable(sw))
		return blocked_kind(sw->prev_state);
	return switch_yields(sw) ? SWITCH_YIELDED : SWITCH_PREEMPTED;
}

const char *switch_letter(const struct switch_event *sw)
{
	static const char *const letters[SWITCH_KIND_COUNT] = {
		[SWITCH_PREEMPTED] = "R",     [SWITCH_YIELDED] = "R",
		[SWITCH_INTERRUPTIBLE] = "S", [SWITCH_UNINTERRUPTIBLE] = "D",
		[SWITCH_STOPPED] = "T",	      [SWITCH_TRACED] = "t",
		[SWITCH_PARKED] = "P",	      [SWITCH_NOLOAD] = "I",
		[SWITCH_BLOCKED] = "?",	      [SWITCH_DEAD] = "X",
	};
	enum switch_kind kind = switch_kind(sw);

	if (kind == SWITCH_PREEMPTED && sw->head.flags & EVENT_F_PREEMPT)
		return "R+";
	if (kind == SWITCH_BLOCKED && sw->prev_state & TASK_WAKING)
		return "W";
	return letters[kind];
}
