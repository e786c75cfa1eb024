/* SPDX-License-Identifier: MIT */
/*
 * The trace file, byte by byte. All numbers are little-endian.
 *
 *   file    := struct trace_head, then sections until the end of the file
 *   section := struct section_head, then `stored_bytes` bytes: one zstd frame (with its content
 *              checksum). With PACKING_NONE it holds the section's `raw_bytes` bytes; with
 *              PACKING_COLUMNS, in SCHED sections of version 2, those are packed as trace_pack.h
 * says
 *
 *   type       cpu   holds
 *   MACHINE    -     JSON: the machine and its kernel, userspace/machine.h
 *   RUN        -     JSON: command, workload, model, options, when and with what it was recorded,
 * which CPUs are "online_cpus" (END says it again) and whether records tell of "hotplug",
 * and whom it is of: "command_pid", or "target" {"kind": "pids" with "pids", "cgroup" with its
 * "threads" at the attach, "all"} from "attached_ns" on (to END's "ended_ns") TASKS      - struct
 * task_event for each task alive once the probes were attached SCHED      yes   the CPU's
 * STREAM_SCHED records, in order; sections of a CPU follow each other LIFECYCLE  yes   the CPU's
 * STREAM_LIFECYCLE records, in order, and among them a copy of each EVENT_SWITCH_LAST of the CPU:
 * few, and read before the switches TASKS_END  -     struct task_event for each task alive when the
 * command had ended TRUTH      -     JSON: the workload's own ground truth, schema
 * "schedlab.truth/1" FORMATS    -     JSON, from ftrace only: the kernel's own format files by
 * which its records were decoded: "header_page", "header_event", "events" {"sched_switch": text,
 * ...} END        - JSON: the probes' counters, how the command ended, the recorder's own cost
 *
 * The records are those of probes/sched_event.h. Those from ftrace carry EVENT_F_NO_ACCOUNT; their
 * sequence numbers are the decoder's, with as many left out as the kernel's ring says it lost. Of a
 * loss there the stream is not known: it counts in SCHED. The file is written in place under its
 * final name; TRACE_COMPLETE is set last. A reader skips section and record types that it does not
 * know.
 */
#ifndef TRACE_FILE_H
#define TRACE_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sched_event.h"

#define TRACE_MAGIC "SCHEDLAB"
#define TRACE_VERSION 2
#define TRACE_VERSION_OLDEST 1 /* that is still read: no section was packed */
#define TRACE_COMPLETE 1u

struct trace_head {
	char magic[8];
	uint32_t version;
	uint32_t flags; /* TRACE_COMPLETE once closed */
	uint64_t zero[2];
};

enum section_type {
	SECTION_MACHINE = 1,
	SECTION_RUN = 2,
	SECTION_TASKS = 3,
	SECTION_SCHED = 4,
	SECTION_LIFECYCLE = 5,
	SECTION_TASKS_END = 6,
	SECTION_TRUTH = 7,
	SECTION_END = 8,
	SECTION_FORMATS = 9,
};

enum section_packing { PACKING_NONE = 0, PACKING_COLUMNS = 1 };

#define SECTION_MAGIC 0x54434553u /* "SECT" */
#define SECTION_NO_CPU 0xffff

struct section_head {
	uint32_t magic;
	uint16_t type;
	uint16_t cpu;
	uint32_t stored_bytes;
	uint32_t raw_bytes;
	uint64_t records;
	uint32_t packing; /* enum section_packing */
	uint32_t check;	  /* FNV-1a of the 28 bytes before it */
};

_Static_assert(sizeof(struct trace_head) == 32, "layout is the file format");
_Static_assert(sizeof(struct section_head) == 32, "layout is the file format");

/* Bounds that a reader holds any file to. */
#define SECTION_EVENTS_MAX (1u << 20)
#define SECTION_OTHER_MAX (1u << 28)

uint32_t section_check(const struct section_head *head);

/* ---- writing ------------------------------------------------------------------------------------
 */

struct trace_writer;

/*
 * Makes or replaces `path`; what is there already stays until trace_commit() or the first section
 * of events. Under sudo the file belongs to the invoking user. Returns 0, or an exit status with
 * the reason printed. After a failed write every later call does nothing and returns the same
 * status: the valid prefix stays.
 */
