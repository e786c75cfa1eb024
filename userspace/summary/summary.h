/* SPDX-License-Identifier: MIT */
/*
 * The one result of an analysis, and the only thing that printers see: text, JSON and HTML cannot
 * disagree. Times are integer nanoseconds. Window times
 * are relative to t0 unless a name says otherwise.
 */
#ifndef SUMMARY_H
#define SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/terms.h"
#include "sched_event.h"
#include "timeline/latency.h"
#include "timeline/violations.h"
#include "timeline/wakers.h"

struct blocked_on {
	char what[32]; /* the system call's name, or "unknown" */
	uint64_t ns;
	uint64_t count;
};

struct antagonist { /* who had the CPU that a task of W waited for */
	char comm[COMM_SIZE + 1];
	bool own;     /* of W itself */
	uint32_t tid; /* of a CPU's rows, which are merged by name: one of them */
	uint64_t ns;  /* at least; 0: nobody */
};

struct task_summary {
	uint32_t tid, pid, ppid;
	uint64_t start_ns; /* CLOCK_MONOTONIC; with tid the task's identity */
	char comm[COMM_SIZE + 1];
	enum task_role role;
	bool measured;		   /* in W; launchers and helpers are shown, but are not */
	int unit;		   /* the unit it carries, -1: none or several */
	uint64_t begin_ns, end_ns; /* its stay in the window */
	uint64_t run_ns, wait_wakeup_ns, wait_preempt_ns, blocked_ns, unknown_ns, lifetime_ns;
	uint64_t slices, voluntary, involuntary, yields, migrations;
	int *cpus; /* those it ran on, ascending */
	size_t cpu_count;
	int policy, nice;
	struct latency_summary runq_latency;
	struct antagonist antagonist;  /* behind whom it waited most */
	struct blocked_on *blocked_on; /* longest first */
	size_t blocked_on_count;
	struct woken_by *woken_by; /* most first */
	size_t woken_by_count;
	uint64_t woken_by_rest; /* wakings by those that are not listed */
};

struct violation_summary {
	int cpu;      /* that idled */
	uint32_t tid; /* who waited */
	char comm[COMM_SIZE + 1];
	uint64_t start_ns, ns; /* from t0 on */
	enum violation_cause cause;
};

struct other_summary { /* tasks outside W that ran on one CPU, merged by comm */
	char comm[COMM_SIZE + 1];
	uint64_t ns;
};

struct cpu_summary {
	int cpu, core, llc, node, capacity; /* topology.h: CPU_NONE where the trace does not say */
	bool allowed;			    /* among the n that W may use */
	uint64_t workload_ns, other_ns, idle_ns, offline_ns, unknown_ns; /* sum = T */
	uint64_t switches, voluntary, involuntary, interleavings, migrations_in, tasks;
	uint64_t longest_slice_ns, wait_behind_ns;
	int64_t steal_ns, irq_ns, softirq_ns; /* of the recording, by cpu_times.h; -1: unknown */
	struct other_summary *others;	      /* longest first */
	size_t other_count;
	struct antagonist *wait_behind; /* most first; with the rest they sum to wait_behind_ns */
	size_t wait_behind_count;
	uint64_t wait_behind_rest_ns;
	uint64_t lost; /* records */
	char *cells;   /* of the strip, as text; NULL: there is none */
};

/* A hole in one sequence of one CPU. */
struct loss_summary {
	int cpu;
	bool births;	  /* of births, names and ends; else of switches and wakings */
	int64_t from, to; /* ns from the window's start; before it negative */
	uint64_t count;
};

#define LOSSES_LISTED 1000

struct trust_summary {
	uint64_t events, lost, untraced, implicit_wakeups, out_of_order, conflicts;
	uint64_t recursion_misses, dropped; /* by the probes' own counters */
	uint64_t unknown_ns;		    /* summed over CPUs */
	uint64_t unknown_task_ns; /* summed over tasks of W: alive, and nobody knows their state */
	uint64_t lower_bound_ns;  /* wall time in which R, D and in flight are lower bounds */
	struct loss_summary *losses; /* in order of time; where there are too many, the largest */
	size_t loss_count;
	uint64_t losses_more;	    /* that are not listed */
	uint64_t identity_error_ns; /* |T - (C / tlp + I)| */
	enum trust_verdict verdict;
	/* crosscheck: counted from the records against the kernel's own counters */
	uint64_t switches, kernel_switches;
	uint64_t run_ns, kernel_run_ns;
	uint64_t run_delay_ns, kernel_run_delay_ns;
	uint64_t rusage_cpu_ns;
	bool rusage_unknown;	/* nothing was started */
	uint64_t checked_tasks; /* tasks whose last switch was seen */
	/* From ftrace: nothing is known of the kernel's own account, of yields, of skipped probes.
	 */
	bool no_account;
	uint32_t worst_tid; /* largest error of run time; 0: none checked */
	double worst_error; /* relative; switches that differ make it at least 1 */
	char (*warnings)[200];
	size_t warning_count;
	/* observer */
	uint64_t observer_cpu_ns, observer_switches;
	double probe_ns;	/* records x calibrated ns; NaN where not calibrated */
	double probe_record_ns; /* what one record costs */
	bool ended; /* the trace has its END section; without it the observer's cost is unknown */
};

