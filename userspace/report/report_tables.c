/* SPDX-License-Identifier: MIT */
/* One row a CPU, one row a task. */
#include <math.h>
#include "common/text_format.h"
#include "common/text_section.h"
#include "common/text_table.h"
#include "report_text_parts.h"

enum {
	CPU_ID,
	CPU_CORE,
	CPU_WORKLOAD,
	CPU_OTHER,
	CPU_IDLE,
	CPU_OFFLINE,
	CPU_UNKNOWN,
	CPU_STEAL,
	CPU_SWITCHES,
	CPU_VOLUNTARY,
	CPU_INVOLUNTARY,
	CPU_INTERLEAVINGS,
	CPU_MIGRATIONS,
	CPU_LONGEST,
	CPU_TOP_OTHER,
	CPU_COLUMNS,
};

static struct text format_known(int64_t number, struct text text)
{
	return number < 0 ? (struct text){ "-" } : text;
}

static void cpu_row(struct text_table *t, const struct cpu_summary *c, const struct summary *s)
{
	uint64_t wall_ns = s->program.wall_ns;
	struct text id;

	snprintf(id.s, sizeof(id.s), "%d%s", c->cpu, c->allowed ? "" : "*");
	text_table_row(t);
	text_table_cell(t, CPU_ID, id.s);
	text_table_cell(t, CPU_CORE, format_known(c->core, format_count((uint64_t)c->core)).s);
	text_table_cell(t, CPU_WORKLOAD, format_percent(c->workload_ns, wall_ns).s);
	text_table_cell(t, CPU_OTHER, format_percent(c->other_ns, wall_ns).s);
	text_table_cell(t, CPU_IDLE, format_percent(c->idle_ns, wall_ns).s);
	text_table_cell(t, CPU_OFFLINE, format_percent(c->offline_ns, wall_ns).s);
	text_table_cell(t, CPU_UNKNOWN, format_percent(c->unknown_ns, wall_ns).s);
	text_table_cell(t, CPU_STEAL,
			format_known(c->steal_ns,
				     format_percent((uint64_t)c->steal_ns, s->run_result.wall_ns))
				.s);
	text_table_cell(t, CPU_SWITCHES, format_count(c->switches).s);
	text_table_cell(t, CPU_VOLUNTARY, format_count(c->voluntary).s);
	text_table_cell(t, CPU_INVOLUNTARY, format_count(c->involuntary).s);
	text_table_cell(t, CPU_INTERLEAVINGS, format_count(c->interleavings).s);
	text_table_cell(t, CPU_MIGRATIONS, format_count(c->migrations_in).s);
	text_table_cell(t, CPU_LONGEST, format_duration(c->longest_slice_ns).s);
	text_table_cell(t, CPU_TOP_OTHER, c->other_count ? c->others[0].comm : "-");
}

int print_cpus(const struct summary *s, FILE *out, bool color)
{
	struct text_column columns[CPU_COLUMNS] = {
		[CPU_ID] = { "cpu", COLUMN_NUMBER, NULL },
		[CPU_CORE] = { "core", s->topology.smt ? COLUMN_NUMBER : COLUMN_HIDDEN, NULL },
		[CPU_WORKLOAD] = { "work %", COLUMN_NUMBER, "green" },
		[CPU_OTHER] = { "other %", COLUMN_NUMBER, NULL },
		[CPU_IDLE] = { "idle %", COLUMN_NUMBER, NULL },
		[CPU_OFFLINE] = { "offl %", COLUMN_HIDDEN, NULL },
		[CPU_UNKNOWN] = { "unkn %", COLUMN_NUMBER, NULL },
		[CPU_STEAL] = { "steal %", COLUMN_HIDDEN, NULL },
		[CPU_SWITCHES] = { "switches", COLUMN_NUMBER, NULL },
		[CPU_VOLUNTARY] = { "vol", COLUMN_NUMBER, NULL },
		[CPU_INVOLUNTARY] = { "invol", COLUMN_NUMBER, NULL },
		[CPU_INTERLEAVINGS] = { "interl", COLUMN_NUMBER, NULL },
		[CPU_MIGRATIONS] = { "migr in", COLUMN_NUMBER, NULL },
		[CPU_LONGEST] = { "longest", COLUMN_NUMBER, NULL },
		[CPU_TOP_OTHER] = { "top other", COLUMN_TEXT, NULL },
	};
	bool unused = false, steal = has_steal_to_show(s);
	struct text_table t;

	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].offline_ns)
			columns[CPU_OFFLINE].flags = COLUMN_NUMBER;
	if (steal)
		columns[CPU_STEAL].flags = COLUMN_NUMBER;
	print_cpus_title(s, out, color);
	text_table_open(&t, out, color, columns, CPU_COLUMNS);
	for (size_t i = 0; i < s->cpu_count; i++) {
		cpu_row(&t, &s->cpus[i], s);
		unused |= !s->cpus[i].allowed;
	}
	if (text_table_close(&t))
		return -1;
	print_note(
		out, color,
		"vol, invol: a task left it blocked, preempted; interl: one task of the workload "
		"followed another.");
	if (unused)
		print_note(out, color, "* a CPU that the workload may not use");
	if (steal)
		print_note(
			out, color,
			"steal %: taken by the host of this virtual machine, in ticks of 10 ms; it "
			"lies inside the others.");
	print_placement(s, out, color);
	return 0;
}