int trace_create(struct trace_writer **out, const char *path, int cpu_count);
int trace_write_section(struct trace_writer *w, enum section_type type, const void *data,
			size_t size);
int trace_write_json(struct trace_writer *w, enum section_type type, const json_t *json);
/* Appends one record to the CPU's open section of that type. */
int trace_append(struct trace_writer *w, enum section_type type, int cpu,
		 const struct event_head *record);
/* Writes what is buffered, so that a kill from now on loses nothing before now. */
int trace_flush(struct trace_writer *w);
/* Flushes, marks the file complete, closes. */
int trace_close(struct trace_writer *w);
/* Closes without marking complete. NULL is allowed. */
void trace_abandon(struct trace_writer *w);
/* The same where nothing has run: the file is taken away again, or left as it was. */
void trace_discard(struct trace_writer *w);
/* What is recorded is worth more than what the file held. 0, or an exit status. */
int trace_commit(struct trace_writer *w);
/* The file was not there before. */
bool trace_is_new(const struct trace_writer *w);

/* From how many bytes of records on threads are worth it; only a test has 0: they always are. */
extern size_t trace_threads_worth_bytes;

/* ---- reading ------------------------------------------------------------------------------------
 */

struct section_entry {
	uint64_t offset; /* of the payload */
	uint32_t stored_bytes, raw_bytes;
	uint16_t type, cpu;
	uint32_t packing;
	_Atomic bool damaged; /* its content fails its checksum: known once it was read */
};

struct trace {
	int fd;
	bool complete; /* closed by the recorder */
	bool damaged;  /* a section head is not one: what follows it is out of reach */
	struct section_entry *sections;
	size_t section_count;
	_Atomic uint64_t damaged_sections;   /* of them; counted as they are read */
	json_t *machine, *run, *truth, *end; /* truth and end may be NULL */
	struct unpacker *unpacker;	     /* of whole sections; made when it is first needed */
	struct trace_unzip *unzip;
	int cpu_count;		    /* the highest CPU that made a record, plus one */
	_Atomic bool out_of_memory; /* a section could not be read for want of memory: not damage */
	int threads; /* that each do a part of the reading are sooner done than one */
};

/*
 * Opens `path` and reads all but the events. Returns 0, EXIT_FAILED (unreadable or not a trace) or
 * EXIT_NOT_WHOLE (damaged before the run is described), with the reason printed.
 */
int trace_open(struct trace *t, const char *path);
void trace_release(struct trace *t);

/* From here on the events are unzipped ahead of who reads them, by a thread where one is worth it.
 */
void trace_read_ahead(struct trace *t);
/* The same of a little, by a reader that has to wait. False: there is nothing to do. */
bool trace_read_meanwhile(struct trace *t);
/* All that follows is read by so many, each once; 0: by nobody knows how many. */
void trace_read_by(struct trace *t, unsigned readers);

/*
 * Reads section `index` into *data (grown with realloc, *room bytes). Bytes, or -1: damaged, or
 * out_of_memory.
 */
long trace_read_section(struct trace *t, size_t index, void **data, size_t *room);

/*
 * The same as its frame holds it, in `out`, for who takes it apart by itself. False: damaged, or
 * out_of_memory.
 */
struct unzipped;
bool trace_read_unzipped(struct trace *t, size_t index, struct unzipped *out);

/* What is unzipped of the section can't be what was packed. A section counts once. */
void trace_note_damage(struct trace *t, size_t index);

/* The section as it is in the file. False: it can't be read. */
bool trace_read_stored(const struct trace *t, const struct section_entry *section, void *to);

/* False: the record is from ftrace, which knows nothing of the kernel's account of a task. */
static inline bool event_has_account(const struct event_head *event)
{
	return !(event->flags & EVENT_F_NO_ACCOUNT);
}

/* What a record of each type has at least. */
extern const uint16_t event_size_least[UINT8_MAX + 1];

/* The record at `data` if it is a whole and sound one within `size` bytes, else NULL. */
static inline const struct event_head *event_check(const void *data, size_t size)
{
	const struct event_head *event = data;

	if (size < sizeof(*event) || event->size < sizeof(*event) ||
	    event->size < event_size_least[event->type] || event->size > size || event->size % 8)
		return NULL;
	return event;
}

#endif
