/* SPDX-License-Identifier: MIT */
/* Random but valid schedules as drawings, and beside them what each ns of them was worth. */
#ifndef DRAWN_RANDOM_H
#define DRAWN_RANDOM_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include "drawn_trace.h"

#define CPUS_MAX 4
#define TASKS 6 /* the command, tid 100, and its children */
#define BEGIN 500
#define T0 1000
#define WAITS 2000 /* more than a run has */
#define OTHER 200  /* one task of somebody else's on each CPU */

enum sim_state { UNBORN, RUNS, WOKEN, PREEMPTED, BLOCKED, DEAD, SIM_STATES };

struct sim {
	uint64_t random;
	FILE *out;
	int loss;   /* per mille of the records that are lost */
	int hidden; /* per mille of the other tasks' sched-outs that the kernel leaves untraced */
	unsigned burst; /* a CPU that loses one loses all for up to so long, ns */
	uint64_t full_until[CPUS_MAX];
	int dropped, untraced;
	bool unseen[CPUS_MAX]; /* its last switch was left untraced */
	int cpus;
	uint64_t now;
	enum sim_state state[TASKS];
	int queue[TASKS];  /* where it runs, waits, or ran last */
	int ran_on[TASKS]; /* 1 + the CPU, 0: none yet */
	int on[CPUS_MAX];  /* tid, 0: idle */
	/* The reference. */
	uint64_t ns[TASKS][SIM_STATES];
	uint64_t running[TASKS + 1], demand[TASKS + 1];
	uint64_t cpu_own[CPUS_MAX], cpu_other[CPUS_MAX], cpu_idle[CPUS_MAX];
	uint64_t sliced, own, other_waited, other_free;
	/* CPUs 2k and 2k + 1 are one core: cores that work for W, CPUs that do beside a sibling. */
	uint64_t cores, shared;
	uint64_t to_sibling, to_core; /* migrations */
	uint64_t being_woken, violation;
	uint64_t waiting[TASKS];       /* for so long now */
	uint64_t behind[TASKS];	       /* in its queue, while somebody ran there */
	uint64_t cpu_behind[CPUS_MAX]; /* the waits that ended there */
	struct sim_waits {
		uint64_t ns[WAITS];
		unsigned count;
	} wakeup, preempt; /* that ended on a CPU */
};

static unsigned pick(struct sim *s, unsigned count)
{
	s->random = s->random * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(s->random >> 33) % count;
}

static bool waits(const struct sim *s, int task)
{
	return s->state[task] == WOKEN || s->state[task] == PREEMPTED;
}

/* No wait is as long as 1 ms: a task that was woken into an idle CPU's queue is on its way. */
static void count_idle_ns(struct sim *s, unsigned waiting)
{
	unsigned idle = 0, woken = 0;

	for (int cpu = 0; cpu < s->cpus; cpu++) {
		bool here = false;

		for (int i = 0; i < TASKS; i++)
			here |= s->state[i] == WOKEN && s->queue[i] == cpu;
		idle += !s->on[cpu];
		woken += !s->on[cpu] && here;
	}
	idle -= woken;
	waiting -= woken;
	s->being_woken += woken;
	s->violation += idle < waiting ? idle : waiting;
}

/* What one ns of the present is worth. */
static void count_ns(struct sim *s)
{
	unsigned running = 0, waiting = 0;
	unsigned working[CPUS_MAX / 2] = {};
	bool sliced = false;

	for (int i = 0; i < TASKS; i++) {
		s->ns[i][s->state[i]]++;
		s->waiting[i] = waits(s, i) ? s->waiting[i] + 1 : 0;
		if (!waits(s, i))
			s->behind[i] = 0;
		else if (s->on[s->queue[i]])
			s->behind[i]++;
		running += s->state[i] == RUNS;
		waiting += waits(s, i);
		sliced |= waits(s, i) && s->on[s->queue[i]] && s->on[s->queue[i]] < OTHER;
	}
	s->running[running]++;
	s->demand[running + waiting]++;
	s->sliced += sliced;
	count_idle_ns(s, waiting);
	for (int cpu = 0; cpu < s->cpus; cpu++) {
		bool other = s->on[cpu] >= OTHER;

		s->cpu_idle[cpu] += !s->on[cpu];
		s->cpu_other[cpu] += other;
		s->cpu_own[cpu] += s->on[cpu] && !other;
		s->own += s->on[cpu] && !other;
		working[cpu / 2] += s->on[cpu] && !other;
		*(waiting ? &s->other_waited : &s->other_free) += other;
	}
	for (int core = 0; core < CPUS_MAX / 2; core++) {
		s->cores += working[core] > 0;
		s->shared += working[core] == 2 ? 2 : 0;
	}
}

static void pass_time(struct sim *s, unsigned ns)
{
	while (ns--) {
		count_ns(s);
		s->now++;
	}
}

__attribute__((format(printf, 3, 4))) static void say(struct sim *s, int cpu, const char *format,
						      ...)
{
	bool lost = (int)pick(s, 1000) < s->loss || s->now < s->full_until[cpu];
	va_list args;

	/* A ring that is full stays so for a while. */
	if (lost && s->burst && s->now >= s->full_until[cpu])
		s->full_until[cpu] = s->now + pick(s, s->burst);

	s->dropped += lost;
	fprintf(s->out, "%s%llu %d ", lost ? "drop " : "", (unsigned long long)s->now, cpu);
	va_start(args, format);
	vfprintf(s->out, format, args);
	va_end(args);
	fputc('\n', s->out);
}

/* Somebody who could come in on `cpu`: a waiting task of its queue, the CPU's other task, or idle.
 */
