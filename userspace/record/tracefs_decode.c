/* SPDX-License-Identifier: MIT */
#include "tracefs_decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <traceevent/event-parse.h>
#include "trace/switch_state.h"

/* Bits of common_flags: the header of Documentation/trace/ftrace.rst's latency column. */
#define RAW_HARDIRQ 0x08
#define RAW_SOFTIRQ 0x10
#define RAW_NMI 0x40

#define CLONE_THREAD 0x00010000

/* The raw task state that a reported letter stands for; include/linux/sched.h. */
static const struct {
	const char *letter;
	uint32_t raw;
} letters[] = {
	{ "S", TASK_INTERRUPTIBLE }, { "D", TASK_UNINTERRUPTIBLE },
	{ "T", TASK_STOPPED },	     { "t", TASK_TRACED },
	{ "X", TASK_DEAD },	     { "Z", TASK_DEAD },
	{ "P", TASK_PARKED },	     { "I", TASK_IDLE_WAIT },
};
#define RAW_BLOCKED TASK_UNINTERRUPTIBLE /* a letter that we don't know is no "R" either way */

const struct raw_source raw_sources[RAW_EVENTS] = {
	{ "task", "task_newtask", EVENT_NEWTASK, { "pid", "comm", "clone_flags" }, false },
	/* `pid` has gone from newer kernels: a task renames itself only. */
	{ "task", "task_rename", EVENT_RENAME, { "pid", "newcomm" }, false },
	{ "sched", "sched_process_exec", EVENT_EXEC, { "pid", "old_pid" }, false },
	{ "sched", "sched_process_exit", EVENT_EXIT, { "pid" }, false },
	{ "sched", "sched_migrate_task", EVENT_MIGRATE, { "pid", "dest_cpu" }, false },
	{ "sched", "sched_wakeup_new", EVENT_WAKEUP_NEW, { "pid", "target_cpu" }, false },
	{ "sched", "sched_waking", EVENT_WAKING, { "pid", "target_cpu" }, false },
	/* Without it a switch that was left untraced can't be placed in time. */
	{ "sched", "sched_stat_runtime", EVENT_RUNTIME, { "pid", "runtime" }, true },
	/* A step of hotplug begins, and ends. */
	{ "cpuhp", "cpuhp_enter", EVENT_HOTPLUG, { "cpu", "target", "idx" }, true },
	{ "cpuhp", "cpuhp_exit", EVENT_HOTPLUG, { "cpu", "state", "idx", "ret" }, true },
	{ "sched", "sched_switch", EVENT_SWITCH, { "prev_pid", "prev_state", "next_pid" }, false },
};

/* ---- formats ------------------------------------------------------------------------------------
 */

static struct raw_field field_of(const struct tep_format_field *field)
{
	if (!field || field->offset < 0 || field->offset > 4096 || field->size <= 0 ||
	    field->size > 64)
		return (struct raw_field){};
	return (struct raw_field){ field->offset, field->size,
				   field->flags & TEP_FIELD_IS_DYNAMIC };
}

static const struct tep_print_arg_flags *find_flags(const struct tep_print_arg *arg)
{
	const struct tep_print_arg_flags *found = NULL;

	for (; arg && !found; arg = arg->next) {
		if (arg->type == TEP_PRINT_FLAGS)
			return &arg->flags;
		if (arg->type == TEP_PRINT_TYPE)
			found = find_flags(arg->typecast.item);
		if (arg->type != TEP_PRINT_OP)
			continue;
		found = find_flags(arg->op.left);
		if (!found)
			found = find_flags(arg->op.right);
	}
	return found;
}

static uint32_t raw_state_of(const char *letter)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (!strcmp(letters[i].letter, letter))
			return letters[i].raw;
	return RAW_BLOCKED;
}

/* { 0x00000001, "S" }, ...: what sched_switch prints. The bit above all of them is its "+". */
static bool take_states(struct raw_formats *formats, const struct tep_event *event)
{
	const struct tep_print_arg_flags *flags = find_flags(event->print_fmt.args);
	uint64_t highest = 0;

	for (int bit = 0; bit < 32; bit++)
		formats->raw_state[bit] = RAW_BLOCKED;
	for (const struct tep_print_flag_sym *flag = flags ? flags->flags : NULL; flag;
	     flag = flag->next) {
		uint64_t value = flag->value ? strtoull(flag->value, NULL, 0) : 0;

		if (!value || value > 1u << 30 || (value & (value - 1)) || !flag->str)
			return false;
		formats->raw_state[__builtin_ctzll(value)] = raw_state_of(flag->str);
		highest = value > highest ? value : highest;
	}
	formats->preempt = highest << 1;
	return highest != 0;
}

