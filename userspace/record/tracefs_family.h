/* SPDX-License-Identifier: MIT */
/*
 * Who is whose: what a trace event leaves out of a task's identity (its process, its parent, its
 * start), handed down from the task that cloned it. Takes the records of all CPUs in the order of
 * time.
 */
#ifndef TRACEFS_FAMILY_H
#define TRACEFS_FAMILY_H

#include "tracefs_decode.h"

struct family {
	void *tree; /* of struct task_identity, by tid: the living */
};

/* Takes a living task as it is. False out of memory. */
bool family_learn(struct family *family, const struct task_identity *id);
/* The living task that bears `tid`; NULL: not known. */
const struct task_identity *family_find(const struct family *family, uint32_t tid);

/* True for the records that family_apply() is for. */
bool family_concerns(const struct event_head *record);
/* Completes the record, and lives on with what it tells. False out of memory. */
bool family_apply(struct family *family, struct event_head *record);

void family_free(struct family *family);

#endif
