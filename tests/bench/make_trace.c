/* SPDX-License-Identifier: MIT */
/*
 * Writes a large trace by the recorder's own calls: a recording of all tasks, in which each CPU has
 * threads that answer each other, are preempted, sleep, wait for locks, and move. The kernel's
 * counters are kept with it, so that the report finds it whole. The same arguments give the same
 * file.
 *
 *	a step of a CPU, which ends in its one switch:
 *	idle		an interrupt wakes a blocked task, now and then one of another CPU
 *	answer		the current task wakes who blocked last, and blocks in read
 *	preempted	an interrupt wakes a task, which takes the CPU
 *	blocks		in one of the system calls below; the next of the queue, or idle
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include "trace/trace_file.h"

#define START_NS 1000000000000ull
#define ATTACHED_NS (START_NS + 100000) /* each CPU has had its first switch by then */
#define ROUND_NS 1000000ull		/* CPUs are at most so far, and one step, apart */
#define QUEUE_MAX 8u
#define THREADS_OF_PROCESS 50

struct task {
	uint64_t run_ns, run_delay_ns, out_ns, ready_ns;
	uint32_t nvcsw, nivcsw;
	uint16_t cpu;
	int16_t syscall;
	bool blocked;
};

struct cpu {
	uint64_t now, in_ns, emitted;
	uint32_t seq, current; /* a tid; 0: idle */
	uint32_t queue[QUEUE_MAX], queued, queue_at;
	uint32_t *blocked, blocked_count, blocked_room; /* tids */
};

struct maker {
	struct trace_writer *writer;
	struct task *tasks; /* [tid - 1] */
	struct cpu *cpus;
	uint32_t task_count, cpu_count;
	uint64_t random;
};

static uint32_t draw(struct maker *m, uint32_t below)
{
	m->random = m->random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint64_t)(uint32_t)(m->random >> 32) * below >> 32;
}

static struct task *task_of(struct maker *m, uint32_t tid)
{
	return &m->tasks[tid - 1];
}

static void *grown(void *old, size_t count, size_t size)
{
	void *new = reallocarray(old, count, size);

	if (!new) {
		fprintf(stderr, "make_trace: out of memory\n");
		exit(1);
	}
	return new;
}

static void block(struct maker *m, struct cpu *cpu, uint32_t tid)
{
	if (cpu->blocked_count == cpu->blocked_room) {
		cpu->blocked_room = cpu->blocked_room ? 2 * cpu->blocked_room : 16;
		cpu->blocked = grown(cpu->blocked, cpu->blocked_room, sizeof(*cpu->blocked));
	}
	task_of(m, tid)->blocked = true;
	cpu->blocked[cpu->blocked_count++] = tid;
}

static uint32_t unblock(struct maker *m, struct cpu *cpu, uint32_t at)
{
	uint32_t tid = cpu->blocked[at];

	cpu->blocked[at] = cpu->blocked[--cpu->blocked_count];
	task_of(m, tid)->blocked = false;
	return tid;
}

static void emit(struct maker *m, int cpu_id, struct event_head *head, enum event_type type,
		 uint8_t flags, size_t size)
{
	struct cpu *cpu = &m->cpus[cpu_id];

	*head = (struct event_head){ cpu->now, cpu->seq++, type, flags, size };
	cpu->emitted++;
	trace_append(m->writer, SECTION_SCHED, cpu_id, head);
}

static void queue_put(struct maker *m, struct cpu *cpu, uint32_t tid)
{
	task_of(m, tid)->ready_ns = cpu->now;
	cpu->queue[(cpu->queue_at + cpu->queued++) % QUEUE_MAX] = tid;
}

static uint32_t queue_take(struct maker *m, struct cpu *cpu)
{
	uint32_t tid;

	if (!cpu->queued)
		return 0;
	cpu->queued--;
	tid = cpu->queue[cpu->queue_at++ % QUEUE_MAX];
	task_of(m, tid)->run_delay_ns += cpu->now - task_of(m, tid)->ready_ns;
	return tid;
}

/* Into the queue of CPU `to`; where it ran elsewhere before, it is moved. */
static void wake(struct maker *m, int to, uint32_t tid, bool irq)
{
	struct waking_event waking = { .tid = tid,
				       .waker = m->cpus[to].current,
				       .cpu = task_of(m, tid)->cpu };
	struct migrate_event migrate = { .tid = tid, .cpu = to };

	emit(m, to, &waking.head, EVENT_WAKING, irq ? EVENT_F_IRQ : 0, sizeof(waking));
	if (waking.cpu != (uint32_t)to) {
		m->cpus[to].now += 100;
		emit(m, to, &migrate.head, EVENT_MIGRATE, 0, sizeof(migrate));
	}
	task_of(m, tid)->cpu = to;
	queue_put(m, &m->cpus[to], tid);
}

