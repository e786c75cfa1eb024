/* SPDX-License-Identifier: MIT */
#include "report_output.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "failure.h"
#include "invoking_user.h"

enum { KEY_FORMAT = 0x300, KEY_COLOR };

static const struct argp_option options[] = {
	{ 0, 0, 0, 0, "The report:", 4 },
	{ "format", KEY_FORMAT, "FORMAT", 0, "text (default) or json", 4 },
	{ "output", 'o', "FILE", 0, "Write the report to FILE instead of standard output", 4 },
	{ "color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", 4 },
	{ 0 },
};

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
	case 'o':
		o->output = arg;
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

static int print_json(const struct summary *s, FILE *out)
{
	json_t *json = report_json(s);
	int err = json ? json_write(json, out) : -1;

	json_decref(json);
	return err;
}

int report_open(struct report_options *o)
{
	bool to_file = o->output && strcmp(o->output, "-");

	o->out = to_file ? output_file(o->output) : stdout;
	return o->out ? 0 : EXIT_FAILED;
}

void report_discard(struct report_options *o)
{
	if (!o->out || o->out == stdout)
		return;
	fclose(o->out);
	o->out = NULL;
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

int report_print(const struct summary *s, struct report_options *o)
{
	int err = o->out ? 0 : report_open(o);

	if (err)
		return err;
	errno = 0;
	err = o->format == REPORT_JSON ? print_json(s, o->out)
				       : report_text(s, o->out, want_color(o, o->out));
	err = report_close(o->out, err, "the report");
	o->out = NULL;
	return err;
}
