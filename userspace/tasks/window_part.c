/* SPDX-License-Identifier: MIT */
/* report --from, --to: a part of the run's window. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "common/failure.h"
#include "window.h"

struct seconds {
	char s[32];
};

/* As --from takes them: all digits that are not 0. */
static struct seconds seconds(uint64_t ns)
{
	struct seconds text;
	size_t len;

	len = (size_t)snprintf(text.s, sizeof(text.s), "%" PRIu64 ".%09" PRIu64, ns / 1000000000,
			       ns % 1000000000);
	while (text.s[len - 1] == '0')
		text.s[--len] = '\0';
	if (text.s[len - 1] == '.')
		text.s[--len] = '\0';
	return text;
}

void window_settle(struct window *w)
{
	w->run_t0 = w->t0;
	w->run_t1 = w->t1;
	w->end_known = true;
}

int window_narrow(struct window *w, const struct window_part *part)
{
	uint64_t length = w->run_t1 - w->run_t0, to = part->to;
	char hint[96];

	if (to == UINT64_MAX)
		to = length;
	snprintf(hint, sizeof(hint), "the run's window is from 0 to %s s", seconds(length).s);
	if (to > length)
		return fail(EXIT_USAGE, hint, "--to: %s s is after the run's end", seconds(to).s);
	if (part->from > length)
		return fail(EXIT_USAGE, hint, "--from: %s s is after the run's end",
			    seconds(part->from).s);
	if (part->from >= to)
		return fail(EXIT_USAGE, hint, "there is nothing from %s s to %s s",
			    seconds(part->from).s, seconds(to).s);
	w->t0 = w->run_t0 + part->from;
	w->t1 = w->run_t0 + to;
	w->open_end = w->t1 < w->run_t1;
	return 0;
}
