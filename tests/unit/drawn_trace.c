/* SPDX-License-Identifier: MIT */
/* What a drawing says becomes a file. Included by drawn_trace.h; no program of its own. */
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "check.h"
#include "common/failure.h"

#define DRAWN_TASKS 256
#define DRAWN_CPUS 128
#define DRAWN_WORDS 16

struct drawn_account { /* the kernel's, of a task */
	struct task_identity id;
	uint64_t run_ns, nvcsw, nivcsw, run_delay_ns;
	uint64_t waits_since;
	bool at_start, dead;
	bool waits, woken;		 /* for a CPU; while it is in */
	bool state_drawn, on_cpu, on_rq; /* what it does at the start */
	uint32_t state;
	int16_t syscall;
	uint64_t row_nvcsw, row_nivcsw; /* what its row at the start has */
};

struct drawn_cpu {
	uint32_t task; /* that the kernel has in */
	uint64_t since;
	bool known;
	uint32_t seq[STREAM_COUNT];
	uint64_t emitted, dropped;
};

struct drawn {
	struct trace_writer *writer;
	const char *path;
	struct drawn_account tasks[DRAWN_TASKS];
	size_t task_count;
	struct drawn_cpu cpus[DRAWN_CPUS];
	int cpu_count;
	uint32_t command;
	json_t *target; /* of a recording without a command */
	uint64_t attached_ns, ended_ns;
	struct drawn_rows { /* when the rows of a snapshot were read; 0: at once */
		uint64_t from, to;
	} rows, rows_end;
	json_t *truth;
	json_t *places[DRAWN_CPUS];  /* what the machine says of a CPU, NULL: only that it is there
				      */
	json_t *times;		     /* what the host and interrupts took, NULL: not told */
	json_t *throttled;	     /* ns, NULL: not told */
	json_t *online, *online_end; /* at the attach, at the stop; NULL: not told */
	/* The line that is being read. */
	int line;
	char *words[DRAWN_WORDS];
	size_t word_count;
	uint64_t ns;
	int cpu;
	bool drop, bad;
	bool ftrace; /* records have no account */
	bool wait_all;
	uint64_t missed, record_ns; /* runs of the probes that were skipped; what a record costs */
	bool killed;		    /* the recorder, before it could end the trace */
};

static void drawn_wrong(struct drawn *d, const char *what)
{
	if (!d->bad)
		printf("# the drawing's line %d: %s\n", d->line, what);
	d->bad = true;
}

#include "drawn_words.c"

#include "drawn_kernel.c"

#include "drawn_file.c"

/* ---- the text -----------------------------------------------------------------------------------
 */

static void drawn_record(struct drawn *d)
{
	const char *verb = d->word_count ? d->words[0] : "";

	if (d->cpu < 0 || d->cpu >= d->cpu_count)
		drawn_wrong(d, "no such CPU");
	else if (!strcmp(verb, "switch"))
		drawn_switch(d, false, true);
	else if (!strcmp(verb, "untraced"))
		drawn_switch(d, false, false);
	else if (!strcmp(verb, "last"))
		drawn_switch(d, true, true);
	else if (!strcmp(verb, "waking"))
		drawn_waking(d, false);
	else if (!strcmp(verb, "new"))
		drawn_waking(d, true);
	else if (!strcmp(verb, "newtask"))
		drawn_newtask(d);
	else if (!strcmp(verb, "exec"))
		drawn_exec(d);
	else if (!strcmp(verb, "exchange"))
		drawn_exchange(d);
	else if (!strcmp(verb, "rename"))
		drawn_rename(d);
	else if (!strcmp(verb, "exit"))
		drawn_exit(d);
	else if (!strcmp(verb, "runtime"))
		drawn_runtime(d);
	else if (!strcmp(verb, "migrate"))
		drawn_migrate(d);
	else if (!strcmp(verb, "offline") || !strcmp(verb, "online"))
		drawn_hotplug(d, !strcmp(verb, "online"));
	else
		drawn_wrong(d, "what is that?");
}

