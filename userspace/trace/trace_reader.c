/* SPDX-License-Identifier: MIT */
/* Everything read here is hostile until checked. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/failure.h"
#include "trace_file.h"
#include "trace_unpack.h"
#include "trace_unzip.h"

size_t trace_threads_worth_bytes = 256u << 10;

static bool read_at(int fd, void *data, size_t size, uint64_t offset)
{
	char *at = data;

	while (size) {
		ssize_t got = pread(fd, at, size, offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		at += got;
		size -= got;
		offset += got;
	}
	return true;
}

static bool has_events(const struct section_head *head)
{
	return head->type == SECTION_SCHED || head->type == SECTION_LIFECYCLE;
}

static bool section_is_sound(const struct section_head *head, uint64_t payload, uint64_t file_size)
{
	bool events = has_events(head);

	return head->magic == SECTION_MAGIC && head->check == section_check(head) &&
	       head->stored_bytes <= file_size - payload &&
	       head->raw_bytes <= (events ? SECTION_EVENTS_MAX : SECTION_OTHER_MAX) &&
	       (!events || head->cpu < EVENT_MAX_CPUS);
}

static int index_sections(struct trace *t, uint64_t file_size)
{
	uint64_t at = sizeof(struct trace_head);
	size_t room = 0;

	while (at < file_size) {
		struct section_head head;

		if (file_size - at < sizeof(head) || !read_at(t->fd, &head, sizeof(head), at) ||
		    !section_is_sound(&head, at + sizeof(head), file_size)) {
			t->damaged = true;
			return 0;
		}
		if (t->section_count == room) {
			struct section_entry *grown;

			room = room ? 2 * room : 256;
			grown = reallocarray(t->sections, room, sizeof(*grown));
			if (!grown)
				return fail_memory();
			t->sections = grown;
		}
		t->sections[t->section_count++] = (struct section_entry){
			at + sizeof(head), head.stored_bytes, head.raw_bytes, head.type,
			head.cpu,	   head.packing,      false
		};
		if (has_events(&head) && head.cpu >= t->cpu_count)
			t->cpu_count = head.cpu + 1;
		at += sizeof(head) + head.stored_bytes;
	}
	return 0;
}

void trace_note_damage(struct trace *t, size_t index)
{
	t->damaged_sections += !atomic_exchange(&t->sections[index].damaged, true);
}

static long no_memory(struct trace *t)
{
	t->out_of_memory = true;
	return -1;
}

/* Makes *data hold `bytes` at least. */
static bool reserve(void **data, size_t *room, size_t bytes)
{
	void *grown;

	if (*room >= bytes && *data)
		return true;
	grown = realloc(*data, bytes + 1);
	if (!grown)
		return false;
	*data = grown;
	*room = bytes;
	return true;
}

bool trace_read_stored(const struct trace *t, const struct section_entry *section, void *to)
{
	return read_at(t->fd, to, section->stored_bytes, section->offset);
}

bool trace_read_unzipped(struct trace *t, size_t index, struct unzipped *out)
{
	enum unzip_result result = trace_unzip(t->unzip, index, out);

	if (result == UNZIP_NO_MEMORY)
		no_memory(t);
	else if (result != UNZIP_GOOD)
		trace_note_damage(t, index);
	return result == UNZIP_GOOD;
}

/* The section's records, or whatever it holds, at `data`. False as trace_read_section(). */
static bool section_unpack(struct trace *t, size_t index, const struct unzipped *from, void *data)
{
	size_t bytes = t->sections[index].raw_bytes;

	if (t->sections[index].packing == PACKING_NONE) {
		memcpy(data, from->data, bytes);
		return true;
	}
	if (!t->unpacker && !(t->unpacker = unpacker_new())) {
		no_memory(t);
		return false;
	}
	if (unpack_all(t->unpacker, from->data, from->bytes, data, bytes))
		return true;
	trace_note_damage(t, index);
	return false;
}

long trace_read_section(struct trace *t, size_t index, void **data, size_t *room)
{
	struct unzipped unzipped = {};
	bool good;

	if (!reserve(data, room, t->sections[index].raw_bytes))
		return no_memory(t);
	good = trace_read_unzipped(t, index, &unzipped) &&
	       section_unpack(t, index, &unzipped, *data);
	unzipped_free(&unzipped);
	return good ? (long)t->sections[index].raw_bytes : -1;
}

