/* SPDX-License-Identifier: MIT */
/* The words of METRICS.md, each in one place, with the name that reports give it. */
#ifndef TERMS_H
#define TERMS_H

#define UNKNOWN_DOUBLE (0.0 / 0.0) /* "can't be known": NaN here, null in JSON, "-" in text */
#define CPU_NONE (-1)

enum task_role { ROLE_TASK, ROLE_UNIT, ROLE_CARRIER, ROLE_LAUNCHER, ROLE_HELPER };
const char *task_role_name(enum task_role role);

/* Where the n x T core-seconds went; METRICS.md "Accounting". */
enum cause {
	CAUSE_OWN,
	CAUSE_OWN_SMT,
	CAUSE_OTHER_WAITED,
	CAUSE_OTHER_FREE,
	CAUSE_BEING_WOKEN,
	CAUSE_THROTTLED,
	CAUSE_VIOLATION,
	CAUSE_LOCK,
	CAUSE_CONDITION,
	CAUSE_IO,
	CAUSE_SLEEP,
	CAUSE_OTHER_BLOCK,
	CAUSE_NO_TASK,
	CAUSE_OFFLINE,
	CAUSE_UNKNOWN,
	CAUSE_COUNT,
};
const char *cause_name(enum cause cause);

/* Why a CPU idled although a task waited that could have used it. */
enum violation_cause {
	VIOLATION_UNKNOWN,
	VIOLATION_WAKING_UP,  /* its queue's CPU was told to wake up, and takes long */
	VIOLATION_HELD_BACK,  /* its queue's CPU idles and was not told: a quota nobody tells of */
	VIOLATION_BUSY_QUEUE, /* the kernel keeps it in the queue of a busy CPU */
	VIOLATION_CAUSE_COUNT,
};
const char *violation_cause_name(enum violation_cause cause); /* NULL: unknown */

enum verdict { VERDICT_PARALLEL, VERDICT_CONCURRENT, VERDICT_IDLE, VERDICT_SEQUENTIAL };
const char *verdict_name(enum verdict verdict);

enum trust_verdict { TRUST_WHOLE, TRUST_LOSSY, TRUST_BROKEN };
const char *trust_verdict_name(enum trust_verdict verdict);

#endif