static int next_for(struct sim *s, int cpu)
{
	int first = pick(s, TASKS);

	for (int i = 0; i < TASKS && pick(s, 8); i++) {
		int task = (first + i) % TASKS;

		if (waits(s, task) && s->queue[task] == cpu)
			return 100 + task;
	}
	return s->on[cpu] != OTHER + cpu && pick(s, 2) ? OTHER + cpu : 0;
}

static void come_in(struct sim *s, int cpu, int next)
{
	s->on[cpu] = next;
	if (next >= 100 && next < OTHER) {
		int task = next - 100;
		struct sim_waits *w = s->state[task] == WOKEN ? &s->wakeup : &s->preempt;

		if (s->ran_on[task] && s->ran_on[task] != 1 + cpu)
			++*((s->ran_on[task] - 1) / 2 == cpu / 2 ? &s->to_sibling : &s->to_core);
		s->ran_on[task] = 1 + cpu;
		w->ns[w->count++] = s->waiting[task];
		s->cpu_behind[cpu] += s->behind[task];
		s->state[task] = RUNS;
	}
}

static void switch_on(struct sim *s, int cpu)
{
	static const char *const outs[] = { "R preempt", "S preempt", "S syscall=read",
					    "S syscall=nanosleep" };
	int prev = s->on[cpu], next = next_for(s, cpu), out = pick(s, 4);
	bool own = prev >= 100 && prev < OTHER;

	if (prev == next)
		return;
	if (own && prev != 100 && !pick(s, 25)) {
		say(s, cpu, "last %d %d", prev, next);
		s->state[prev - 100] = DEAD;
		s->unseen[cpu] = false;
	} else {
		bool hidden = prev >= OTHER && (int)pick(s, 1000) < s->hidden;

		s->untraced += hidden;
		s->unseen[cpu] = hidden;
		say(s, cpu, "%s %d %d %s", hidden ? "untraced" : "switch", prev, next,
		    prev ? outs[out] : "R");
		if (own)
			s->state[prev - 100] = out < 2 ? PREEMPTED : BLOCKED;
	}
	come_in(s, cpu, next);
}

static void wake(struct sim *s, int task)
{
	say(s, pick(s, s->cpus), "waking %d cpu=%d", 100 + task, s->queue[task]);
	s->state[task] = WOKEN;
}

static void give_birth(struct sim *s, int task, int cpu)
{
	int parent = s->on[cpu];

	if (parent < 100 || parent >= OTHER)
		return;
	s->queue[task] = pick(s, s->cpus);
	say(s, cpu, "newtask %d %d %d", 100 + task, 100 + task, parent);
	say(s, cpu, "new %d cpu=%d", 100 + task, s->queue[task]);
	s->state[task] = WOKEN;
}

static void act(struct sim *s)
{
	int task = pick(s, TASKS), cpu = pick(s, s->cpus);

	if (pick(s, 2))
		switch_on(s, cpu);
	else if (s->state[task] == BLOCKED)
		wake(s, task);
	else if (s->state[task] == UNBORN)
		give_birth(s, task, cpu);
	else if (waits(s, task) && s->queue[task] != cpu) {
		say(s, s->queue[task], "migrate %d %d", 100 + task, cpu);
		s->queue[task] = cpu;
		s->behind[task] = 0;
	}
}

static void begin(struct sim *s)
{
	s->now = BEGIN;
	fprintf(s->out, "cpus %d\ncommand 100\n", s->cpus);
	for (int cpu = 0; cpu < s->cpus; cpu++)
		fprintf(s->out, "place %d core=%d node=0\n", cpu, cpu / 2);
	for (int cpu = 0; cpu < s->cpus; cpu++)
		fprintf(s->out, "task %d %d other\n", OTHER + cpu, OTHER + cpu);
	for (int cpu = 1; cpu < s->cpus; cpu++)
		fprintf(s->out, "500 %d switch %d 0 S\n", cpu, OTHER + cpu);
	fprintf(s->out, "500 0 switch 0 100 R\n%d 0 exec 100\n", T0);
	s->now = T0;
	s->on[0] = 100;
	s->ran_on[0] = 1;
	s->state[0] = RUNS;
}

/* The command comes in where it waits, and dies: its records are never lost. */
static void end(struct sim *s)
{
	int cpu;

	s->loss = s->hidden = 0;
	memset(s->full_until, 0, sizeof(s->full_until));
	/* What was left untraced shows in the CPU's next record. */
	for (cpu = 0; cpu < s->cpus; cpu++)
		while (s->unseen[cpu]) {
			pass_time(s, 1);
			switch_on(s, cpu);
		}
	if (s->state[0] == BLOCKED)
		wake(s, 0);
	cpu = s->queue[0];
	if (s->state[0] != RUNS) {
		int prev = s->on[cpu];

		pass_time(s, 3);
		say(s, cpu, "switch %d 100 R preempt", prev);
		if (prev >= 100 && prev < OTHER)
			s->state[prev - 100] = PREEMPTED;
		come_in(s, cpu, 100);
	}
	pass_time(s, 5);
	say(s, cpu, "last 100 0");
}

static char *draw(struct sim *s, unsigned seed, int cpus, int loss, int hidden)
{
	char *text = NULL;
	size_t size;

	*s = (struct sim){ .random = seed * 2654435761u,
			   .cpus = cpus,
			   .loss = loss,
			   .hidden = hidden,
			   .burst = seed % 2 ? 400 : 0 };
	s->out = open_memstream(&text, &size);
	begin(s);
	while (s->now < T0 + 4000) {
		pass_time(s, 1 + pick(s, 12));
		act(s);
	}
	pass_time(s, 1);
	end(s);
	fclose(s->out);
	return text;
}

#endif
