/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "commands.h"
#include "common/failure.h"
#include "common/invoking_user.h"
#include "common/option_values.h"
#include "compare/compare.h"
#include "report/report_output.h"

enum { KEY_FORMAT = 0x300, KEY_FAIL_ON };
enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct compare_options {
	enum format format;
	double fail_on; /* NaN: not given */
	const char *output;
	char **paths;
	size_t path_count;
};

static const struct argp_option options[] = {
	{ "format", KEY_FORMAT, "FORMAT", 0, "text (default), json or csv", 0 },
	{ "fail-on", KEY_FAIL_ON, "RATIO", 0,
	  "Exit with 5 where a result took more than RATIO times as long as the first", 0 },
	{ "output", 'o', "FILE", 0, "Write to FILE instead of standard output", 0 },
	{ 0 },
};

static enum format parse_format(const char *arg, struct argp_state *state)
{
	static const char *const names[] = { "text", "json", "csv" };

	for (enum format i = FORMAT_TEXT; i <= FORMAT_CSV; i++)
		if (!strcmp(arg, names[i]))
			return i;
	argp_error(state, "--format: '%s' is not text, json or csv", arg);
	return FORMAT_TEXT;
}

/* The whole text, plain decimal: strtod() alone would also take " 1", "0x2", "inf" and "nan". */
static double parse_ratio(const char *arg, struct argp_state *state)
{
	double ratio = strtod(arg, NULL);

	if (!*arg || arg[strspn(arg, "0123456789.")] || strspn(arg, ".") == strlen(arg) ||
	    strchr(arg, '.') != strrchr(arg, '.') || !(ratio > 0 && ratio <= 1e6))
		argp_error(state, "--fail-on: '%s' is not a number above 0, to 1000000", arg);
	return ratio;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct compare_options *o = state->input;

	switch (key) {
	case KEY_FORMAT:
		o->format = parse_format(arg, state);
		return 0;
	case KEY_FAIL_ON:
		o->fail_on = parse_ratio(arg, state);
		return 0;
	case 'o':
		o->output = arg;
		return 0;
	case ARGP_KEY_ARGS:
		o->paths = state->argv + state->next;
		o->path_count = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_END:
		if (o->path_count < 2)
			argp_error(state, "name two results or more; the first is the baseline");
		return 0;
	}
	return ARGP_ERR_UNKNOWN;
}

static const struct argp compare_argp = {
	.options = options,
	.parser = parse,
	.args_doc = "RESULT RESULT...",
	.doc = "Shows by what ratio the wall times of the same work differ, and why: core speed, "
	       "parallelism, idle time.\vA RESULT is a JSON report or a results folder. The first "
	       "is "
	       "the baseline. Runs of different work are refused.",
};

static int print(const struct comparison *c, enum format format, FILE *out)
{
	json_t *json;
	int err;

	if (format == FORMAT_TEXT)
		return compare_text(c, out);
	if (format == FORMAT_CSV)
		return compare_csv(c, out);
	json = compare_json(c);
	err = json ? json_write(json, out) : -1;
	json_decref(json);
	return err;
}

static int output(const struct comparison *c, const struct compare_options *o)
{
	bool to_file = o->output && strcmp(o->output, "-");
	FILE *out = to_file ? output_file(o->output) : stdout;

	if (!out)
		return EXIT_FAILED;
	errno = 0;
	return report_close(out, print(c, o->format, out), "the comparison");
}

static int status_of(const struct comparison *c, const struct compare_options *o)
{
	for (size_t i = 0; i < c->pair_count; i++)
		if (c->pairs[i].ratio > o->fail_on)
			return EXIT_DIFFERENT;
	return c->not_whole ? EXIT_NOT_WHOLE : EXIT_GOOD;
}

static int compare(const struct compare_options *o, struct result *results)
{
	struct comparison c = { 0 };
	int status = 0;

	for (size_t i = 0; i < o->path_count && !status; i++)
		status = result_read(o->paths[i], &results[i]);
	if (!status)
		status = compare_results(results, o->path_count, &c);
	if (!status)
		status = output(&c, o);
	if (!status)
		status = status_of(&c, o);
	comparison_free(&c);
	return status;
}

int cmd_compare(int argc, char **argv)
{
	struct compare_options o = { .fail_on = NAN };
	struct result *results;
	int status;

	argp_err_exit_status = EXIT_USAGE;
	options_parse(&compare_argp, argc, argv, &o);
	results = calloc(o.path_count, sizeof(*results));
	if (!results)
		return fail_memory();
	status = compare(&o, results);
	for (size_t i = 0; i < o.path_count; i++)
		result_free(&results[i]);
	free(results);
	return status;
}
