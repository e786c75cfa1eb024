/* SPDX-License-Identifier: MIT */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include "gate.h"
#include "reading.h"
#include "strict.h"
#include "unit_sync.h"

/*
 * A coroutine that waited may go on as another thread, whose errno is another one: glibc lets the
 * compiler keep its address over any call, so here it is asked for each time.
 */
#undef errno
#define errno (*carrier_errno())
int *carrier_errno(void);

/*
 * One body, several launchers: a body (body_*.c) says what a unit does, a launcher (launch_*.c)
 * what carries the units. They meet in struct runtime, which a body asks for whatever its carrier
 * must do.
 */
#define PARAMETERS_MAX 8
#define HELPERS_MAX 64
#define THREADS_MAX 256
#define PROCESSES_MAX 1000

/*
 * Small, so that ten thousand sleeping threads cost address space and not much else; and only the
 * pages that a coroutine touches are real: a hundred thousand of them take one or two each.
 */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define THREAD_STACK_BYTES (512 * 1024)
#define COROUTINE_STACK_BYTES (124 * 1024)
#else
#define THREAD_STACK_BYTES (64 * 1024)
#define COROUTINE_STACK_BYTES (28 * 1024)
#endif

struct workload;
struct unit;
struct coroutine;

/* What a unit's carrier does for it. None returns a failure: that ends the whole workload. */
struct runtime {
	/* False where a unit ends before the next begins: units cannot wait for each other. */
	bool units_meet;
	/* Pipes are made non-blocking: who finds one empty or full waits by wait_fd. */
	bool pipes_nonblocking;
	/* Once, between a unit's start reading and its work. */
	void (*started)(struct unit *unit);
	/* Offers the carrier to other units; nothing where the kernel sees to that. */
	void (*yield)(struct unit *unit);
	void (*wait_ns)(struct unit *unit, uint64_t ns);
	void (*wait_fd)(struct unit *unit, int fd, bool for_writing);
	/* A token between units: to a partner, from whoever gives one, and both in one step. */
	void (*give)(struct unit *unit, struct unit *partner);
	void (*take)(struct unit *unit);
	void (*hand_off)(struct unit *unit, struct unit *partner);
	/* Locks between units that meet; init before any unit exists. */
	void (*mutex_init)(struct unit_mutex *mutex);
	void (*lock)(struct unit *unit, struct unit_mutex *mutex);
	void (*unlock)(struct unit *unit, struct unit_mutex *mutex);
	/* As pthread_cond_wait and _signal: held while both are called, and what is waited for is
	 * looked at again after each return. */
	void (*condition_init)(struct unit_condition *condition);
	void (*wait)(struct unit *unit, struct unit_condition *condition, struct unit_mutex *mutex);
	void (*signal)(struct unit *unit, struct unit_condition *condition);
	/* A call that may block in the kernel: where that would stall other units, a small pool's
	 * thread makes it. Such a body says so in calls_block. */
	void (*call_blocking)(struct unit *unit, void (*call)(void *argument), void *argument);
};

/* What the ground truth says of a unit; times are CLOCK_MONOTONIC. */
struct unit_truth {
	pid_t pid, tid; /* tid 0: of several carriers, now this one and now that one */
	uint64_t start_ns, finish_ns; /* finish 0: it never did */
	uint64_t died_ns;	      /* when that was learned of a unit that a signal ended */
	int signal;		      /* that one, or 0 */
	struct reading first, last;
	uint64_t iterations; /* in the body's own steps */
	uint64_t checksum;   /* of what was computed; the body's check compares them */
};

/* Lies in memory that all processes of the workload share, on its own cache lines. */
struct unit {
	unsigned index;
	struct workload *workload;
	const struct runtime *runtime;
	struct coroutine *coroutine; /* where one carries it */
	bool taking;		     /* that coroutine is parked in take */
	_Atomic uint32_t token;	     /* 1: given, not yet taken */
	struct unit_truth truth;
} __attribute__((aligned(64)));

/* Shared as the units are. */
struct helpers {
	_Atomic unsigned count;
	struct unit_truth tasks[HELPERS_MAX];
};

/* The first failure of any unit; shared as the units are. */
struct unit_failure {
	_Atomic uint32_t claimed;
	_Atomic uint32_t written; /* and, in the launcher's process, said */
	char text[240];
};

struct parameter {
	const char *name, *why;
	uint64_t value_default, min, max;
	/* A choice: its names, NULL-terminated; the value is then the index. NULL: a number. */
	const char *const *values;
	bool is_work; /* another name for --work */
};