static json_t *read_json(struct trace *t, size_t index)
{
	void *data = NULL;
	size_t room = 0;
	long size = trace_read_section(t, index, &data, &room);
	json_t *json = NULL;

	errno = 0; /* jansson tells want of memory as a fault of the text, or not at all */
	if (size >= 0)
		json = json_loadb(data, size, JSON_REJECT_DUPLICATES, NULL);
	if (size >= 0 && !json && errno == ENOMEM)
		no_memory(t);
	else if (size >= 0 && !json)
		trace_note_damage(t, index);
	free(data);
	if (json && !json_is_object(json)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static void read_descriptions(struct trace *t)
{
	for (size_t i = 0; i < t->section_count; i++) {
		json_t **slot = NULL;

		switch (t->sections[i].type) {
		case SECTION_MACHINE:
			slot = &t->machine;
			break;
		case SECTION_RUN:
			slot = &t->run;
			break;
		case SECTION_TRUTH:
			slot = &t->truth;
			break;
		case SECTION_END:
			slot = &t->end;
			break;
		}
		if (slot && !*slot)
			*slot = read_json(t, i);
	}
}

/* A CPU that lost every record has no section, and yet numbers were given out. */
static void count_mute_cpus(struct trace *t)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(t->end, "counters"), i, row) {
		json_int_t cpu = json_integer_value(json_object_get(row, "cpu"));
		bool spoke = json_integer_value(json_object_get(row, "sched_seq")) ||
			     json_integer_value(json_object_get(row, "lifecycle_seq"));

		if (spoke && cpu >= t->cpu_count && cpu < EVENT_MAX_CPUS)
			t->cpu_count = (int)cpu + 1;
	}
}

/* As many as this process may use CPUs; one where all is read before another is going. */
static int threads_worth(const struct trace *t)
{
	uint64_t bytes = 0;
	cpu_set_t set;

	for (size_t i = 0; i < t->section_count; i++)
		bytes += t->sections[i].raw_bytes;
	if (!trace_threads_worth_bytes)
		return INT_MAX;
	if (bytes < trace_threads_worth_bytes)
		return 1;
	/* A machine with more CPUs than a set holds refuses it. */
	return sched_getaffinity(0, sizeof(set), &set) ? INT_MAX : CPU_COUNT(&set);
}

void trace_read_ahead(struct trace *t)
{
	if (t->threads > 1)
		trace_unzip_ahead(t->unzip);
}

bool trace_read_meanwhile(struct trace *t)
{
	return trace_unzip_next(t->unzip);
}

void trace_read_by(struct trace *t, unsigned readers)
{
	trace_unzip_readers(t->unzip, readers);
}

int trace_open(struct trace *t, const char *path)
{
	struct trace_head head;
	struct stat st;
	int err;

	memset(t, 0, sizeof(*t));
	t->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (t->fd < 0)
		return fail(EXIT_FAILED,
			    errno == ENOENT ? "make one: schedlab record -o FILE -- COMMAND"
					    : "check its owner and mode: ls -l",
			    "the trace %s can't be read: %s", path, strerror(errno));
	if (fstat(t->fd, &st) || !S_ISREG(st.st_mode) || !read_at(t->fd, &head, sizeof(head), 0) ||
	    memcmp(head.magic, TRACE_MAGIC, sizeof(head.magic)) != 0) {
		trace_release(t);
		return fail(EXIT_FAILED, "make one: schedlab record -o FILE -- COMMAND",
			    "%s is not a schedlab trace", path);
	}
	if (head.version < TRACE_VERSION_OLDEST || head.version > TRACE_VERSION) {
		trace_release(t);
		return fail(EXIT_FAILED, "read it with the schedlab that made it, or a newer one",
			    "%s has trace version %u, this schedlab reads versions %u to %u", path,
			    head.version, TRACE_VERSION_OLDEST, TRACE_VERSION);
	}
	t->complete = head.flags & TRACE_COMPLETE;
	err = index_sections(t, st.st_size);
	if (!err && !(t->unzip = trace_unzip_new(t)))
		err = fail_memory();
	if (!err) {
		t->threads = threads_worth(t);
		read_descriptions(t);
		count_mute_cpus(t);
		if (t->out_of_memory)
			err = fail_memory();
		else if (!t->machine || !t->run)
			err = fail(EXIT_NOT_WHOLE,
				   "record it again: nothing can be said from what is left",
				   "%s is damaged: the description of the %s can't be read", path,
				   t->run ? "machine" : "run");
	}
	if (err)
		trace_release(t);
	return err;
}

void trace_release(struct trace *t)
{
	trace_unzip_free(t->unzip);
	unpacker_free(t->unpacker);
	if (t->fd >= 0)
		close(t->fd);
	free(t->sections);
	json_decref(t->machine);
	json_decref(t->run);
	json_decref(t->truth);
	json_decref(t->end);
	memset(t, 0, sizeof(*t));
	t->fd = -1;
}

const uint16_t event_size_least[UINT8_MAX + 1] = {
	[EVENT_SWITCH] = sizeof(struct switch_event),
	[EVENT_SWITCH_FUTEX] = sizeof(struct switch_futex_event),
	[EVENT_SWITCH_LAST] = sizeof(struct switch_last_event),
	[EVENT_WAKING] = sizeof(struct waking_event),
	[EVENT_WAKEUP_NEW] = sizeof(struct waking_event),
	[EVENT_MIGRATE] = sizeof(struct migrate_event),
	[EVENT_RUNTIME] = sizeof(struct runtime_event),
	[EVENT_NEWTASK] = sizeof(struct newtask_event),
	[EVENT_RENAME] = sizeof(struct rename_event),
	[EVENT_EXEC] = sizeof(struct exec_event),
	[EVENT_EXIT] = sizeof(struct exit_event),
	[EVENT_HOTPLUG] = sizeof(struct hotplug_event),
	[EVENT_TASK] = TASK_EVENT_SIZE_FIRST,
};