struct program_summary {
	uint64_t wall_ns, cpu_ns, busy_ns, idle_ns;
	double average_cores, tlp; /* NaN: undefined */
	uint32_t peak_parallelism, peak_demand, peak_in_flight;
	double mean_demand, mean_in_flight;
	double time_sliced_share, parallel_share;
	double satisfaction, fairness;
	double physical_tlp, smt_share; /* NaN where a CPU does not know its core */
	double tlp_all_in_flight;	/* tlp over the time in which every unit is in flight */
	enum verdict verdict;
	char sentence[640];
	uint64_t *parallelism_ns, *demand_ns; /* [0 .. level_count - 1], both of one length */
	size_t level_count;
};

/* What a cell of the strip says, if not a task's letter. */
#define STRIP_IDLE '.'
#define STRIP_OTHER '#'
#define STRIP_FURTHER '+' /* a task of W that has no letter */
#define STRIP_UNKNOWN '~'
#define STRIP_OFFLINE ' '

struct strip_legend {
	char letter;
	uint32_t tid;
	char comm[COMM_SIZE + 1];
};

/* Who had most of each column of the window; the rows are the CPUs' cells. */
struct strip_summary {
	uint32_t columns;
	struct strip_legend *legend; /* longest run first */
	size_t legend_count;
};

/* Of what part of the run's window all else is, but for trust and the run's end. */
struct window_summary {
	uint64_t from_ns, to_ns, whole_ns; /* from the start of the run's window */
};

struct run_summary {
	uint64_t wall_ns; /* start to wait */
	int exit_status;  /* -1: none (killed, or not ended) */
	int signal;	  /* 0: none */
	uint64_t alive_at_end;
	int64_t throttled_ns; /* of its control groups; -1: unknown */
	int64_t steal_ns;     /* of the CPUs that W may use; -1: unknown */
	bool incomplete;      /* the trace was never closed */
};

struct topology_summary { /* topology.h; CPU_NONE: unknown */
	int threads, sockets, cores, llcs, nodes;
	bool smt;
};

/* Of W, by the nearest that both CPUs share; -1: that level is unknown. */
struct migration_summary {
	int64_t same_core, same_llc, same_node, cross_node;
	uint64_t unknown; /* how far is not known */
};

struct summary {
	json_t *machine; /* as recorded; borrowed names in INTERFACE.md */
	json_t *run; /* command, workload, model, units, ...: as recorded, without the results below
		      */
	json_t *truth; /* the workload's own ground truth, or NULL */
	struct run_summary run_result;
	struct window_summary window;
	struct trust_summary trust;
	struct program_summary program;
	uint64_t n;						/* CPUs that W may use */
	uint64_t accounting_ns[CAUSE_COUNT];			/* sums to n x T */
	struct latency_summary latency_wakeup, latency_preempt; /* of W's tasks */
	struct topology_summary topology;
	struct migration_summary migrations;
	struct violation_summary *violations; /* longer than 1 ms; in order of time */
	size_t violation_count;
	struct violation_sums violation_sums;
	struct cpu_summary *cpus;
	size_t cpu_count;
	struct task_summary *tasks;
	size_t task_count;
	struct strip_summary strip;
};

/* What part of its CPUs' time the host took: 0 where not surely above 2 %, NaN unknown. */
double summary_steal_share(const struct summary *s);

/* Not of its whole run: --from, --to. */
static inline bool summary_is_part(const struct summary *s)
{
	return s->window.to_ns - s->window.from_ns < s->window.whole_ns;
}

/* Frees what the summary holds, not the struct itself. Safe on a zeroed one. */
void summary_free(struct summary *s);

#endif
