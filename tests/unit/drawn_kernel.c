/* SPDX-License-Identifier: MIT */
/* The drawn kernel: its account of the tasks, and the records it makes. Included by drawn_trace.c.
 */

/* ---- the kernel's account -----------------------------------------------------------------------
 */

/* The youngest bearer of `tid`. */
static struct drawn_account *drawn_account(struct drawn *d, uint32_t tid)
{
	for (size_t i = d->task_count; i-- > 0;)
		if (d->tasks[i].id.tid == tid)
			return &d->tasks[i];
	drawn_wrong(d, "a task that was never made");
	return &d->tasks[0];
}

static uint64_t drawn_every_cpu(const struct drawn *d)
{
	return d->cpu_count >= 64 ? UINT64_MAX : (1ull << d->cpu_count) - 1;
}

static void drawn_set_mask(struct drawn *d, struct drawn_account *task)
{
	const char *mask = drawn_option(d, "mask");

	if (!mask)
		return;
	task->id.mask = strtoull(mask, NULL, 16);
	task->id.mask_size = drawn_option_or(d, "mask_size", __builtin_popcountll(task->id.mask));
}

static struct drawn_account *drawn_make(struct drawn *d, uint32_t tid, uint32_t pid, uint64_t start)
{
	struct drawn_account *task = &d->tasks[d->task_count];
	const char *comm = drawn_option(d, "comm");

	if (d->task_count == DRAWN_TASKS - 1)
		drawn_wrong(d, "too many tasks");
	else
		d->task_count++;
	*task = (struct drawn_account){ .id = { .tid = tid,
						.pid = pid,
						.start_ns = start,
						.mask = drawn_every_cpu(d),
						.mask_size = d->cpu_count,
						.policy = drawn_option_or(d, "policy", 0),
						.nice = drawn_option_or(d, "nice", 0) } };
	snprintf(task->id.comm, COMM_SIZE, "%s", comm ? comm : "drawn");
	drawn_set_mask(d, task);
	return task;
}

/* Its run time by now, a slice that goes on included. */
static uint64_t drawn_run(struct drawn *d, const struct drawn_account *task)
{
	for (int cpu = 0; cpu < d->cpu_count; cpu++)
		if (d->cpus[cpu].known && d->cpus[cpu].task == task->id.tid && d->ns)
			return task->run_ns + d->ns - d->cpus[cpu].since;
	return task->run_ns;
}

static bool drawn_is_in(const struct drawn *d, uint32_t tid)
{
	for (int cpu = 0; cpu < d->cpu_count; cpu++)
		if (d->cpus[cpu].known && d->cpus[cpu].task == tid)
			return true;
	return false;
}

/* The task begins to wait for a CPU, or does so already. */
static void drawn_ready(struct drawn *d, struct drawn_account *task)
{
	if (!task->waits)
		task->waits_since = d->ns;
	task->waits = true;
}

/* The switch happens, whether or not anybody is told. `ready`: prev stays runnable. */
static void drawn_happen(struct drawn *d, uint32_t prev, uint32_t next, bool voluntary, bool ready,
			 bool dead)
{
	struct drawn_cpu *cpu = &d->cpus[d->cpu];

	if (cpu->known && cpu->task != prev)
		drawn_wrong(d, "another task is in there");
	if (prev) {
		struct drawn_account *task = drawn_account(d, prev);

		task->run_ns += cpu->known ? d->ns - cpu->since : 0;
		task->nvcsw += voluntary;
		task->nivcsw += !voluntary;
		task->dead = dead;
		if (ready || (task->woken && !dead))
			drawn_ready(d, task);
		task->woken = false;
	}
	if (next) {
		struct drawn_account *task = drawn_account(d, next);

		task->run_delay_ns += task->waits ? d->ns - task->waits_since : 0;
		task->waits = task->woken = false;
	}
	*cpu = (struct drawn_cpu){ next,	 d->ns,	      true, { cpu->seq[0], cpu->seq[1] },
				   cpu->emitted, cpu->dropped };
}

/* ---- records ------------------------------------------------------------------------------------
 */

