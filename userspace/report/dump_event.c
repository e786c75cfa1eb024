/* SPDX-License-Identifier: MIT */
#include "dump_event.h"
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include "common/text_clean.h"
#include "timeline/task_state.h"
#include "trace/switch_state.h"

/* A line that is being made; no record needs as much. */
struct line {
	char text[400];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
	size_t room = sizeof(line->text) - line->used;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(line->text + line->used, room, format, args);
	va_end(args);
	if (len > 0)
		line->used += (size_t)len < room ? (size_t)len : room - 1;
}

static void add_comm(struct line *line, const char *comm)
{
	char clean[4 * COMM_SIZE + 1];

	add(line, " comm=%s", text_clean(clean, sizeof(clean), comm, COMM_SIZE));
}

/* The widest tid is 4194304; what needs more room moves the rest of its line only. */
static void add_switch(struct line *line, const struct switch_event *sw)
{
	const struct switch_futex_event *futex = (const void *)sw;
	const struct switch_last_event *last = (const void *)sw;

	add(line, "switch      prev=%-7u state=%-2s next=%-7u", sw->prev, switch_letter(sw),
	    sw->next);
	if (event_has_account(&sw->head))
		add(line, " nvcsw=%-7u run_ns=%-12" PRIu64, sw->nvcsw, (uint64_t)sw->run_ns);
	if (sw->syscall != SYSCALL_NONE)
		add(line, " syscall=%s", syscall_name(sw->syscall));
	if (sw->head.type == EVENT_SWITCH_FUTEX)
		add(line, " address=0x%" PRIx64 " op=%u val=%u", (uint64_t)futex->address,
		    futex->op, futex->val);
	if (sw->head.type != EVENT_SWITCH_LAST)
		return;
	add(line, " dead");
	if (event_has_account(&sw->head))
		add(line, " kernel_nvcsw=%" PRIu64 " kernel_nivcsw=%" PRIu64,
		    (uint64_t)last->counters.nvcsw, (uint64_t)last->counters.nivcsw);
}

static void add_waking(struct line *line, const struct waking_event *waking)
{
	bool first = waking->head.type == EVENT_WAKEUP_NEW;

	add(line, "%-11s task=%-7u cpu=%-4u waker=%-7u%s", first ? "wakeup_new" : "waking",
	    waking->tid, waking->cpu, waking->waker,
	    waking->head.flags & EVENT_F_IRQ ? " irq" : "");
}

/* Births, names and ends: what few records are of. */
static void add_lifecycle(struct line *line, const struct event_head *event)
{
	const struct newtask_event *newtask = (const void *)event;
	const struct rename_event *rename = (const void *)event;
	const struct exec_event *exec = (const void *)event;
	const struct exit_event *exited = (const void *)event;
	const struct hotplug_event *hotplug = (const void *)event;

	switch (event->type) {
	case EVENT_NEWTASK:
		add(line, "newtask     task=%-7u pid=%-7u parent=%-7u", newtask->task.tid,
		    newtask->task.pid, newtask->parent);
		add_comm(line, newtask->task.comm);
		break;
	case EVENT_RENAME:
		add(line, "rename      task=%-7u", rename->tid);
		add_comm(line, rename->comm);
		break;
	case EVENT_EXEC:
		add(line, "exec        task=%-7u pid=%-7u old=%-7u", exec->task.tid, exec->task.pid,
		    exec->old_tid);
		add_comm(line, exec->task.comm);
		break;
	case EVENT_EXIT:
		add(line, "exit        task=%-7u pid=%-7u", exited->tid, exited->pid);
		break;
	case EVENT_HOTPLUG:
		add(line, "hotplug     cpu=%u %s", hotplug->cpu,
		    hotplug->online ? "online" : "offline");
		break;
	default:
		add(line, "type-%u", event->type);
	}
}

static void add_event(struct line *line, const struct event_head *event)
{
	const struct migrate_event *migrate = (const void *)event;
	const struct runtime_event *runtime = (const void *)event;

	switch (event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		add_switch(line, (const void *)event);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		add_waking(line, (const void *)event);
		break;
	case EVENT_MIGRATE:
		add(line, "migrate     task=%-7u to=%u", migrate->tid, migrate->cpu);
		break;
	case EVENT_RUNTIME:
		add(line, "runtime     task=%-7u ns=%" PRIu64, runtime->tid, (uint64_t)runtime->ns);
		break;
	default:
		add_lifecycle(line, event);
	}
}

void dump_event(FILE *out, const struct ordered_event *o)
{
	struct line line = { .used = 0 };

	add(&line, "%" PRIu64 ".%09" PRIu64 " [%03d] ", o->ts / 1000000000, o->ts % 1000000000,
	    o->cpu);
	add_event(&line, o->event);
	while (line.used && line.text[line.used - 1] == ' ')
		line.used--;
	line.text[line.used++] = '\n';
	fwrite(line.text, 1, line.used, out);
}

bool event_names_task(const struct event_head *event, uint32_t tid)
{
	const struct switch_event *sw = (const void *)event;
	const struct waking_event *waking = (const void *)event;
	const struct newtask_event *newtask = (const void *)event;
	const struct exec_event *exec = (const void *)event;

	switch (event->type) {
	case EVENT_SWITCH:
	case EVENT_SWITCH_FUTEX:
	case EVENT_SWITCH_LAST:
		return sw->prev == tid || sw->next == tid;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		return waking->tid == tid || waking->waker == tid;
	case EVENT_MIGRATE:
		return ((const struct migrate_event *)event)->tid == tid;
	case EVENT_RUNTIME:
		return ((const struct runtime_event *)event)->tid == tid;
	case EVENT_NEWTASK:
		return newtask->task.tid == tid || newtask->parent == tid;
	case EVENT_RENAME:
		return ((const struct rename_event *)event)->tid == tid;
	case EVENT_EXEC:
		return exec->task.tid == tid || exec->old_tid == tid;
	case EVENT_EXIT:
		return ((const struct exit_event *)event)->tid == tid;
	}
	return false;
}
