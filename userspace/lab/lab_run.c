/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>
#include "common/failure.h"
#include "lab.h"
#include "report/report.h"
#include "summary/analysis.h"

#define RERUNS_MAX 3

/* What the recorder itself ran in the window; by its name, for its tid is in no summary. */
static uint64_t own_ns(const struct summary *s)
{
	char comm[COMM_SIZE + 1] = "";
	uint64_t ns = 0;

	prctl(PR_GET_NAME, comm);
	for (size_t i = 0; i < s->cpu_count; i++)
		for (size_t j = 0; s->cpus[i].allowed && j < s->cpus[i].other_count; j++)
			if (!strcmp(s->cpus[i].others[j].comm, comm))
				ns += s->cpus[i].others[j].ns;
	/* a second schedlab would have the name too */
	return ns < s->trust.observer_cpu_ns ? ns : s->trust.observer_cpu_ns;
}

/*
 * The share of the allowed CPUs' time that went to tasks with no part in the experiment: the
 * recorder is not one, nor is what the workload itself brings along (its launcher, a server).
 */
static double disturbance(const struct summary *s)
{
	double other_ns = -(double)own_ns(s);

	for (size_t i = 0; i < s->cpu_count; i++)
		if (s->cpus[i].allowed)
			other_ns += s->cpus[i].other_ns;
	for (size_t i = 0; i < s->task_count; i++)
		if (!s->tasks[i].measured)
			other_ns -= s->tasks[i].run_ns;
	if (!s->n || !s->program.wall_ns || other_ns < 0)
		return 0;
	return other_ns / ((double)s->n * s->program.wall_ns);
}

/* What keeps a run from being used, in words; an empty list is a good run. */
static json_t *marks_of(const struct lab *lab, const struct summary *s)
{
	json_t *marks = json_array();
	double share = disturbance(s), steal = summary_steal_share(s);

	if (s->run_result.incomplete)
		json_array_append_new(marks, json_string("the trace was not closed"));
	else if (summary_status(s) != EXIT_GOOD)
		json_array_append_new(marks, json_sprintf("the record is %s",
							  trust_verdict_name(s->trust.verdict)));
	if (share > lab->tolerated)
		json_array_append_new(
			marks, json_sprintf("other tasks used %.1f %% of the CPUs", 100 * share));
	if (steal > lab->tolerated)
		json_array_append_new(
			marks, json_sprintf("the host took %.1f %% of the CPUs", 100 * steal));
	return marks;
}

static int set_input_and_output(int in, int out)
{
	return dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ? -1 : 0;
}

/* A command's input and output are no part of the lab's: both are /dev/null while it runs. */
static int record_command(struct lab *lab, const struct run_options *o, const char *path,
			  struct run_result *result)
{
	int in = -1, out = -1, null = -1, status;

	fflush(stdout); /* what is still in it is the lab's */
	if ((in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)) < 0 ||
	    (out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)) < 0 ||
	    (null = open("/dev/null", O_RDWR | O_CLOEXEC)) < 0 || set_input_and_output(null, null))
		status = fail(
			EXIT_FAILED, "give the lab a standard input and output, and files to open",
			"the command's input and output can't be /dev/null: %s", strerror(errno));
	else
		status = recorder_record(lab->recorder, o, path, result);
	if (in >= 0 && out >= 0 && set_input_and_output(in, out))
		status = fail_errno("the lab's own output can't be had back", errno);
	if (null >= 0)
		close(null);
	if (out >= 0)
		close(out);
	if (in >= 0)
		close(in);
	return status;
}

__attribute__((format(printf, 2, 3))) static json_t *no_report(char *error, const char *why, ...)
{
	va_list args;

	va_start(args, why);
	vsnprintf(error, EXPERIMENT_ERROR, why, args);
	va_end(args);
	return NULL;
}

static json_t *run_once(struct lab *lab, const struct variant *v, const char *path, char *error)
{
	struct run_options options = v->options;
	struct run_result end = { 0 };
	struct summary summary;
	json_t *report;
	int status;

	options.anonymous = lab->anonymous;
	status = options.command ? record_command(lab, &options, path, &end)
				 : recorder_record(lab->recorder, &options, path, &end);
	lab->interrupted |= end.interrupted;
	if (status)
		return no_report(error, "%s could not be recorded", v->name);
	if (end.interrupted)
		return no_report(error, "%s was interrupted", v->name);
	if (end.signal)
		return no_report(error, "%s was killed by signal %d", v->name, end.signal);
	if (end.exit_status)
		return no_report(error, "%s ended with status %d", v->name, end.exit_status);
	if (analyze_file(path, &summary) != EXIT_GOOD)
		return no_report(error, "the trace of %s could not be read", v->name);
	report = report_json(&summary);
	json_object_set_new(report, "marks", marks_of(lab, &summary));
	summary_free(&summary);
	return report;
}

json_t *lab_run(struct lab *lab, const struct variant *v, const char *path, char *error)
{
	json_t *report = NULL;

	for (int attempt = 0; attempt <= RERUNS_MAX; attempt++) {
		json_t *marks;

		json_decref(report);
		report = run_once(lab, v, path, error);
		marks = json_object_get(report, "marks");
		if (!report || !json_array_size(marks))
			break;
		progress("%s: %s; run again", v->name, json_string_value(json_array_get(marks, 0)));
	}
	return report;
}