static void drawn_emit(struct drawn *d, struct event_head *head, enum event_type type, size_t size,
		       uint8_t flags)
{
	enum event_stream stream = type >= EVENT_NEWTASK ? STREAM_LIFECYCLE : STREAM_SCHED;
	struct drawn_cpu *cpu = &d->cpus[d->cpu];

	flags |= d->ftrace ? EVENT_F_NO_ACCOUNT : 0;
	*head = (struct event_head){ d->ns, cpu->seq[stream]++, type, flags, size };
	if (d->drop) {
		cpu->dropped++;
		if (drawn_flag(d, "told"))
			trace_append(d->writer, SECTION_LIFECYCLE, d->cpu, head);
		return;
	}
	cpu->emitted++;
	trace_append(d->writer, stream == STREAM_SCHED ? SECTION_SCHED : SECTION_LIFECYCLE, d->cpu,
		     head);
	if (type == EVENT_SWITCH_LAST)
		trace_append(d->writer, SECTION_LIFECYCLE, d->cpu, head);
}

static struct task_counters drawn_counters(struct drawn *d, const struct drawn_account *task)
{
	if (d->ftrace)
		return (struct task_counters){ 0 };
	return (struct task_counters){ .run_ns = drawn_run(d, task),
				       .nvcsw = task->nvcsw,
				       .nivcsw = task->nivcsw,
				       .run_delay_ns = task->run_delay_ns };
}

/* What a switch has beside who, when and in which state. */
static void drawn_fill(struct drawn *d, struct switch_last_event *last, struct switch_event *sw)
{
	const struct drawn_account *task;

	sw->next_run_low = sw->next ? drawn_account(d, sw->next)->run_ns : 0;
	if (!sw->prev)
		return;
	drawn_set_mask(d, drawn_account(d, sw->prev));
	task = drawn_account(d, sw->prev);
	sw->run_ns = drawn_option_or(d, "run", task->run_ns);
	sw->nvcsw = drawn_option_or(d, "nvcsw", task->nvcsw);
	sw->mask = task->id.mask;
	sw->mask_size = task->id.mask_size;
	last->counters = drawn_counters(d, task);
	last->counters.nvcsw = drawn_option_or(d, "nvcsw", task->nvcsw);
	last->counters.run_ns = drawn_option_or(d, "run", task->run_ns);
}

static void drawn_switch(struct drawn *d, bool last, bool traced)
{
	uint32_t prev = drawn_word(d, 1), next = drawn_word(d, 2);
	uint32_t state = last ? 0x80 : drawn_state(d, 3);
	bool preempt = drawn_flag(d, "preempt");
	struct switch_futex_event futex = {};
	struct switch_last_event final = {};
	struct switch_event *sw = last ? &final.sw : &futex.sw;
	const char *wait = drawn_option(d, "futex");

	drawn_happen(d, prev, next, (state && !preempt) || drawn_flag(d, "voluntary"),
		     !last && (!state || preempt), last);
	sw->prev = prev;
	sw->next = next;
	sw->prev_state = state;
	sw->syscall = wait ? __NR_futex : drawn_syscall(d);
	if (d->ftrace)
		sw->syscall = SYSCALL_NONE;
	else
		drawn_fill(d, &final, sw);
	if (wait && sscanf(wait, "%" SCNx64 ",%u,%u", (uint64_t *)&futex.address, &futex.op,
			   &futex.val) != 3)
		drawn_wrong(d, "futex=ADDRESS,OP,VAL");
	if (!traced)
		return;
	if (last)
		drawn_emit(d, &sw->head, EVENT_SWITCH_LAST, sizeof(final), 0);
	else
		drawn_emit(d, &sw->head, wait ? EVENT_SWITCH_FUTEX : EVENT_SWITCH,
			   wait ? sizeof(futex) : sizeof(*sw), preempt ? EVENT_F_PREEMPT : 0);
}