static bool take_event(struct raw_formats *formats, const struct raw_source *source,
		       struct tep_event *event)
{
	struct raw_event *raw = &formats->events[formats->event_count];

	formats->type = field_of(tep_find_common_field(event, "common_type"));
	formats->flags = field_of(tep_find_common_field(event, "common_flags"));
	formats->pid = field_of(tep_find_common_field(event, "common_pid"));
	if (formats->type.size != 2 || formats->flags.size != 1 || formats->pid.size != 4)
		return false;
	*raw = (struct raw_event){ .id = event->id, .type = source->type };
	for (int i = 0; i < RAW_EVENT_FIELDS && source->fields[i]; i++) {
		raw->fields[i] = field_of(tep_find_field(event, source->fields[i]));
		if (!raw->fields[i].size && source->type == EVENT_RENAME && i == 0)
			raw->fields[i] = formats->pid;
		if (!raw->fields[i].size)
			return false;
	}
	if (source->type == EVENT_SWITCH && !take_states(formats, event))
		return false;
	formats->event_count++;
	return true;
}

/* "235: sched:active", a line each. */
bool raw_formats_add_steps(struct raw_formats *formats, const char *text)
{
	for (const char *line = text; line && *line;
	     line += strcspn(line, "\n"), line += *line != 0) {
		int step, end = 0;

		if (sscanf(line, "%d: sched:active%n", &step, &end) != 1 || !end || step <= 0)
			continue;
		formats->scheduler_step = step;
		return true;
	}
	return false;
}

