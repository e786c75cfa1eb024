/* SPDX-License-Identifier: MIT */
#include "target.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/failure.h"
#include "common/text_clean.h"
#include "target_cgroup.h"

/* What /proc says of a number: the process it belongs to, and whether that has ended. */
struct proc_entry {
	uint32_t pid; /* 0: there is no such task, or it may not be seen */
	bool zombie;
};

static struct proc_entry proc_entry_read(uint32_t tid)
{
	struct proc_entry entry = { 0, false };
	char path[64], line[256];
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%u/status", tid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status)) {
		if (!strncmp(line, "State:", 6))
			entry.zombie = strchr(line, 'Z') || strchr(line, 'X');
		else if (sscanf(line, "Tgid: %u", &entry.pid) == 1)
			break;
	}
	if (status)
		fclose(status);
	return entry;
}

/* A leader that has ended may have left threads that go on. */
static bool has_other_threads(uint32_t pid)
{
	char path[64], line[256];
	unsigned threads = 0;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%u/status", pid);
	status = fopen(path, "re");
	while (status && fgets(line, sizeof(line), status))
		if (sscanf(line, "Threads: %u", &threads) == 1)
			break;
	if (status)
		fclose(status);
	return threads > 1;
}

static int check_pid(uint32_t pid)
{
	struct proc_entry entry = proc_entry_read(pid);

	if (!entry.pid)
		return fail(EXIT_FAILED, "`ps -e` lists those that are there",
			    "there is no process %u", pid);
	if (entry.pid != pid) {
		char hint[64];

		snprintf(hint, sizeof(hint), "-p %u takes the whole process", entry.pid);
		return fail(EXIT_FAILED, hint, "%u is a thread of process %u, not a process", pid,
			    entry.pid);
	}
	if (entry.zombie && !has_other_threads(pid))
		return fail(EXIT_FAILED, "its parent has yet to wait for it",
			    "process %u has ended: it is a zombie", pid);
	if (pid == (uint32_t)getpid())
		return fail(EXIT_FAILED, "a second schedlab can record it",
			    "process %u is this schedlab, which does not measure itself", pid);
	return 0;
}

int target_find(struct target *t, const struct run_options *o)
{
	int err = 0;

	*t = (struct target){ .kind = TARGET_COMMAND };
	if (o->pid_count) {
		t->kind = TARGET_PIDS;
		t->pids = o->pids;
		t->pid_count = o->pid_count;
		for (size_t i = 0; i < t->pid_count && !err; i++)
			err = check_pid(t->pids[i]);
	} else if (o->cgroup) {
		t->kind = TARGET_CGROUP;
		err = cgroup_find(t->folder, sizeof(t->folder), o->cgroup);
	} else if (o->all) {
		t->kind = TARGET_ALL;
	}
	return err;
}

static int take_thread(void *ctx, uint32_t tid)
{
	struct target *t = ctx;

	if (t->thread_count == t->thread_room) {
		size_t room = t->thread_room ? 2 * t->thread_room : 256;
		uint32_t *grown = reallocarray(t->threads, room, sizeof(*grown));

		if (!grown)
			return fail_memory();
		t->threads = grown;
		t->thread_room = room;
	}
	t->threads[t->thread_count++] = tid;
	return 0;
}

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

int target_list(struct target *t)
{
	int err;

	if (t->kind != TARGET_CGROUP)
		return 0;
	err = cgroup_threads(t->folder, take_thread, t);
	if (err)
		return err;
	if (!t->thread_count)
		return fail(EXIT_FAILED, "-G takes those who are in it when the recording starts",
			    "there is no task in the cgroup %s", t->folder);
	qsort(t->threads, t->thread_count, sizeof(*t->threads), compare_u32);
	return 0;
}

bool target_has(const struct target *t, const struct task_event *row)
{
	bool own = row->task.pid == (uint32_t)getpid();

	switch (t->kind) {
	case TARGET_COMMAND:
		return false;
	case TARGET_PIDS:
		for (size_t i = 0; i < t->pid_count; i++)
			if (t->pids[i] == row->task.pid)
				return true;
		return false;
	case TARGET_CGROUP:
		return !own && t->thread_count &&
		       bsearch(&row->task.tid, t->threads, t->thread_count, sizeof(*t->threads),
			       compare_u32);
	case TARGET_ALL:
		return !own;
	}
	return false;
}

static json_t *numbers_json(const uint32_t *numbers, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_integer(numbers[i]));
	return list;
}

json_t *target_json(const struct target *t, bool anonymous)
{
	static const char *const kinds[] = { "command", "pids", "cgroup", "all" };
	json_t *json = json_pack("{s:s}", "kind", kinds[t->kind]);
	char clean[4 * PATH_MAX + 1];

	if (t->kind == TARGET_PIDS)
		json_object_set_new(json, "pids", numbers_json(t->pids, t->pid_count));
	if (t->kind != TARGET_CGROUP)
		return json;
	text_clean(clean, sizeof(clean), t->folder, strlen(t->folder));
	json_object_set_new(json, "cgroup", anonymous ? json_null() : json_string(clean));
	json_object_set_new(json, "threads", numbers_json(t->threads, t->thread_count));
	return json;
}

void target_free(struct target *t)
{
	free(t->threads);
	t->threads = NULL;
}
