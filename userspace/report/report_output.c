/* SPDX-License-Identifier: MIT */
#include "report_output.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/cpulist.h"
#include "common/failure.h"
#include "common/invoking_user.h"
#include "common/option_values.h"

enum { KEY_FORMAT = 0x300, KEY_COLOR, KEY_TOP, KEY_ALL };

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "The report:", 5 },
	{ "format", KEY_FORMAT, "FORMAT", 0, "text (default) or json", 5 },
	{ "output", 'o', "FILE", 0, "Write the report to FILE instead of standard output", 5 },
	{ "report-cpus", 'C', "LIST", 0,
	  "Report these CPUs only, as in 0,2-4: the section on CPUs; all other numbers stay those "
	  "of "
	  "the whole program",
	  5 },
	{ "top", KEY_TOP, "N", 0, "Show the N tasks that ran longest (default: 20; text only)", 5 },
	{ "all", KEY_ALL, 0, 0, "Show every task (text only)", 5 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", 5 },
	{ 0 },
};

static void check_cpus(const struct argp_state *state, const char *list)
{
	unsigned char set[EVENT_MAX_CPUS] = {};

	if (cpulist_parse(list, set))
		argp_error(state, "-C: '%s' is not a list of CPUs from 0 to %d, as in 0,2-4", list,
			   EVENT_MAX_CPUS - 1);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct report_options *o = state->input;

	switch (key) {
	case KEY_FORMAT:
		if (strcmp(arg, "text") != 0 && strcmp(arg, "json") != 0)
			argp_error(state, "--format: '%s' is not text or json", arg);
		o->format = strcmp(arg, "json") ? REPORT_TEXT : REPORT_JSON;
		return 0;
	case KEY_COLOR:
		if (strcmp(arg, "auto") && strcmp(arg, "always") && strcmp(arg, "never"))
			argp_error(state, "--color: '%s' is not auto, always or never", arg);
		o->color = !strcmp(arg, "always")  ? COLOR_ALWAYS
			   : !strcmp(arg, "never") ? COLOR_NEVER
						   : COLOR_AUTO;
		return 0;
	case KEY_TOP:
		o->task_rows = option_uint(state, "--top", arg, 1, UINT32_MAX);
		return 0;
	case KEY_ALL:
		o->task_rows = SIZE_MAX;
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case 'C':
		check_cpus(state, arg);
		o->cpus = arg;
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

const struct argp report_options_argp = { .options = options, .parser = parse };

static bool want_color(const struct report_options *o, FILE *out)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color != COLOR_AUTO)
		return o->color == COLOR_ALWAYS;
	return isatty(fileno(out)) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

int report_open(struct report_options *o)
{
	bool to_file = o->output && strcmp(o->output, "-");

	int fd;

	o->made = false;
	if (!to_file) {
		o->out = stdout;
		return 0;
	}
	fd = output_open(o->output, &o->made);
	if (fd < 0)
		return EXIT_FAILED;
	o->out = fdopen(fd, "w");
	if (o->out)
		return 0;
	close(fd);
	return fail_memory();
}

void report_discard(struct report_options *o)
{
	if (!o->out || o->out == stdout)
		return;
	fclose(o->out);
	o->out = NULL;
	if (o->made)
		unlink(o->output);
}

int report_close(FILE *out, int err, const char *what)
{
	int reason = err ? errno : 0;

	errno = 0;
	if (out == stdout ? fflush(out) || ferror(out) : ferror(out) | fclose(out)) {
		err = -1;
		reason = reason ? reason : errno;
	}
	if (!err)
		return 0;
	reason = reason ? reason : ENOMEM;
	return fail(EXIT_FAILED,
		    reason == ENOMEM ? hint_for(ENOMEM)
				     : "is there room, and does anybody read it?",
		    "%s can't be written: %s", what, strerror(reason));
}

/*
 * -C: *shown is *s with the rows of the listed CPUs only, in an array that the caller frees. What
 * they sum to was checked before; lost_by_cpu goes with the rows. 0, or an exit status.
 */
static int pick_cpus(struct summary *shown, const struct summary *s, const char *list)
{
	unsigned char set[EVENT_MAX_CPUS] = {};

	*shown = *s;
	shown->cpus = calloc(s->cpu_count + 1, sizeof(*shown->cpus));
	shown->cpu_count = 0;
	if (!shown->cpus)
		return fail_memory();
	cpulist_parse(list, set);
	for (size_t i = 0; i < s->cpu_count; i++) {
		int cpu = s->cpus[i].cpu;

		if (cpu < 0 || cpu >= EVENT_MAX_CPUS || !set[cpu])
			continue;
		shown->cpus[shown->cpu_count++] = s->cpus[i];
		set[cpu] = 0;
	}
	for (int cpu = 0; cpu < EVENT_MAX_CPUS; cpu++)
		if (set[cpu]) {
			warn("-C: there is no CPU %d in this recording", cpu);
			break;
		}
	return 0;
}

static int print(const struct summary *s, struct report_options *o)
{
	size_t rows = o->task_rows ? o->task_rows : TASK_ROWS_DEFAULT;

	errno = 0;
	return o->format == REPORT_JSON ? report_json_write(s, o->out)
					: report_text(s, o->out, want_color(o, o->out), rows);
}

int report_print(const struct summary *s, struct report_options *o)
{
	int err = o->out ? 0 : report_open(o);
	struct summary shown = *s;

	if (!err && o->cpus)
		err = pick_cpus(&shown, s, o->cpus);
	if (err) {
		report_discard(o);
		return err;
	}
	errno = 0;
	err = o->out != stdout && ftruncate(fileno(o->out), 0) ? -1 : print(&shown, o);
	if (o->cpus)
		free(shown.cpus);
	err = report_close(o->out, err, "the report");
	o->out = NULL;
	return err;
}
