/* SPDX-License-Identifier: MIT */
#ifndef DRAWN_TRACE_H
#define DRAWN_TRACE_H

/* clang-format off */
/*
 * A trace drawn by hand, as text: the heart's tests need neither root nor a kernel. The text becomes
 * a real trace file by the recorder's own calls, and analyze_file() reads that.
 *
 *	cpus N			how many; tasks' masks hold all of them unless mask= says otherwise
 *	command TID		the command's own task, alive at the start
 *	task TID PID [COMM]	another one alive at the start; run=NS, nvcsw=N: what it has by then
 *	truth {...}		the workload's ground truth, one line of JSON
 *
 *	target pids PID...	no command: what runs already; `target all`
 *	attached NS, ended NS	its window
 *	(task: state=S|D|R, on_cpu, on_rq, syscall=NAME: what it does at the start)
 *	rows NS NS		when the snapshot's rows at the attach were read; rows_end: at the stop
 *	(task: row_nvcsw=N, row_nivcsw=N: what its row at the attach has counted by then)
 *	(task: unlisted: the snapshot at the attach has missed it)
 *
 *	NS CPU newtask TID PID PARENT	comm=NAME, mask=HEX, nice=N, policy=N, vfork
 *	NS CPU new TID			its first waking; cpu=N: into that CPU's queue
 *	NS CPU exec TID			comm=NAME, old=TID, mask=HEX
 *	NS CPU exchange TID TID		of tids, before such an exec, which is then `exchanged`
 *	NS CPU rename TID COMM
 *	NS CPU exit TID
 *	NS CPU waking TID		by=TID, irq, cpu=N
 *	NS CPU migrate TID CPU
 *	NS CPU switch PREV NEXT STATE	preempt, voluntary, mask=HEX, syscall=NAME, futex=ADDRESS,OP,VAL
 *	NS CPU last PREV NEXT		PREV's TASK_DEAD sched-out
 *	NS CPU offline [N], online [N]	the scheduler ceases or begins to use CPU N, or this one
 *
 *	ftrace			recorded so: no record has the kernel's account or a system call, but
 *	NS CPU runtime TID NS	tells what a task has run since the last such record
 *
 *	NS CPU untraced PREV NEXT STATE	the kernel switches and tells nobody: no record, no number
 *	drop NS CPU ...			happens, takes its number, and its record is lost; `last ... told`:
 *					not its copy among births and deaths
 *	lose CPU N			N records are lost about which nothing is drawn
 *	killed				the recorder was: the trace just ends
 *
 *	place CPU KEY=N...	core, llc, node, package, capacity; or offline
 *	times CPU steal=NS...	irq, softirq: of the whole recording; before any record
 *	wait_all		the recording is until the command's last descendant ends
 *	missed N		so many runs of the probes were skipped
 *	costs NS		what a record costs, by the recorder's calibration
 *	throttled NS		what CPU quotas held the command back for, before any record
 *	online N...		these are online at the attach, before any record;
 *	online_end N...		and these at the stop
 *
 * Times are absolute and in ns, a record a line, in any order across CPUs. STATE is R, S, D or a
 * number. TID 0 is idle. The kernel's account is kept as the kernel keeps it: run time from the
 * switches drawn, run delay from where a task is ready to run to its next switch in, nvcsw where a
 * task blocks unpreempted (`voluntary`: although its state is 0), else nivcsw. run=NS, nvcsw=N on a
 * switch or last make its record say otherwise than the account.
 */
/* clang-format on */

#include <stdbool.h>
#include <stddef.h>
#include "drawn_summary.h"
#include "summary/analysis.h"
#include "trace/trace_file.h"

/* Writes the trace that `text` draws to `path`. False where the drawing is wrong, and says so. */
static bool drawn_write(const char *text, const char *path);

/* The same into a temporary file that is analyzed and removed. */
static bool drawn_analyze(const char *text, struct summary *s);

/* The drawing in tests/fixtures/NAME.events, which the caller frees; NULL: it can't be read. */
static char *drawn_load(const char *name);

/* drawn_load() and drawn_analyze(). */
static bool drawn_fixture(const char *name, struct summary *s);

#include "drawn_trace.c"

#endif