static void drawn_waking(struct drawn *d, bool first)
{
	struct waking_event waking = { .tid = drawn_word(d, 1) };
	struct drawn_account *task = drawn_account(d, waking.tid);

	waking.waker = drawn_option_or(d, "by", d->cpus[d->cpu].task);
	waking.cpu = drawn_option_or(d, "cpu", d->cpu);
	if (drawn_is_in(d, waking.tid))
		task->woken = true;
	else
		drawn_ready(d, task);
	drawn_emit(d, &waking.head, first ? EVENT_WAKEUP_NEW : EVENT_WAKING, sizeof(waking),
		   drawn_flag(d, "irq") ? EVENT_F_IRQ : 0);
}

static void drawn_newtask(struct drawn *d)
{
	struct newtask_event newtask = { .parent = drawn_word(d, 3) };
	struct drawn_account *task = drawn_make(d, drawn_word(d, 1), drawn_word(d, 2), d->ns);

	task->id.ppid = drawn_account(d, newtask.parent)->id.pid;
	newtask.task = task->id;
	newtask.clone_flags = drawn_flag(d, "vfork") ? CLONE_VFORK : 0;
	drawn_emit(d, &newtask.head, EVENT_NEWTASK, sizeof(newtask), 0);
}

/* Two threads exchange their tids, as one does with its leader some time before its exec. */
static void drawn_exchange(struct drawn *d)
{
	uint32_t a = drawn_word(d, 1), b = drawn_word(d, 2);
	struct drawn_account *x = drawn_account(d, a), *y = drawn_account(d, b);

	x->id.tid = b;
	y->id.tid = a;
	for (int cpu = 0; cpu < d->cpu_count; cpu++) {
		uint32_t *in = &d->cpus[cpu].task;

		*in = *in == a ? b : *in == b ? a : *in;
	}
}

static void drawn_exec(struct drawn *d)
{
	struct exec_event exec = { .old_tid = drawn_option_or(d, "old", drawn_word(d, 1)) };
	bool exchanged = drawn_flag(d, "exchanged");
	struct drawn_account *task = drawn_account(d, exchanged ? drawn_word(d, 1) : exec.old_tid);
	const char *comm = drawn_option(d, "comm");

	if (comm)
		snprintf(task->id.comm, COMM_SIZE, "%s", comm);
	drawn_set_mask(d, task);
	task->id.tid = drawn_word(d, 1);
	if (d->cpus[d->cpu].task == exec.old_tid)
		d->cpus[d->cpu].task = task->id.tid;
	exec.task = task->id;
	exec.counters = drawn_counters(d, task);
	drawn_emit(d, &exec.head, EVENT_EXEC, sizeof(exec), 0);
}

static void drawn_exit(struct drawn *d)
{
	struct exit_event exited = { .tid = drawn_word(d, 1) };

	exited.pid = drawn_account(d, exited.tid)->id.pid;
	drawn_emit(d, &exited.head, EVENT_EXIT, sizeof(exited), 0);
}

static void drawn_runtime(struct drawn *d)
{
	struct runtime_event runtime = { .tid = drawn_word(d, 1), .ns = drawn_word(d, 2) };

	drawn_emit(d, &runtime.head, EVENT_RUNTIME, sizeof(runtime), 0);
}

static void drawn_rename(struct drawn *d)
{
	struct rename_event rename = { .tid = drawn_word(d, 1) };

	snprintf(rename.comm, COMM_SIZE, "%s", d->word_count > 2 ? d->words[2] : "");
	drawn_emit(d, &rename.head, EVENT_RENAME, sizeof(rename), 0);
}

static void drawn_migrate(struct drawn *d)
{
	struct migrate_event migrate = { .tid = drawn_word(d, 1), .cpu = drawn_word(d, 2) };

	drawn_emit(d, &migrate.head, EVENT_MIGRATE, sizeof(migrate), 0);
}

static void drawn_hotplug(struct drawn *d, bool online)
{
	struct hotplug_event hotplug = { .cpu = d->cpu, .online = online };

	if (d->word_count > 1)
		hotplug.cpu = drawn_word(d, 1);
	drawn_emit(d, &hotplug.head, EVENT_HOTPLUG, sizeof(hotplug), 0);
}