enum {
	TASK_ROLE,
	TASK_TID,
	TASK_COMM,
	TASK_RUN,
	TASK_WAIT,
	TASK_BLOCKED,
	TASK_SLICES,
	TASK_VOLUNTARY,
	TASK_INVOLUNTARY,
	TASK_MIGRATIONS,
	TASK_CPUS,
	TASK_BLOCKED_ON,
	TASK_COLUMNS,
};

static void task_row(struct text_table *t, const struct task_summary *task)
{
	struct text tid;

	snprintf(tid.s, sizeof(tid.s), "%u", task->tid);
	text_table_row(t);
	text_table_cell(t, TASK_ROLE, task_role_name(task->role));
	text_table_cell(t, TASK_TID, tid.s);
	text_table_cell(t, TASK_COMM, task->comm);
	text_table_cell(t, TASK_RUN, format_duration(task->run_ns).s);
	text_table_cell(t, TASK_WAIT,
			format_duration(task->wait_wakeup_ns + task->wait_preempt_ns).s);
	text_table_cell(t, TASK_BLOCKED, format_duration(task->blocked_ns).s);
	text_table_cell(t, TASK_SLICES, format_count(task->slices).s);
	text_table_cell(t, TASK_VOLUNTARY, format_count(task->voluntary).s);
	text_table_cell(t, TASK_INVOLUNTARY, format_count(task->involuntary).s);
	text_table_cell(t, TASK_MIGRATIONS, format_count(task->migrations).s);
	text_table_cell(t, TASK_CPUS, format_cpu_list(task->cpus, task->cpu_count).s);
	text_table_cell(t, TASK_BLOCKED_ON,
			task->blocked_on_count ? task->blocked_on[0].what : "-");
}

static int print_task_table(const struct summary *s, FILE *out, bool color, size_t rows)
{
	static const struct text_column columns[TASK_COLUMNS] = {
		[TASK_ROLE] = { "role", COLUMN_BAR, NULL },
		[TASK_TID] = { "tid", COLUMN_NUMBER, NULL },
		[TASK_COMM] = { "comm", COLUMN_TEXT, NULL },
		[TASK_RUN] = { "run", COLUMN_NUMBER, "green" },
		[TASK_WAIT] = { "wait", COLUMN_NUMBER, "yellow" },
		[TASK_BLOCKED] = { "blocked", COLUMN_NUMBER, NULL },
		[TASK_SLICES] = { "slices", COLUMN_NUMBER, NULL },
		[TASK_VOLUNTARY] = { "vol", COLUMN_NUMBER, NULL },
		[TASK_INVOLUNTARY] = { "invol", COLUMN_NUMBER, NULL },
		[TASK_MIGRATIONS] = { "migr", COLUMN_NUMBER, NULL },
		[TASK_CPUS] = { "cpus", COLUMN_TEXT, NULL },
		[TASK_BLOCKED_ON] = { "blocked in", COLUMN_TEXT, NULL },
	};
	struct text_table t;

	text_table_open(&t, out, color, columns, TASK_COLUMNS);
	/* The summary has them in the order to show: the longest run first. */
	for (size_t i = 0; i < s->task_count && i < rows; i++)
		task_row(&t, &s->tasks[i]);
	return text_table_close(&t);
}

/* What is told only where there is any. */
static void print_shares(const struct summary *s, FILE *out)
{
	uint64_t yields = 0;

	for (size_t i = 0; i < s->task_count; i++)
		yields += s->tasks[i].yields;
	if (yields)
		fprintf(out, "Of invol, %s %s sched_yield\n", format_count(yields).s,
			yields == 1 ? "was by" : "were by");
	if (isfinite(s->program.fairness))
		fprintf(out,
			"Fairness: %s (Jain's index of what each unit ran up to the first one's "
			"finish; 1: alike)\n",
			format_number(s->program.fairness, 3).s);
}

int print_tasks(const struct summary *s, FILE *out, bool color, size_t rows)
{
	print_title(out, color, "Tasks: %zu", s->task_count);
	if (print_task_table(s, out, color, rows))
		return -1;
	if (s->task_count > rows)
		fprintf(out, "... and %zu more, which ran less (--all shows them)\n",
			s->task_count - rows);
	print_shares(s, out);
	print_note(
		out, color,
		"wait: ready to run but without a CPU; blocked: for something else, mostly in that "
		"system call.");
	return 0;
}
