/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <fcntl.h>
#include <inttypes.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "commands.h"
#include "common/failure.h"
#include "common/json_build.h"
#include "common/option_values.h"
#include "common/paths.h"
#include "common/text_format.h"
#include "common/text_table.h"
#include "lab/experiment.h"
#include "report/report.h"

#define LIST_SCHEMA "schedlab.list/1"

/* What --as takes; DESIGN: "unit" is one worker of a workload, whatever carries it. */
static const struct {
	const char *name, *why;
} models[] = {
	{ "serial", "one unit after the other in one thread: what the others are compared with" },
	{ "processes", "a process a unit: own memory, the kernel schedules each" },
	{ "threads", "a thread a unit: shared memory, the kernel schedules each" },
	{ "coroutines",
	  "all units in one thread that switches between them; the kernel sees one task" },
};

/* ---- what there is, as JSON ---------------------------------------------------------------------
 */

/* `schedlab-workload --list`: its array, or NULL with the reason printed. */
static json_t *list_workloads(void)
{
	extern char **environ;
	char path[4096], *argv[] = { path, (char[]){ "--list" }, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], status = -1;
	json_t *list = NULL;
	json_error_t error;
	FILE *output;
	pid_t pid;

	if (paths_workload(path, sizeof(path)) < 0) {
		fail(EXIT_FAILED, "build it: make; or install both: make install",
		     "the program schedlab-workload is not beside schedlab");
		return NULL;
	}
	if (pipe2(ends, O_CLOEXEC) < 0)
		return NULL;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	if (posix_spawn(&pid, path, &actions, NULL, argv, environ) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	output = fdopen(ends[0], "r");
	if (output)
		list = json_loadf(output, JSON_REJECT_DUPLICATES, &error);
	/* Closed before the wait: a program that prints more than was read must not block. */
	if (output)
		fclose(output);
	else
		close(ends[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status == 0 && json_is_array(list))
		return list;
	json_decref(list);
	fail(EXIT_FAILED, "build both from one tree: make", "%s --list did not print a list", path);
	return NULL;
}

static json_t *list_models(void)
{
	json_t *list = json_array();
	int errors = 0;

	for (size_t i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		errors +=
			json_array_append_new(list, json_pack("{s:s, s:s}", "name", models[i].name,
							      "why", models[i].why));
	return json_built(list, errors);
}

/* The bundled experiments; where one can't be read, the others, and *status says so. */
static json_t *list_experiments(int *status)
{
	json_t *list = json_array(), *experiments = NULL, *experiment;
	int errors = 0;
	size_t i;

	*status = experiments_load(NULL, NULL, 0, &experiments);
	json_array_foreach(experiments, i, experiment) {
		errors += json_array_append_new(
			list,
			json_pack("{s:O, s:O, s:O}", "name", json_object_get(experiment, "name"),
				  "claim", json_object_get(experiment, "claim"), "question",
				  json_object_get(experiment, "question")));
	}
	json_decref(experiments);
	return json_built(list, errors);
}

/* ---- the same for people ------------------------------------------------------------------------
 */

static const char *field(const json_t *object, const char *name)
{
	const char *text = json_text_at(object, name);

	return text ? text : "-";
}

/* One table of `list`'s objects: a heading, and a column for each of the keys. */
static int print_table(const json_t *list, const char *heading, const char *second)
{
	const struct text_column columns[] = { { heading, COLUMN_BAR, "bold" },
					       { second, COLUMN_TEXT, NULL } };
	static const char *const seconds[] = { "why", "claim" };
	struct text_table table;
	const json_t *row;
	size_t i;

	text_table_open(&table, stdout, false, columns, 2);
	json_array_foreach(list, i, row) {
		text_table_row(&table);
		text_table_cell(&table, 0, field(row, "name"));
		text_table_cell(&table, 1,
				field(row, seconds[json_object_get(row, "claim") != NULL]));
	}
	return text_table_close(&table);
}

/* "10 (1 to 1000)" or "pipe (or direct)": a parameter's default and what it may be. */
static void describe_range(char *out, size_t size, const json_t *parameter)
{
	const json_t *values = json_object_get(parameter, "values"), *value;
	const json_t *chosen = json_object_get(parameter, "default");
	size_t i, length;

	if (!values) {
		snprintf(out, size,
			 "%" JSON_INTEGER_FORMAT " (%" JSON_INTEGER_FORMAT
			 " to %" JSON_INTEGER_FORMAT ")",
			 json_integer_value(json_object_get(parameter, "default")),
			 json_integer_value(json_object_get(parameter, "min")),
			 json_integer_value(json_object_get(parameter, "max")));
		return;
	}
	length = (size_t)snprintf(out, size, "%s (or", field(parameter, "default"));
	json_array_foreach(values, i, value)
		if (length < size && !json_equal(value, chosen))
			length += (size_t)snprintf(out + length, size - length, " %s",
						   json_string_value(value));
	if (length < size)
		snprintf(out + length, size - length, ")");
}

/* Lines of their own: a table's last column would be cut off where another's words are long. */
static void print_parameters(const json_t *workloads)
{
	const json_t *workload, *parameter;
	char range[256], text[640];
	size_t i, j;

	puts("PARAMETERS, with their defaults and ranges");
	json_array_foreach(workloads, i, workload) {
		json_array_foreach(json_object_get(workload, "parameters"), j, parameter) {
			describe_range(range, sizeof(range), parameter);
			snprintf(text, sizeof(text), "%s --set %s=%s: %s", field(workload, "name"),
				 field(parameter, "name"), range, field(parameter, "why"));
			print_wrapped(stdout, text, 4);
		}
	}
}

static int print_lists(const json_t *lists)
{
	const json_t *workloads = json_object_get(lists, "workloads");
	int errors = print_table(workloads, "WORKLOAD", "WHY");

	putchar('\n');
	print_parameters(workloads);
	putchar('\n');
	errors += print_table(json_object_get(lists, "models"), "MODEL (--as)", "WHY");
	putchar('\n');
	errors += print_table(json_object_get(lists, "experiments"), "EXPERIMENT", "CLAIM");
	return errors;
}

/* ---- the verb -----------------------------------------------------------------------------------
 */

static error_t parse(int key, char *arg, struct argp_state *state)
{
	if (key == ARGP_KEY_ARG)
		argp_error(state, "'%s': list takes no arguments", arg);
	if (key != 'j')
		return ARGP_ERR_UNKNOWN;
	*(bool *)state->input = true;
	return 0;
}

int cmd_list(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "json", 'j', 0, 0, "Print schema \"" LIST_SCHEMA "\"", 0 },
		{ 0 },
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Lists the bundled workloads with their parameters, "
		       "the models and the experiments."
	};
	int status = EXIT_GOOD, errors;
	bool as_json = false;
	json_t *lists, *workloads;

	argp_err_exit_status = EXIT_USAGE;
	options_parse(&argp, argc, argv, &as_json);
	workloads = list_workloads();
	if (!workloads)
		return EXIT_FAILED;
	lists = json_pack("{s:s, s:o, s:o, s:o}", "schema", LIST_SCHEMA, "workloads", workloads,
			  "models", list_models(), "experiments", list_experiments(&status));
	if (!lists)
		return fail_memory();
	errors = as_json ? json_write(lists, stdout) : print_lists(lists);
	json_decref(lists);
	if (errors || fflush(stdout) || ferror(stdout))
		return fail(EXIT_FAILED, "is the disk full, or the reader gone?",
			    "the list could not be written");
	return status;
}
