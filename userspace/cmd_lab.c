/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "commands.h"
#include "common/failure.h"
#include "common/option_values.h"
#include "common/paths.h"
#include "lab/experiment.h"
#include "lab/lab.h"
#include "lab/lab_folder.h"
#include "machine/machine.h"

#define LAB_SCHEMA "schedlab.lab/1"
#define SPARE_NS 30000000000ull /* further rounds: the quick lab is to take at most two minutes */

enum {
	KEY_FULL = 0x100,
	KEY_QUICK,
	KEY_PREDICT,
	KEY_RESUME,
	KEY_CONTROL,
	KEY_EXPERIMENTS,
	KEY_TOLERATE
};

struct lab_options {
	bool full, predict, resume, control, anonymous;
	unsigned tolerated_percent;
	const char *experiments, *output;
	char **names;
	int name_count;
};

static const struct argp_option option_table[] = {
	{ "quick", KEY_QUICK, 0, 0, "One measured run of most variants (the default)", 1 },
	{ "full", KEY_FULL, 0, 0, "At least 10 runs a variant, interleaved, after a warm-up", 1 },
	{ "predict", KEY_PREDICT, 0, 0, "Ask for a prediction first; the trace decides", 1 },
	{ "control", KEY_CONTROL, 0, 0,
	  "Run each experiment's negative control instead: its verdict must come out the other way",
	  1 },
	{ "experiments", KEY_EXPERIMENTS, "DIR", 0, "Take the experiments from DIR", 1 },
	{ "tolerate", KEY_TOLERATE, "PERCENT", 0,
	  "Accept runs in which other tasks use so much of the CPUs (default: 2)", 1 },
	{ "output", 'o', "DIR", 0, "Leave the results in DIR (default: results/HOST-DATE)", 2 },
	{ "resume", KEY_RESUME, 0, 0, "Keep the results that -o DIR has, run what is missing", 2 },
	OPTIONS_OF_RECORDING(2),
	{ 0 },
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct lab_options *o = state->input;

	switch (key) {
	case KEY_QUICK:
	case KEY_FULL:
		o->full = key == KEY_FULL;
		break;
	case KEY_PREDICT:
		o->predict = true;
		break;
	case KEY_CONTROL:
		o->control = true;
		break;
	case KEY_EXPERIMENTS:
		o->experiments = arg;
		break;
	case KEY_TOLERATE:
		o->tolerated_percent = option_uint(state, "--tolerate", arg, 0, 100);
		break;
	case 'o':
		o->output = arg;
		break;
	case KEY_RESUME:
		o->resume = true;
		break;
	case ARGP_KEY_ARGS:
		o->names = state->argv + state->next;
		o->name_count = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		if (o->resume && !o->output)
			argp_error(state, "--resume goes with -o DIR, the folder to go on with");
		break;
	default:
		return option_of_recording(key, &o->anonymous) ? 0 : ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* "supported", "refuted", or NULL where the reader gives none. */
static const char *ask_prediction(const json_t *experiment)
{
	const char *answer = NULL;
	char *line = NULL;
	size_t size = 0;

	fprintf(stderr, "\n%s\nClaim: \"%s\"\n",
		json_string_value(json_object_get(experiment, "question")),
		json_string_value(json_object_get(experiment, "claim")));
	while (!answer) {
		fputs("Your prediction: supported or refuted? [s/r, Enter: none] ", stderr);
		if (getline(&line, &size, stdin) <= 1)
			break;
		if (line[0] == 's' || line[0] == 'S')
			answer = VERDICT_SUPPORTED;
		else if (line[0] == 'r' || line[0] == 'R')
			answer = VERDICT_REFUTED;
	}
	free(line);
	return answer;
}

/* The result that an earlier lab of the same kind left in the folder, or NULL. */
static json_t *earlier_result(const struct lab *lab, const char *name)
{
	char path[PATH_MAX];
	const char *verdict;
	json_t *result;

	if (snprintf(path, sizeof(path), "%s/%s/result.json", lab->folder, name) >= PATH_MAX)
		return NULL;
	result = json_load_file(path, 0, NULL);
	verdict = json_string_value(json_object_get(result, "verdict"));
	if (verdict && strcmp(verdict, VERDICT_INCONCLUSIVE) &&
	    json_is_true(json_object_get(result, "quick")) == !lab->full &&
	    !json_object_get(result, "control") == !lab->control)
		return result;
	json_decref(result);
	return NULL;
}

/* What is printed: to stdout at once, and kept for report.txt. */
struct output {
	char *text;
	size_t size, printed;
	FILE *stream;
};

static void output_flush(struct output *out)
{
	fflush(out->stream);
	fwrite(out->text + out->printed, 1, out->size - out->printed, stdout);
	fflush(stdout);
	out->printed = out->size;
}

/* One experiment, run or taken from before, printed and added to the document. 0 or a status. */
static int do_experiment(struct lab *lab, const struct lab_options *o, const json_t *experiment,
			 json_t *document, struct output *out)
{
	const char *name = json_string_value(json_object_get(experiment, "name"));
	json_t *result = o->resume ? earlier_result(lab, name) : NULL;

	if (!result) {
		lab->prediction = o->predict ? ask_prediction(experiment) : NULL;
		result = lab_experiment(lab, experiment);
	}
	if (!result)
		return EXIT_FAILED;
	lab_report_experiment(result, out->stream);
	output_flush(out);
	json_array_append_new(json_object_get(document, "experiments"), result);
	return 0;
}

static json_t *document_new(const struct lab *lab, const json_t *machine)
{
	char started[32];
	time_t now = time(NULL);
	struct tm utc;

	gmtime_r(&now, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_pack("{s:s, s:{s:s}, s:s, s:b, s:b, s:f, s:i, s:O, s:[]}", "schema", LAB_SCHEMA,
			 "tool", "version", SCHEDLAB_VERSION, "started_utc", started, "quick",
			 !lab->full, "control", lab->control, "tolerated_share", lab->tolerated,
			 "n", lab->allowed.count, "machine", machine, "experiments");
}

static int run_all(struct lab *lab, const struct lab_options *o, const json_t *experiments,
		   const json_t *machine)
{
	json_t *document = document_new(lab, machine), *experiment;
	struct output out = { 0 };
	int status = 0;
	size_t i;

	out.stream = open_memstream(&out.text, &out.size);
	if (!document || !out.stream) {
		json_decref(document);
		return fail_memory();
	}
	json_array_foreach(experiments, i, experiment) {
		status = do_experiment(lab, o, experiment, document, &out);
		if (status || lab->interrupted)
			break;
	}
	json_object_set_new(document, "interrupted", json_boolean(lab->interrupted));
	lab_report_summary(document, out.stream);
	fprintf(out.stream, "Results: %s\n", lab->folder);
	output_flush(&out);
	if (fclose(out.stream) && !status)
		status = fail_memory();
	if (!status)
		status = lab_folder_write_text(lab->folder, "report.txt", out.text);
	if (!status)
		status = lab_folder_write_json(lab->folder, "report.json", document);
	if (!status && ferror(stdout))
		status = fail(EXIT_FAILED, "is there room, and does anybody read it?",
			      "the reports can't be printed; all is in %s", lab->folder);
	if (!status)
		status = lab_status(document);
	free(out.text);
	json_decref(document);
	return status;
}

/* Fills `folder`; refuses one that holds the results of another lab. 0 or a status. */
static int choose_folder(const struct lab_options *o, const json_t *machine, char folder[PATH_MAX])
{
	char report[PATH_MAX + 16];

	if (!o->output)
		lab_folder_name(folder, json_string_value(json_object_get(machine, "hostname")));
	else if (snprintf(folder, PATH_MAX, "%s", o->output) >= PATH_MAX)
		return fail(EXIT_USAGE, NULL, "-o: the path is too long");
	snprintf(report, sizeof(report), "%s/report.json", folder);
	if (!o->resume && access(report, F_OK) == 0)
		return fail(EXIT_FAILED, "choose another folder, or go on with this one: --resume",
			    "%s holds results already", folder);
	return lab_folder_make(folder);
}

int cmd_lab(int argc, char **argv)
{
	static const struct argp argp = {
		option_table,
		parse,
		"[EXPERIMENT...]",
		"Runs the experiments, prints what each shows, and leaves the "
		"results in a folder.",
		NULL,
		NULL,
		NULL
	};
	struct lab_options o = { .tolerated_percent = 2 };
	struct lab lab = { 0 };
	char folder[PATH_MAX];
	json_t *experiments = NULL, *machine = NULL;
	int status;

	argp_err_exit_status = EXIT_USAGE;
	options_parse(&argp, argc, argv, &o);
	lab.full = o.full;
	lab.control = o.control;
	lab.anonymous = o.anonymous;
	lab.tolerated = o.tolerated_percent / 100.0;
	lab.spare_ns = SPARE_NS;
	lab.folder = folder;
	status = experiments_load(o.experiments, o.names, o.name_count, &experiments);
	if (!status && allowed_cpus_get(&lab.allowed) < 0)
		status = fail(EXIT_CANNOT, NULL, "the CPUs allowed are unknown: %s",
			      strerror(errno));
	if (!status)
		status = recorder_open(&lab.recorder, BACKEND_AUTO, 0);
	if (!status) {
		machine = machine_describe(o.anonymous);
		status = choose_folder(&o, machine, folder);
		if (!status)
			status = run_all(&lab, &o, experiments, machine);
		recorder_close(lab.recorder);
	}
	json_decref(machine);
	json_decref(experiments);
	return status;
}