bool raw_formats_add(struct raw_formats *formats, const struct raw_source *source, const char *text)
{
	struct tep_handle *tep = tep_alloc();
	struct tep_event *event = NULL;
	bool good = false;

	if (!tep)
		return false;
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_long_size(tep, sizeof(long));
	tep_set_file_bigendian(tep,
			       tep_is_local_bigendian(tep) ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	/* What its print format holds beyond the states may be too new for the library. */
	tep_parse_event(tep, text, strlen(text), source->system);
	event = tep_find_event_by_name(tep, source->system, source->name);
	if (event && formats->event_count < RAW_EVENTS)
		good = take_event(formats, source, event);
	tep_free(tep);
	return good;
}

/* ---- events -------------------------------------------------------------------------------------
 */

struct raw_bytes {
	const char *data;
	size_t size;
	bool bad; /* a field lies beyond the event's end */
};

static int64_t take_int(struct raw_bytes *raw, const struct raw_field *field)
{
	const char *at = raw->data + field->offset;
	int64_t value = 0;
	int32_t four;
	uint16_t two;

	if ((size_t)field->offset + field->size > raw->size) {
		raw->bad = true;
		return 0;
	}
	switch (field->size) {
	case 8:
		memcpy(&value, at, 8);
		return value;
	case 4:
		memcpy(&four, at, 4);
		return four;
	case 2:
		memcpy(&two, at, 2);
		return two;
	case 1:
		return (unsigned char)*at;
	}
	raw->bad = true;
	return 0;
}

static void take_comm(struct raw_bytes *raw, const struct raw_field *field, char *comm)
{
	size_t at = field->offset, size = field->size;

	if (field->dynamic) {
		uint32_t place = take_int(raw, field);

		at = place & 0xffff;
		size = place >> 16;
	}
	if (raw->bad || at + size > raw->size) {
		raw->bad = true;
		return;
	}
	if (size > COMM_SIZE - 1)
		size = COMM_SIZE - 1;
	memcpy(comm, raw->data + at, strnlen(raw->data + at, size));
}

static void decode_switch(const struct raw_formats *formats, struct raw_bytes *raw,
			  const struct raw_field *fields, union any_record *out)
{
	uint64_t state = take_int(raw, &fields[1]);
	struct switch_event *sw = &out->sw;

	sw->prev = take_int(raw, &fields[0]);
	sw->next = take_int(raw, &fields[2]);
	sw->syscall = SYSCALL_NONE;
	sw->head.size = sizeof(*sw);
	if (state & formats->preempt) {
		sw->head.flags |= EVENT_F_PREEMPT;
		return;
	}
	state &= formats->preempt - 1;
	if (!state)
		return;
	sw->prev_state = formats->raw_state[63 - __builtin_clzll(state)];
	/* Between its exit and its end a task blocks nowhere, so this is its last switch. */
	if (sw->prev_state & TASK_DEAD) {
		sw->head.type = EVENT_SWITCH_LAST;
		sw->head.size = sizeof(out->last);
	}
}

static void decode_newtask(struct raw_bytes *raw, const struct raw_field *fields, uint32_t current,
			   int cpu, struct newtask_event *newtask)
{
	newtask->task.tid = take_int(raw, &fields[0]);
	take_comm(raw, &fields[1], newtask->task.comm);
	newtask->clone_flags = take_int(raw, &fields[2]);
	newtask->task.cpu = cpu;
	/* A birth is when it is seen: no event tells the start time that /proc rounds to ticks. */
	newtask->task.start_ns = newtask->head.ts;
	newtask->task.pid = newtask->clone_flags & CLONE_THREAD ? 0 : newtask->task.tid;
	newtask->parent = current;
	newtask->head.size = sizeof(*newtask);
}

/*
 * As the probes tell it (probes/cpu_hotplug.bpf.h): where the scheduler's step begins, a CPU that
 * goes down does not lead up to it; where it failed all is as before. False: it is of another step.
 */
static bool decode_hotplug(const struct raw_formats *formats, const struct raw_field *fields,
			   struct raw_bytes *raw, struct hotplug_event *hotplug)
{
	int other = take_int(raw, &fields[1]), step = take_int(raw, &fields[2]);
	bool ends = fields[3].size, failed = ends && take_int(raw, &fields[3]);

	hotplug->cpu = take_int(raw, &fields[0]);
	hotplug->online = ends ? other < step : step <= other;
	hotplug->head.size = sizeof(*hotplug);
	return step == formats->scheduler_step && (failed || !ends);
}

/* False: it says nothing to us. */
static bool decode_fields(const struct raw_formats *formats, const struct raw_event *event,
			  struct raw_bytes *raw, int cpu, union any_record *out)
{
	const struct raw_field *fields = event->fields;
	uint32_t current = take_int(raw, &formats->pid);

	switch (event->type) {
	case EVENT_SWITCH:
		decode_switch(formats, raw, fields, out);
		break;
	case EVENT_WAKING:
	case EVENT_WAKEUP_NEW:
		out->waking.tid = take_int(raw, &fields[0]);
		out->waking.cpu = take_int(raw, &fields[1]);
		out->waking.waker = current;
		out->head.size = sizeof(out->waking);
		if (event->type == EVENT_WAKING &&
		    (take_int(raw, &formats->flags) & (RAW_HARDIRQ | RAW_SOFTIRQ | RAW_NMI)))
			out->head.flags |= EVENT_F_IRQ;
		break;
	case EVENT_MIGRATE:
		out->migrate.tid = take_int(raw, &fields[0]);
		out->migrate.cpu = take_int(raw, &fields[1]);
		out->head.size = sizeof(out->migrate);
		break;
	case EVENT_RUNTIME:
		out->runtime.tid = take_int(raw, &fields[0]);
		out->runtime.ns = take_int(raw, &fields[1]);
		out->head.size = sizeof(out->runtime);
		break;
	case EVENT_NEWTASK:
		decode_newtask(raw, fields, current, cpu, &out->newtask);
		break;
	case EVENT_RENAME:
		out->rename.tid = take_int(raw, &fields[0]);
		take_comm(raw, &fields[1], out->rename.comm);
		out->head.size = sizeof(out->rename);
		break;
	case EVENT_EXEC:
		out->exec.task.tid = take_int(raw, &fields[0]);
		out->exec.old_tid = take_int(raw, &fields[1]);
		out->exec.task.cpu = cpu;
		out->head.size = sizeof(out->exec);
		break;
	case EVENT_EXIT:
		out->exit.tid = take_int(raw, &fields[0]);
		out->head.size = sizeof(out->exit);
		break;
	case EVENT_HOTPLUG:
		return decode_hotplug(formats, fields, raw, &out->hotplug);
	default:
		raw->bad = true;
	}
	return true;
}

int raw_decode(const struct raw_formats *formats, uint64_t ts, int cpu, const void *data,
	       size_t size, union any_record *out)
{
	struct raw_bytes raw = { data, size, false };
	uint16_t id = take_int(&raw, &formats->type);
	bool told;

	if (raw.bad)
		return -1;
	for (int i = 0; i < formats->event_count; i++) {
		const struct raw_event *event = &formats->events[i];

		if (event->id != id)
			continue;
		memset(out, 0, sizeof(*out));
		out->head.ts = ts;
		out->head.type = event->type;
		out->head.flags = EVENT_F_NO_ACCOUNT;
		told = decode_fields(formats, event, &raw, cpu, out);
		return raw.bad ? -1 : told;
	}
	return 0;
}