static void account_out(struct maker *m, struct cpu *cpu, struct switch_event *sw)
{
	struct task *prev = task_of(m, sw->prev);

	prev->run_ns += cpu->now - cpu->in_ns;
	prev->out_ns = cpu->now;
	if (sw->prev_state) {
		prev->nvcsw++;
		prev->syscall = sw->syscall;
		block(m, cpu, sw->prev);
	} else {
		prev->nivcsw++;
		queue_put(m, cpu, sw->prev);
	}
	sw->nvcsw = prev->nvcsw;
	sw->run_ns = prev->run_ns;
	sw->mask = m->cpu_count < 64 ? (1ull << m->cpu_count) - 1 : UINT64_MAX;
	sw->mask_size = m->cpu_count;
}

static void switch_out(struct maker *m, int cpu_id, uint32_t state, int16_t syscall)
{
	struct cpu *cpu = &m->cpus[cpu_id];
	struct switch_futex_event futex = {};
	struct switch_event *sw = &futex.sw;
	bool waits = syscall == __NR_futex;

	sw->prev = cpu->current;
	sw->next = queue_take(m, cpu);
	sw->prev_state = state;
	sw->syscall = syscall;
	if (sw->prev)
		account_out(m, cpu, sw);
	if (sw->next)
		sw->next_run_low = task_of(m, sw->next)->run_ns;
	if (waits)
		futex.address = 0x7f0000000000ull + 64 * (sw->prev / THREADS_OF_PROCESS);
	emit(m, cpu_id, &sw->head, waits ? EVENT_SWITCH_FUTEX : EVENT_SWITCH,
	     sw->prev && !state ? EVENT_F_PREEMPT : 0, waits ? sizeof(futex) : sizeof(*sw));
	cpu->current = sw->next;
	cpu->in_ns = cpu->now;
}

/* A blocked task of this CPU, or of another one, where it has been for some time; 0: none. */
static uint32_t take_blocked(struct maker *m, int cpu_id)
{
	struct cpu *cpu = &m->cpus[cpu_id];
	struct cpu *from = draw(m, 64) ? cpu : &m->cpus[draw(m, m->cpu_count)];
	uint32_t at;

	if (!from->blocked_count)
		return 0;
	at = draw(m, from->blocked_count);
	return task_of(m, from->blocked[at])->out_ns < cpu->now ? unblock(m, from, at) : 0;
}

static void step_idle(struct maker *m, int cpu_id)
{
	struct cpu *cpu = &m->cpus[cpu_id];
	uint32_t tid;

	cpu->now += 2000 + draw(m, 30000);
	while (!(tid = take_blocked(m, cpu_id)))
		cpu->now += 1000;
	wake(m, cpu_id, tid, true);
	cpu->now += 700 + draw(m, 200);
	switch_out(m, cpu_id, 0, SYSCALL_NONE);
}

static void step_busy(struct maker *m, int cpu_id)
{
	static const int16_t calls[] = { __NR_futex, __NR_epoll_wait, __NR_clock_nanosleep,
					 __NR_futex, __NR_recvfrom };
	struct cpu *cpu = &m->cpus[cpu_id];
	uint32_t kind = draw(m, 10), tid;

	if (kind < 6 && cpu->blocked_count) {
		cpu->now += 1800 + draw(m, 400);
		if (cpu->queued < QUEUE_MAX - 1)
			wake(m, cpu_id, unblock(m, cpu, cpu->blocked_count - 1), false);
		cpu->now += 600 + draw(m, 200);
		switch_out(m, cpu_id, 1, __NR_read);
	} else if (kind < 8 && cpu->queued < QUEUE_MAX - 1) {
		cpu->now += 20000 + draw(m, 100000);
		tid = take_blocked(m, cpu_id);
		if (tid)
			wake(m, cpu_id, tid, true);
		cpu->now += 300 + draw(m, 100);
		if (cpu->queued)
			switch_out(m, cpu_id, 0, SYSCALL_NONE);
		else
			switch_out(m, cpu_id, 1, __NR_read);
	} else {
		cpu->now += 5000 + draw(m, 20000);
		switch_out(m, cpu_id, 1, calls[draw(m, sizeof(calls) / sizeof(calls[0]))]);
	}
}

/* Returns when the last CPU ended. */
static uint64_t run(struct maker *m, uint64_t switches)
{
	uint64_t until = START_NS, last = 0;

	while (switches) {
		until += ROUND_NS;
		for (uint32_t cpu = 0; cpu < m->cpu_count && switches; cpu++)
			for (; m->cpus[cpu].now < until && switches; switches--)
				if (m->cpus[cpu].current)
					step_busy(m, cpu);
				else
					step_idle(m, cpu);
	}
	for (uint32_t cpu = 0; cpu < m->cpu_count; cpu++)
		if (m->cpus[cpu].now > last)
			last = m->cpus[cpu].now;
	return last;
}

/* ---- what a recorder writes before and after ----------------------------------------------------
 */

static void write_json(struct maker *m, enum section_type type, json_t *json)
{
	trace_write_json(m->writer, type, json);
	json_decref(json);
}

