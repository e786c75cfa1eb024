/* SPDX-License-Identifier: MIT */
/*
 * From the kernel's trace events to the records of probes/sched_event.h. Where a field lies and
 * what a state's letter is, the kernel's own format files say; nothing of either is known
 * beforehand.
 */
#ifndef TRACEFS_DECODE_H
#define TRACEFS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sched_event.h"

#define RAW_EVENT_FIELDS 4
#define RAW_EVENTS 11

union any_record {
	struct event_head head;
	struct switch_event sw;
	struct switch_last_event last;
	struct waking_event waking;
	struct migrate_event migrate;
	struct runtime_event runtime;
	struct newtask_event newtask;
	struct rename_event rename;
	struct exec_event exec;
	struct exit_event exit;
	struct hotplug_event hotplug;
};

struct raw_field {
	uint16_t offset, size; /* size 0: this kernel's event has no such field */
	bool dynamic;	       /* at offset are where its bytes are, and how many */
};

struct raw_event {
	uint16_t id;
	enum event_type type;
	struct raw_field fields[RAW_EVENT_FIELDS];
};

struct raw_formats {
	struct raw_field type, flags, pid; /* of every event */
	struct raw_event events[RAW_EVENTS];
	int event_count;
	uint32_t raw_state[32]; /* [bit of the reported state]: the raw state */
	uint64_t preempt;	/* the reported state's bit for "preempted" */
	int scheduler_step; /* of CPU hotplug: the scheduler begins to use a CPU; 0: not known */
};

/* An event that records are made from. */
struct raw_source {
	const char *system, *name;
	enum event_type type;
	const char *fields[RAW_EVENT_FIELDS];
	bool optional; /* old kernels lack it, or show it in another way */
};
extern const struct raw_source raw_sources[RAW_EVENTS];

/* Takes the text of a source's format file. False: it does not hold what a record needs. */
bool raw_formats_add(struct raw_formats *formats, const struct raw_source *source,
		     const char *text);

/*
 * Takes the text of /sys/devices/system/cpu/hotplug/states. False: the step at which the scheduler
 * begins to use a CPU is not among them, and no record will tell of hotplug.
 */
bool raw_formats_add_steps(struct raw_formats *formats, const char *text);

/*
 * Decodes one event's bytes. What only the task itself knows (its process, start, ...) is zero. The
 * sequence number is left to the caller. 1: *out is the record; 0: an event of another kind; -1:
 * the event is too short for what its format says.
 */
int raw_decode(const struct raw_formats *formats, uint64_t ts, int cpu, const void *data,
	       size_t size, union any_record *out);

#endif