static void drawn_lose(struct drawn *d)
{
	uint64_t cpu = drawn_word(d, 1), count = drawn_word(d, 2);

	if (cpu >= (uint64_t)d->cpu_count) {
		drawn_wrong(d, "no such CPU");
		return;
	}
	d->cpus[cpu].seq[STREAM_SCHED] += count;
	d->cpus[cpu].dropped += count;
}

static void drawn_start_task(struct drawn *d)
{
	uint32_t tid = drawn_word(d, 1);
	bool command = !strcmp(d->words[0], "command");
	/* Older than every time that is drawn; no two alike. */
	struct drawn_account *task = drawn_make(d, tid, command ? tid : drawn_word(d, 2), tid);

	task->at_start = !drawn_flag(d, "unlisted");
	task->run_ns = drawn_option_or(d, "run", 0);
	task->nvcsw = drawn_option_or(d, "nvcsw", 0);
	task->row_nvcsw = drawn_option_or(d, "row_nvcsw", task->nvcsw);
	task->row_nivcsw = drawn_option_or(d, "row_nivcsw", 0);
	task->syscall = drawn_syscall(d);
	task->state_drawn = drawn_option(d, "state");
	task->on_cpu = drawn_flag(d, "on_cpu");
	task->on_rq = drawn_flag(d, "on_rq");
	if (task->state_drawn)
		task->state = drawn_state_named(d, drawn_option(d, "state"));
	if (command)
		d->command = tid;
	else if (d->word_count > 3 && !strchr(d->words[3], '='))
		snprintf(task->id.comm, COMM_SIZE, "%s", d->words[3]);
}

static void drawn_place(struct drawn *d)
{
	static const char *const keys[] = { "core", "llc", "node", "package", "capacity" };
	uint64_t cpu = drawn_word(d, 1);

	if (cpu >= DRAWN_CPUS) {
		drawn_wrong(d, "no such CPU");
		return;
	}
	d->places[cpu] = drawn_flag(d, "offline") ? json_integer(cpu)
						  : json_pack("{s:i}", "cpu", (int)cpu);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (drawn_option(d, keys[i]))
			json_object_set_new(d->places[cpu], keys[i],
					    json_integer(drawn_option_or(d, keys[i], 0)));
}

static void drawn_times(struct drawn *d)
{
	static const char *const keys[] = { "steal", "irq", "softirq" };
	json_t *row = json_pack("{s:i}", "cpu", (int)drawn_word(d, 1));

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_ns", keys[i]);
		json_object_set_new(row, key,
				    drawn_option(d, keys[i])
					    ? json_integer(drawn_option_or(d, keys[i], 0))
					    : json_null());
	}
	if (!d->times)
		d->times = json_array();
	json_array_append_new(d->times, row);
}

static void drawn_set_target(struct drawn *d)
{
	json_t *pids = json_array();

	for (size_t i = 2; i < d->word_count; i++)
		json_array_append_new(pids, json_integer(drawn_word(d, i)));
	d->target =
		json_pack("{s:s, s:o}", "kind", d->word_count > 1 ? d->words[1] : "", "pids", pids);
}

static json_t *drawn_numbers(struct drawn *d)
{
	json_t *numbers = json_array();

	for (size_t i = 1; i < d->word_count; i++)
		json_array_append_new(numbers, json_integer(drawn_word(d, i)));
	return numbers;
}

