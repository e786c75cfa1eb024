/* SPDX-License-Identifier: MIT */
#include "tracefs_family.h"
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define CLONE_PARENT 0x00008000
#define CLONE_THREAD 0x00010000

static int by_tid(const void *a, const void *b)
{
	const struct task_identity *x = a, *y = b;

	return x->tid < y->tid ? -1 : x->tid > y->tid;
}

static struct task_identity *find(const struct family *family, uint32_t tid)
{
	struct task_identity wanted = { .tid = tid };
	void *node = tfind(&wanted, &family->tree, by_tid);

	return node ? *(struct task_identity **)node : NULL;
}

const struct task_identity *family_find(const struct family *family, uint32_t tid)
{
	return find(family, tid);
}

bool family_learn(struct family *family, const struct task_identity *id)
{
	struct task_identity *known = find(family, id->tid), *task;

	if (known) {
		*known = *id;
		return true;
	}
	task = malloc(sizeof(*task));
	if (!task)
		return false;
	*task = *id;
	if (tsearch(task, &family->tree, by_tid))
		return true;
	free(task);
	return false;
}

static void forget(struct family *family, uint32_t tid)
{
	struct task_identity *task = find(family, tid);

	if (!task)
		return;
	tdelete(task, &family->tree, by_tid);
	free(task);
}

static bool born(struct family *family, struct newtask_event *newtask)
{
	const struct task_identity *cloner = find(family, newtask->parent);
	struct task_identity *task = &newtask->task;
	bool thread = newtask->clone_flags & CLONE_THREAD;

	if (thread)
		task->pid = cloner ? cloner->pid : newtask->parent;
	if (cloner) {
		task->ppid = thread || (newtask->clone_flags & CLONE_PARENT) ? cloner->ppid
									     : cloner->pid;
		/* A change since the last snapshot is seen by nobody. */
		task->mask = cloner->mask;
		task->mask_size = cloner->mask_size;
		task->policy = cloner->policy;
		task->nice = cloner->nice;
		task->kthread = cloner->kthread;
	}
	return family_learn(family, task);
}

/* A thread that is not the leader takes the leader's tid, and its start with it. */
static bool execed(struct family *family, struct exec_event *exec)
{
	const struct task_identity *leader = find(family, exec->task.tid);
	const struct task_identity *old = find(family, exec->old_tid);
	uint32_t tid = exec->task.tid, cpu = exec->task.cpu;
	uint64_t start_ns = leader ? leader->start_ns : old ? old->start_ns : 0;

	if (old)
		exec->task = *old;
	exec->task.tid = exec->task.pid = tid;
	exec->task.cpu = cpu;
	exec->task.start_ns = start_ns;
	exec->task.kthread = 0;
	if (exec->old_tid != tid)
		forget(family, exec->old_tid);
	return family_learn(family, &exec->task);
}

bool family_concerns(const struct event_head *record)
{
	switch (record->type) {
	case EVENT_NEWTASK:
	case EVENT_RENAME:
	case EVENT_EXEC:
	case EVENT_EXIT:
	case EVENT_SWITCH_LAST:
		return true;
	}
	return false;
}

bool family_apply(struct family *family, struct event_head *record)
{
	struct switch_last_event *last = (void *)record;
	struct rename_event *rename = (void *)record;
	struct exit_event *exited = (void *)record;
	struct task_identity *task;

	switch (record->type) {
	case EVENT_NEWTASK:
		return born(family, (void *)record);
	case EVENT_EXEC:
		return execed(family, (void *)record);
	case EVENT_RENAME:
		task = find(family, rename->tid);
		if (task)
			memcpy(task->comm, rename->comm, COMM_SIZE);
		break;
	case EVENT_EXIT:
		task = find(family, exited->tid);
		exited->pid = task ? task->pid : exited->tid;
		break;
	case EVENT_SWITCH_LAST:
		task = find(family, last->sw.prev);
		last->pid = task ? task->pid : last->sw.prev;
		forget(family, last->sw.prev);
		break;
	}
	return true;
}

void family_free(struct family *family)
{
	tdestroy(family->tree, free);
	family->tree = NULL;
}
