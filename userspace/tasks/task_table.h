/* SPDX-License-Identifier: MIT */
/*
 * Every task of a trace, once: identity is (tid, start), since tids are used again. Built from the
 * snapshots and the lifecycle records, before any switch is read.
 */
#ifndef TASK_TABLE_H
#define TASK_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "common/terms.h"
#include "trace/trace_file.h"

#define TASK_NONE UINT32_MAX

/* What the snapshot at attach says a task does; one on a CPU is seen there by that CPU's records.
 */
enum start_state { START_UNKNOWN, START_RUNNING, START_WAITING, START_BLOCKED };

struct row_time { /* a row's fields were read between these; 0: it is no row */
	uint64_t from_ns, to_ns;
};

struct task_start {
	uint64_t row_ns; /* when; 0: it was not there yet */
	enum start_state state;
	struct switch_futex_event blocked; /* START_BLOCKED: as if this were its sched-out */
};

struct tid_exchange { /* of a thread that execs; none where the tids are the same */
	uint32_t old_tid, taken_tid;
	uint32_t leader; /* whose tid it takes */
};

struct task {
	struct task_identity id; /* comm, nice, policy: as last seen */
	uint32_t next_same_tid;
	bool known;	/* by its birth or a snapshot: its account is whole */
	bool in_tree;	/* the command or a descendant of it */
	bool of_nobody; /* a forebear's birth is not in the trace: whose it is may be unknown */
	bool measured;	/* in W */
	bool flies;	/* a command's unit: in flight while alive and not waiting for a child */
	enum task_role role;
	int unit;	   /* of the workload, -1: none or several */
	uint64_t exec_ns;  /* the command's own task: its first exec, 0 else */
	uint64_t death_ns; /* its TASK_DEAD sched-out, 0: not seen */
	/* The kernel's own account at the start (zero, or at the command's exec) and at the end. */
	struct task_counters base, final;
	struct row_time base_at, final_at; /* where these are rows of the snapshots */
	uint64_t first_run_ns;		   /* in the snapshot at attach; zero at birth */
	bool has_final;			   /* from the TASK_DEAD sched-out */
	bool has_last;			   /* final is from the snapshot at stop */
	struct task_start start;
	struct tid_exchange exchange;
	uint64_t traced_run_ns; /* in the window, as the switches say */
	enum start_state stop;	/* what the snapshot at stop says it does */
};

struct task_table {
	struct task *tasks;
	uint32_t count, room;
	struct tid_slot { /* a hash table, at most half full */
		uint32_t tid;
		uint32_t now;	/* the task that bears it, TASK_NONE: the slot is empty */
		uint32_t first; /* the first one that did */
	} * slots;
	uint32_t slot_mask; /* how many, less one */
	uint32_t root;	    /* the command's own task, TASK_NONE: not seen, or no command */
	uint32_t recorder_pid;
	bool frozen;	  /* no task is added: TASK_NONE instead */
	bool everyone;	  /* all tasks but the recorder's are in the tree */
	bool births_lost; /* of a task that is not `known`, or of nobody, nobody can say whose it is
			   */
};

/*
 * Reads the snapshots and lifecycle sections of `t`. Returns 0, or EXIT_FAILED out of memory.
 * Afterwards each tid stands for its first bearer, as at the trace's start.
 */
int task_table_build(struct task_table *table, struct trace *t);
void task_table_free(struct task_table *table);

/* False out of memory; task_table_free() either way. */
bool task_table_copy(struct task_table *to, const struct task_table *from);

/* Tids that follow each other never collide. */
static inline uint32_t tid_hash(uint32_t tid)
{
	return tid * 2654435761u;
}

/* The task that bears `tid` now, made nameless where none is known. TASK_NONE out of memory. */
uint32_t task_find_or_add(struct task_table *table, uint32_t tid);

static inline uint32_t task_find(struct task_table *table, uint32_t tid)
{
	const struct tid_slot *slot = &table->slots[tid_hash(tid) & table->slot_mask];

	return slot->tid == tid && slot->now != TASK_NONE ? slot->now
							  : task_find_or_add(table, tid);
}

/* Of an event to come: its tids will be looked up, and here is what is known of them by now. */
struct tasks_ahead {
	uint32_t one, other; /* TASK_NONE: there is none */
};
struct tasks_ahead task_look_ahead(const struct task_table *table, const struct event_head *event);
void task_fetch_ahead(const struct task_table *table, const struct event_head *event);

/* The first that bore `tid`, TASK_NONE: nobody did. The others follow by next_same_tid. */
uint32_t task_first_bearer(const struct task_table *table, uint32_t tid);

uint32_t task_switched_otherwise(struct task_table *table, uint32_t tid, uint32_t index,
				 uint32_t in);
/*
 * The task that bears `tid` in a switch on a CPU where `in` was in. A thread that execs and its
 * leader exchange their tids some time before the exec's record: who is in then shows whom a tid
 * means.
 */
static inline uint32_t task_switched(struct task_table *table, uint32_t tid, uint32_t in)
{
	uint32_t index = task_find(table, tid);

	if (index == TASK_NONE || index == in || in >= table->count)
		return index;
	return task_switched_otherwise(table, tid, index, in);
}

/* A birth or a thread's exec reached in the order of events: the tid stands for its new bearer. */
uint32_t task_born(struct task_table *table, const struct newtask_event *newtask);
uint32_t task_execed(struct task_table *table, const struct exec_event *exec);
/* It has a line of time of its own. */
static inline bool task_is_watched(const struct task *task)
{
	return task->measured || task->role != ROLE_TASK;
}

/* Where births were lost it may or may not be of W. */
static inline bool task_is_doubtful(const struct task_table *table, uint32_t task)
{
	return table->births_lost && (!table->tasks[task].known || table->tasks[task].of_nobody);
}

/* Each tid stands for its first bearer again, before another pass. */
void task_table_rewind(struct task_table *table);

#endif