/* A line that is not a record; false: it is one. */
static bool drawn_declaration(struct drawn *d)
{
	const char *verb = d->words[0];

	if (!strcmp(verb, "cpus")) {
		d->cpu_count = drawn_word(d, 1);
		if (d->cpu_count < 1 || d->cpu_count > DRAWN_CPUS)
			drawn_wrong(d, "so many CPUs can't be drawn");
	} else if (!strcmp(verb, "command") || !strcmp(verb, "task")) {
		drawn_start_task(d);
	} else if (!strcmp(verb, "place")) {
		drawn_place(d);
	} else if (!strcmp(verb, "times")) {
		drawn_times(d);
	} else if (!strcmp(verb, "target")) {
		drawn_set_target(d);
	} else if (!strcmp(verb, "attached")) {
		d->attached_ns = drawn_word(d, 1);
	} else if (!strcmp(verb, "ended")) {
		d->ended_ns = drawn_word(d, 1);
	} else if (!strcmp(verb, "ftrace")) {
		d->ftrace = true;
	} else if (!strcmp(verb, "wait_all")) {
		d->wait_all = true;
	} else if (!strcmp(verb, "missed")) {
		d->missed = drawn_word(d, 1);
	} else if (!strcmp(verb, "costs")) {
		d->record_ns = drawn_word(d, 1);
	} else if (!strcmp(verb, "killed")) {
		d->killed = true;
	} else if (!strcmp(verb, "rows")) {
		d->rows = (struct drawn_rows){ drawn_word(d, 1), drawn_word(d, 2) };
	} else if (!strcmp(verb, "rows_end")) {
		d->rows_end = (struct drawn_rows){ drawn_word(d, 1), drawn_word(d, 2) };
	} else if (!strcmp(verb, "throttled")) {
		d->throttled = json_integer(drawn_word(d, 1));
	} else if (!strcmp(verb, "online")) {
		d->online = drawn_numbers(d);
	} else if (!strcmp(verb, "online_end")) {
		d->online_end = drawn_numbers(d);
	} else if (!strcmp(verb, "lose")) {
		drawn_lose(d);
	} else {
		return false;
	}
	return true;
}

static void drawn_line(struct drawn *d, char *line)
{
	char *save = NULL;

	line += strspn(line, " \t");
	if (!strncmp(line, "truth ", 6)) {
		d->truth = json_loads(line + 6, 0, NULL);
		if (!d->truth)
			drawn_wrong(d, "the truth is not JSON");
		return;
	}
	d->word_count = 0;
	for (char *word = strtok_r(line, " \t", &save); word && d->word_count < DRAWN_WORDS;
	     word = strtok_r(NULL, " \t", &save))
		d->words[d->word_count++] = word;
	if (!d->word_count || *d->words[0] == '#' || drawn_declaration(d))
		return;
	d->drop = !strcmp(d->words[0], "drop");
	if (d->drop)
		memmove(d->words, d->words + 1, --d->word_count * sizeof(d->words[0]));
	if (!d->writer)
		drawn_start(d);
	d->ns = drawn_word(d, 0);
	d->cpu = drawn_word(d, 1);
	if (d->bad)
		return;
	d->word_count -= 2;
	memmove(d->words, d->words + 2, d->word_count * sizeof(d->words[0]));
	drawn_record(d);
}

UNUSED static bool drawn_write(const char *text, const char *path)
{
	struct drawn *d = calloc(1, sizeof(*d));
	char *copy = strdup(text), *save = copy, *line;
	bool good;

	d->path = path;
	d->cpu_count = 1;
	while ((line = strsep(&save, "\n")) && !d->bad) {
		d->line++;
		drawn_line(d, line);
	}
	if (!d->writer)
		drawn_wrong(d, "no record in it");
	else if (d->bad)
		trace_abandon(d->writer);
	else
		drawn_end(d);
	good = !d->bad;
	free(copy);
	free(d);
	return good;
}

UNUSED static bool drawn_analyze(const char *text, struct summary *s)
{
	char path[] = "/tmp/drawn-XXXXXX";
	int fd = mkstemp(path);
	bool good;

	memset(s, 0, sizeof(*s));
	if (fd < 0)
		return false;
	close(fd);
	good = drawn_write(text, path) && analyze_file(path, s) == 0;
	unlink(path);
	return good;
}

UNUSED static char *drawn_load(const char *name)
{
	char path[256], *text = NULL;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "tests/fixtures/%s.events", name);
	file = fopen(path, "r");
	if (!file) {
		printf("# %s: %m (run from the top of the tree)\n", path);
		return NULL;
	}
	if (getdelim(&text, &room, '\0', file) < 0) {
		free(text);
		text = NULL;
	}
	fclose(file);
	return text;
}

UNUSED static bool drawn_fixture(const char *name, struct summary *s)
{
	char *text = drawn_load(name);
	bool good = text && drawn_analyze(text, s);

	if (!text)
		memset(s, 0, sizeof(*s));
	free(text);
	return good;
}
