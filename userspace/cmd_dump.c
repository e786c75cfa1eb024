/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "common/failure.h"
#include "common/option_values.h"
#include "report/dump_event.h"
#include "trace/event_order.h"

enum { KEY_TASK = 0x100, KEY_CPU, KEY_FROM, KEY_TO };

static const struct argp_option options[] = {
	{ "task", KEY_TASK, "TID", 0,
	  "Only events that name this task: as prev or next, woken or waker, parent or "
	  "child",
	  0 },
	{ "cpu", KEY_CPU, "N", 0, "Only events of this CPU", 0 },
	{ "from", KEY_FROM, "T", 0, "Only events at or after T, in seconds as printed", 0 },
	{ "to", KEY_TO, "T", 0, "Only events at or before T", 0 },
	{ 0 },
};

struct dump {
	const char *file;
	int64_t task, cpu; /* -1: all */
	uint64_t from, to;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct dump *d = state->input;

	switch (key) {
	case KEY_TASK:
		d->task = option_uint(state, "--task", arg, 0, UINT32_MAX);
		return 0;
	case KEY_CPU:
		d->cpu = option_uint(state, "--cpu", arg, 0, EVENT_MAX_CPUS - 1);
		return 0;
	case KEY_FROM:
		d->from = option_time(state, "--from", arg);
		return 0;
	case KEY_TO:
		d->to = option_time(state, "--to", arg);
		return 0;
	case ARGP_KEY_ARG:
		if (d->file)
			argp_error(state, "'%s' is one trace too many", arg);
		d->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!d->file)
			argp_error(state, "name a trace: the FILE of `schedlab record -o FILE`");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static bool wanted(const struct dump *d, const struct ordered_event *o)
{
	return o->ts >= d->from && o->ts <= d->to && (d->cpu < 0 || d->cpu == o->cpu) &&
	       (d->task < 0 || event_names_task(o->event, d->task));
}

static int dump_events(const struct dump *d, struct trace *trace)
{
	struct event_order *order = event_order_open(trace);
	struct ordered_event *event;
	int err = 0;

	if (!order)
		return fail_memory();
	while (event_order_next(order, &event) > 0) {
		if (event->lost)
			printf("# %" PRIu32 " records of CPU %d are missing here\n", event->lost,
			       event->cpu);
		if (wanted(d, event))
			dump_event(stdout, event);
	}
	if (event_order_counts(order)->lost || !trace->complete || trace->damaged ||
	    trace->damaged_sections)
		err = EXIT_NOT_WHOLE;
	event_order_close(order);
	if (trace->out_of_memory)
		err = fail_memory();
	if (fflush(stdout) || ferror(stdout))
		err = fail(EXIT_FAILED, "is there room, and does anybody read it?",
			   "the events can't be written: %s", strerror(errno));
	return err;
}

int cmd_dump(int argc, char **argv)
{
	static const struct argp argp = {
		options, parse,
		"FILE",	 "Prints the events of a trace in their order. Needs no root.",
		NULL,	 NULL,
		NULL
	};
	struct dump d = { .task = -1, .cpu = -1, .to = UINT64_MAX };
	struct trace trace;
	int status;

	signal(SIGPIPE, SIG_DFL); /* `dump | head` ends quietly */
	argp_err_exit_status = EXIT_USAGE;
	options_parse(&argp, argc, argv, &d);
	status = trace_open(&trace, d.file);
	if (status)
		return status;
	trace_read_ahead(&trace);
	status = dump_events(&d, &trace);
	if (status == EXIT_NOT_WHOLE)
		warn("the trace is not whole: schedlab report says what is missing");
	trace_release(&trace);
	return status;
}