/* Where a body or a model has no use for a function, it is NULL. */
struct body {
	const char *name, *why, *kind, *work_unit;
	unsigned version; /* of the work it does, from 1: one more whenever that changes */
	uint64_t work_default, work_max;
	unsigned units_default, units_multiple;
	unsigned threads_default, processes_default; /* of coroutines; 0: one carrier, no fork */
	unsigned models;		    /* bits of MODEL_*: those it exists in; 0: all */
	const struct parameter *parameters; /* ends with one without a name */
	bool apart;   /* no unit needs another but its neighbours of units_multiple: --processes */
	bool weighed; /* its units are alike: what one takes is measured at the gate */
	bool calls_block; /* it uses call_blocking: coroutines get a pool */
	bool may_die;	  /* a signal may end a unit, and that is no failure */
	/* Do units and parameters go together? 0, or -1 after complaining: a usage error. Sets the
	 * number of units where none was given and a parameter tells it. */
	int (*fit)(struct workload *workload, bool units_given);
	/* 0, or -1 after complaining. Before any unit exists: shared memory, descriptors. */
	int (*prepare)(struct workload *workload);
	void (*run)(struct unit *unit);
	/* After the last unit: are the results right? Adds what was computed to `result`. */
	int (*check)(const struct workload *workload, json_t *result);
	/* Of units that may never finish: when the launcher is to end them (CLOCK_MONOTONIC), 0 as
	 * long as they may still finish. */
	uint64_t (*end_ns)(const struct workload *workload);
	/* ns a switch, for a body that does nothing else. */
	double (*switch_ns)(const struct workload *workload);
	/* Always the last, after failures too: ends what prepare started, removes what it made. */
	void (*finish)(struct workload *workload);
};

enum { MODEL_SERIAL = 1, MODEL_PROCESSES = 2, MODEL_THREADS = 4, MODEL_COROUTINES = 8 };

struct model {
	const char *name, *why;
	unsigned bit; /* MODEL_* */
	unsigned units_max;
	bool one_carrier; /* all units share one thread: there is no unit of its own to make nice */
	int (*launch)(struct workload *workload); /* 0, or -1 after complaining */
};

struct workload {
	/* what was asked for */
	const struct body *body;
	const struct model *model;
	unsigned units_count;
	uint64_t work;
	uint64_t parameters[PARAMETERS_MAX]; /* in the order of body->parameters */
	unsigned threads, processes;	     /* carriers a process; processes forked for them */
	const int *nice;		     /* of the first nice_count units */
	size_t nice_count;
	int *pins; /* unit or carrier i only on CPU pins[i % pins_count]; NULL: where allowed */
	unsigned pins_count;
	/* what it has become */
	struct unit *units;
	struct gate *gate;
	struct unit_failure *failure;
	void *body_memory; /* the body's own, from workload_share */
	/* Only pid and tid. */
	struct unit_truth launcher;
	/* Those that share the units, by process; shared as the units are. */
	uint64_t bytes_before, bytes_ready; /* of a body that is weighed */
	struct unit_truth *carriers;
	unsigned carriers_count;
	/* Tasks that a body needs beside its units, a server or a pool: not in W. */
	struct helpers *helpers;
	_Atomic unsigned *guarded_stacks; /* coroutines; shared as the units are */
	uint64_t gave_up_ns; /* when units were left that never finish; 0: there were none */
};

/* catalogue.c */
extern const struct body *const catalogue_bodies[];
extern const struct model *const catalogue_models[];
const struct body *catalogue_body(const char *name);
const struct model *catalogue_model(const char *name);
bool catalogue_has(const struct body *body, const struct model *model);
json_t *catalogue_json(void);

/* unit.c */

/*
 * Zeroed memory that forked units share with the launcher; NULL after complaining. It is never
 * freed: it goes with the last process.
 */
void *workload_share(size_t bytes);

/* Units, gate and carriers, then the body's own preparations. 0, or -1 after complaining. */
int workload_prepare(struct workload *workload, const struct runtime *runtime,
		     unsigned carriers_count);

/* weigh.c: bytes of memory that units and launcher take, apart from what the kernel shares out by
 * slabs: their PSS, page tables and kernel stacks. Of many processes some are asked. */
uint64_t workload_weigh(const struct workload *workload);

/* A task beside the units, for the ground truth; beyond HELPERS_MAX they are not named. */
void workload_helper(struct workload *workload, pid_t pid, pid_t tid);

/* The calling task writes who it is. */
void unit_identify(struct unit_truth *truth);

/* From the first instruction after the gate to the last: readings around the body. */
void unit_run(struct unit *unit);

/*
 * The first such words are what the launcher complains of, wherever they are said. The caller then
 * ends.
 */
void workload_failed(const struct workload *workload, const char *what, ...)
	__attribute__((format(printf, 2, 3)));

/* Ends the whole workload from within a unit: exit 1 and these words. */
void unit_fail(const struct unit *unit, const char *what, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* A pipe as this runtime wants it: [0] reads, [1] writes. 0, or -1 with errno. */
int unit_pipe(const struct runtime *runtime, int fds[2]);

/* All `bytes` or unit_fail. */
void unit_read(struct unit *unit, int fd, void *buffer, size_t bytes);
void unit_write(struct unit *unit, int fd, const void *buffer, size_t bytes);

/* launch.c: what the launchers share; 0, or -1 after complaining. */

/*
 * Once all tasks are ready: nice values and places, then the gate. `lost` (or NULL) is asked now
 * and then meanwhile whether one never will be, and complains of it: then not 0.
 */
int launch_release(struct workload *workload, int (*lost)(void *argument), void *argument);

/* Nobody waits for the units any more: notes when that was, where some have not finished. */
void launch_give_up(struct workload *workload);

/* Whether units may end other than by finishing: they then need a process that may be ended. */
static inline bool body_ends_badly(const struct body *body)
{
	return body->may_die || body->end_ns;
}

/* runtime_kernel.c: units that the kernel schedules, in one process and across several. */
extern const struct runtime runtime_thread, runtime_process, runtime_serial;

/* runtime_coroutine.c */
extern const struct runtime runtime_coroutine;

#endif