static void write_tasks(struct maker *m, enum section_type type, uint64_t ns)
{
	struct task_event *rows = grown(NULL, m->task_count, sizeof(*rows));

	memset(rows, 0, m->task_count * sizeof(*rows));
	for (uint32_t i = 0; i < m->task_count; i++) {
		struct task *task = &m->tasks[i];
		struct task_event *row = &rows[i];
		bool on_cpu = m->cpus[task->cpu].current == i + 1;
		uint64_t running = on_cpu ? ns - m->cpus[task->cpu].in_ns : 0;
		uint32_t pid = i - i % THREADS_OF_PROCESS + 1;

		row->head =
			(struct event_head){ .ts = ns, .type = EVENT_TASK, .size = sizeof(*row) };
		row->task = (struct task_identity){ .tid = i + 1,
						    .pid = pid,
						    .ppid = 1,
						    .cpu = task->cpu,
						    .start_ns = i + 1,
						    .mask = UINT64_MAX,
						    .mask_size = m->cpu_count };
		snprintf(row->task.comm, COMM_SIZE, "worker-%u", pid % 100000);
		row->counters = (struct task_counters){ .run_ns = task->run_ns + running,
							.run_delay_ns = task->run_delay_ns,
							.nvcsw = task->nvcsw,
							.nivcsw = task->nivcsw };
		row->read_ns = ns;
		row->state = task->blocked ? 1 : 0;
		row->on_cpu = on_cpu;
		row->on_rq = !task->blocked;
		row->syscall = task->syscall;
	}
	trace_write_section(m->writer, type, rows, m->task_count * sizeof(*rows));
	free(rows);
}

static void write_start(struct maker *m)
{
	json_t *cpus = json_array();

	for (uint32_t cpu = 0; cpu < m->cpu_count; cpu++)
		json_array_append_new(cpus, json_pack("{s:i}", "cpu", (int)cpu));
	write_json(m, SECTION_MACHINE, json_pack("{s:s, s:o}", "hostname", "made", "cpus", cpus));
	write_json(m, SECTION_RUN,
		   json_pack("{s:[], s:{s:s}, s:I, s:i}", "command", "target", "kind", "all",
			     "attached_ns", (json_int_t)ATTACHED_NS, "recorder_pid",
			     (int)m->task_count + 1));
	write_tasks(m, SECTION_TASKS, START_NS - 1000000);
}

static void write_end(struct maker *m, uint64_t ended_ns)
{
	json_t *counters = json_array();

	for (uint32_t cpu = 0; cpu < m->cpu_count; cpu++)
		json_array_append_new(counters,
				      json_pack("{s:i, s:I, s:i, s:I, s:i}", "cpu", (int)cpu,
						"sched_seq", (json_int_t)m->cpus[cpu].seq,
						"lifecycle_seq", 0, "emitted",
						(json_int_t)m->cpus[cpu].emitted, "dropped", 0));
	write_tasks(m, SECTION_TASKS_END, ended_ns);
	write_json(m, SECTION_END,
		   json_pack("{s:o, s:I}", "counters", counters, "ended_ns", (json_int_t)ended_ns));
}

static void maker_start(struct maker *m)
{
	m->tasks = grown(NULL, m->task_count, sizeof(*m->tasks));
	m->cpus = grown(NULL, m->cpu_count, sizeof(*m->cpus));
	memset(m->tasks, 0, m->task_count * sizeof(*m->tasks));
	memset(m->cpus, 0, m->cpu_count * sizeof(*m->cpus));
	for (uint32_t i = 0; i < m->task_count; i++) {
		m->tasks[i].cpu = i % m->cpu_count;
		m->tasks[i].syscall = __NR_read;
		block(m, &m->cpus[i % m->cpu_count], i + 1);
	}
	for (uint32_t cpu = 0; cpu < m->cpu_count; cpu++)
		m->cpus[cpu].now = m->cpus[cpu].in_ns = START_NS + cpu;
}

static uint64_t number(const char *text, uint64_t least, uint64_t most)
{
	char *end;
	uint64_t value = strtoull(text, &end, 10);

	if (end == text || *end || value < least || value > most) {
		fprintf(stderr, "make_trace: %s is not a number from %llu to %llu\n", text,
			(unsigned long long)least, (unsigned long long)most);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct maker m = { .random = 1 };
	uint64_t switches, ended_ns;
	int status;

	if (argc != 5) {
		fprintf(stderr, "usage: make_trace FILE CPUS TASKS SWITCHES\n");
		return 2;
	}
	m.cpu_count = number(argv[2], 1, EVENT_MAX_CPUS);
	m.task_count = number(argv[3], m.cpu_count, 10000000);
	switches = number(argv[4], 1, 10000000000ull);
	status = trace_create(&m.writer, argv[1], m.cpu_count);
	if (status)
		return status;
	maker_start(&m);
	write_start(&m);
	ended_ns = run(&m, switches) + ROUND_NS;
	write_end(&m, ended_ns);
	status = trace_close(m.writer);
	for (uint32_t cpu = 0; cpu < m.cpu_count; cpu++)
		free(m.cpus[cpu].blocked);
	free(m.cpus);
	free(m.tasks);
	return status;
}
