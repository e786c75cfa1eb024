/* SPDX-License-Identifier: MIT */
/* How the trace file of a drawing begins and ends, by the recorder's own calls. Included by
 * drawn_trace.c. */

static void drawn_write_tasks(struct drawn *d, enum section_type type)
{
	struct task_event *rows = calloc(DRAWN_TASKS, sizeof(*rows));
	bool start = type == SECTION_TASKS;
	struct drawn_rows when = start ? d->rows : d->rows_end;
	uint64_t ts = when.from ? when.from : start ? 1 : d->ns; /* 1: before all that is drawn */
	size_t count = 0;

	for (size_t i = 0; i < d->task_count; i++) {
		const struct drawn_account *task = &d->tasks[i];
		struct task_event *row = &rows[count];

		if (start ? !task->at_start : task->dead)
			continue;
		count++;
		row->head =
			(struct event_head){ .ts = ts, .type = EVENT_TASK, .size = sizeof(*row) };
		row->task = task->id;
		row->counters = drawn_counters(d, task);
		if (start) {
			row->counters.nvcsw = task->row_nvcsw;
			row->counters.nivcsw = task->row_nivcsw;
		}
		row->read_ns = when.to ? when.to : start && task->state_drawn ? ts : 0;
		row->state = task->state;
		row->on_cpu = task->on_cpu;
		row->on_rq = task->on_cpu || task->on_rq || !task->state;
		row->syscall = task->syscall;
	}
	trace_write_section(d->writer, type, rows, count * sizeof(*rows));
	free(rows);
}

static void drawn_write_json(struct drawn *d, enum section_type type, json_t *json)
{
	trace_write_json(d->writer, type, json);
	json_decref(json);
}

static void drawn_start(struct drawn *d)
{
	json_t *cpus = json_array(), *offline = json_array();

	if (d->writer || trace_create(&d->writer, d->path, d->cpu_count))
		drawn_wrong(d, "the trace can't be written");
	for (int cpu = 0; cpu < d->cpu_count; cpu++)
		if (json_is_integer(d->places[cpu]))
			json_array_append_new(offline, d->places[cpu]);
		else
			json_array_append_new(cpus, d->places[cpu]
							    ? d->places[cpu]
							    : json_pack("{s:i}", "cpu", cpu));
	drawn_write_json(d, SECTION_MACHINE,
			 json_pack("{s:s, s:o, s:o}", "hostname", "drawn", "cpus", cpus,
				   "cpus_offline", offline));
	drawn_write_json(d, SECTION_RUN,
			 d->target ? json_pack("{s:[], s:o, s:I, s:i, s:o*}", "command", "target",
					       d->target, "attached_ns", (json_int_t)d->attached_ns,
					       "recorder_pid", 9, "online_cpus", d->online)
				   : json_pack("{s:[s], s:i, s:o*, s:s*}", "command", "drawn",
					       "command_pid", (int)d->command, "online_cpus",
					       d->online, "wait", d->wait_all ? "all" : NULL));
	drawn_write_tasks(d, SECTION_TASKS);
}

static void drawn_end(struct drawn *d)
{
	json_t *counters = json_array();

	if (d->killed) {
		if (trace_flush(d->writer))
			drawn_wrong(d, "the trace can't be written");
		trace_abandon(d->writer);
		json_decref(counters);
		return;
	}
	for (int i = 0; i < d->cpu_count; i++) {
		const struct drawn_cpu *cpu = &d->cpus[i];

		json_array_append_new(counters, json_pack("{s:i, s:I, s:I, s:I, s:I}", "cpu", i,
							  "sched_seq", (json_int_t)cpu->seq[0],
							  "lifecycle_seq", (json_int_t)cpu->seq[1],
							  "emitted", (json_int_t)cpu->emitted,
							  "dropped", (json_int_t)cpu->dropped));
	}
	drawn_write_tasks(d, SECTION_TASKS_END);
	if (d->truth)
		drawn_write_json(d, SECTION_TRUTH, d->truth);
	drawn_write_json(d, SECTION_END,
			 json_pack("{s:o, s:i, s:I, s:o*, s:o*, s:o*, s:I, s:o*}", "counters",
				   counters, "exit_status", 0, "ended_ns", (json_int_t)d->ended_ns,
				   "throttled_ns", d->throttled, "cpu_times", d->times,
				   "online_cpus", d->online_end, "recursion_misses",
				   (json_int_t)d->missed, "record_ns",
				   d->record_ns ? json_integer((json_int_t)d->record_ns) : NULL));
	if (trace_close(d->writer))
		drawn_wrong(d, "the trace can't be closed");
}
