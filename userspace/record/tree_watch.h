/* SPDX-License-Identifier: MIT */
/*
 * Who of W lives, worked out while the records pass: a recording may last as long as anybody does.
 * Records come CPU by CPU, so births and deaths wait here until all that is older has come too.
 */
#ifndef TREE_WATCH_H
#define TREE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/id_map.h"
#include "sched_event.h"

struct tree_change;

struct tree_watch {
	bool on;	      /* else nothing is taken */
	bool failed;	      /* out of memory: nobody can say any more who lives */
	struct id_map living; /* tid: its start, ns */
	struct tree_change *changes;
	size_t change_count, change_room;
};

/* Forgets all; with `on` from now on births and deaths are taken. */
void tree_watch_start(struct tree_watch *w, bool on);
void tree_watch_free(struct tree_watch *w);

/* A task that is of W from the start. */
void tree_watch_add(struct tree_watch *w, uint32_t tid, uint64_t start_ns);

/* Any record that passes. */
void tree_watch_take(struct tree_watch *w, const struct event_head *record);

/* All records older than `until_ns` have been taken: applies them. */
void tree_watch_settle(struct tree_watch *w, uint64_t until_ns);

/* Forgets whom the rows of a snapshot, begun at `begun_ns`, do not know: their death was lost. */
void tree_watch_check(struct tree_watch *w, const struct task_event *rows, size_t count,
		      uint64_t begun_ns);

#endif
