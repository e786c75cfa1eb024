/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "event_order.h"
#include "failure.h"
#include "options.h"
#include "switch_state.h"
#include "task_state.h"
#include "text_clean.h"

enum { KEY_TASK = 0x100, KEY_CPU, KEY_FROM, KEY_TO };

static const struct argp_option options[] = {
	{ "task", KEY_TASK, "TID", 0, "Only events that name this task", 0 },
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

static void print_switch(const struct switch_event *sw)
{
	printf("switch      prev=%u state=%s next=%u", sw->prev, switch_letter(sw), sw->next);
	if (event_has_account(&sw->head))
		printf(" nvcsw=%u run_ns=%" PRIu64, sw->nvcsw, (uint64_t)sw->run_ns);
	if (sw->syscall != SYSCALL_NONE)
		printf(" syscall=%s", syscall_name(sw->syscall));
	if (sw->head.type == EVENT_SWITCH_FUTEX) {
		const struct switch_futex_event *futex = (const void *)sw;

		printf(" address=0x%" PRIx64 " op=%u val=%u", (uint64_t)futex->address, futex->op,
		       futex->val);
	}
	if (sw->head.type == EVENT_SWITCH_LAST) {
		const struct task_counters *kernel =
			&((const struct switch_last_event *)sw)->counters;

		printf(" dead");
		if (event_has_account(&sw->head))
			printf(" kernel_nvcsw=%" PRIu64 " kernel_nivcsw=%" PRIu64,
			       (uint64_t)kernel->nvcsw, (uint64_t)kernel->nivcsw);
	}
}

static void print_comm(const char *comm)
{
	char clean[4 * COMM_SIZE + 1];

	printf(" comm=%s", text_clean(clean, sizeof(clean), comm, COMM_SIZE));
}

static void print_event(const struct ordered_event *o)
{
	printf("%" PRIu64 ".%09" PRIu64 " [%03d] ", o->ts / 1000000000, o->ts % 1000000000, o->cpu);
	switch (o->event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		print_switch((const void *)o->event);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW: {
		const struct waking_event *waking = (const void *)o->event;

		printf("%s task=%u cpu=%u waker=%u%s",
		       o->event->type == EVENT_WAKING ? "waking     " : "wakeup_new ", waking->tid,
		       waking->cpu, waking->waker, o->event->flags & EVENT_F_IRQ ? " irq" : "");
		break;
	}
	case EVENT_MIGRATE: {
		const struct migrate_event *migrate = (const void *)o->event;

		printf("migrate     task=%u to=%u", migrate->tid, migrate->cpu);
		break;
	}
	case EVENT_RUNTIME: {
		const struct runtime_event *runtime = (const void *)o->event;

		printf("runtime     task=%u ns=%" PRIu64, runtime->tid, (uint64_t)runtime->ns);
		break;
	}
	case EVENT_NEWTASK: {
		const struct newtask_event *newtask = (const void *)o->event;

		printf("newtask     task=%u pid=%u parent=%u", newtask->task.tid, newtask->task.pid,
		       newtask->parent);
		print_comm(newtask->task.comm);
		break;
	}
	case EVENT_RENAME: {
		const struct rename_event *rename = (const void *)o->event;

		printf("rename      task=%u", rename->tid);
		print_comm(rename->comm);
		break;
	}
	case EVENT_EXEC: {
		const struct exec_event *exec = (const void *)o->event;

		printf("exec        task=%u pid=%u old=%u", exec->task.tid, exec->task.pid,
		       exec->old_tid);
		print_comm(exec->task.comm);
		break;
	}
	case EVENT_EXIT: {
		const struct exit_event *exited = (const void *)o->event;

		printf("exit        task=%u pid=%u", exited->tid, exited->pid);
		break;
	}
	case EVENT_HOTPLUG: {
		const struct hotplug_event *hotplug = (const void *)o->event;

		printf("hotplug     cpu=%u %s", hotplug->cpu,
		       hotplug->online ? "online" : "offline");
		break;
	}
	default:
		printf("type-%u", o->event->type);
	}
	putchar('\n');
}

static bool names_task(const struct event_head *event, uint32_t tid)
{
	const struct switch_event *sw = (const void *)event;

	switch (event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		return sw->prev == tid || sw->next == tid;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		return ((const struct waking_event *)event)->tid == tid;
	case EVENT_MIGRATE:
		return ((const struct migrate_event *)event)->tid == tid;
	case EVENT_RUNTIME:
		return ((const struct runtime_event *)event)->tid == tid;
	case EVENT_NEWTASK:
		return ((const struct newtask_event *)event)->task.tid == tid;
	case EVENT_RENAME:
		return ((const struct rename_event *)event)->tid == tid;
	case EVENT_EXEC:
		return ((const struct exec_event *)event)->task.tid == tid;
	case EVENT_EXIT:
		return ((const struct exit_event *)event)->tid == tid;
	}
	return false;
}

static bool wanted(const struct dump *d, const struct ordered_event *o)
{
	return o->ts >= d->from && o->ts <= d->to && (d->cpu < 0 || d->cpu == o->cpu) &&
	       (d->task < 0 || names_task(o->event, d->task));
}

static int dump_events(const struct dump *d, struct trace *trace)
{
	struct event_order *order;
	struct ordered_event event;
	int err = event_order_open(&order, trace);

	if (err)
		return err;
	while (event_order_next(order, &event) > 0) {
		if (event.lost)
			printf("# %" PRIu64 " records of CPU %d are missing here\n", event.lost,
			       event.cpu);
		if (wanted(d, &event))
			print_event(&event);
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
	status = dump_events(&d, &trace);
	if (status == EXIT_NOT_WHOLE)
		warn("the trace is not whole: schedlab report says what is missing");
	trace_release(&trace);
	return status;
}
