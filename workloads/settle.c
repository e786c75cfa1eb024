/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "arguments.h"
#include "complain.h"

static int settle_number(const char *name, const char *text, uint64_t min, uint64_t max,
			 const char *of_what, uint64_t *value)
{
	if (!text || strict_uint(text, min, max, value))
		return 0;
	return complain(ARGUMENTS_HINT, "%s '%s': not a whole number from %llu to %llu (%s)", name,
			text, (unsigned long long)min, (unsigned long long)max, of_what);
}

/* Threads, or the first that the body exists in. */
static const struct model *default_model(const struct body *body)
{
	const struct model *const *model = catalogue_models;

	if (catalogue_has(body, catalogue_model("threads")))
		return catalogue_model("threads");
	while (!catalogue_has(body, *model))
		model++;
	return *model;
}

static int settle_body_and_model(const struct arguments *arguments, struct workload *workload)
{
	const char *model = arguments->model;

	if (!arguments->body)
		return complain(ARGUMENTS_HINT, "no body is named");
	workload->body = catalogue_body(arguments->body);
	if (!workload->body)
		return complain(ARGUMENTS_HINT, "'%s': no such body", arguments->body);
	if (!model)
		model = default_model(workload->body)->name;
	workload->model = catalogue_model(model);
	if (!workload->model)
		return complain("the models are serial, processes, threads and coroutines",
				"--as '%s': no such model", model);
	if (!catalogue_has(workload->body, workload->model))
		return complain(ARGUMENTS_HINT, "--as %s: %s does not exist in this model", model,
				workload->body->name);
	return 0;
}

/* Carriers: of coroutines only; processes only where no unit needs one of another process. */
static int settle_carriers(const struct arguments *arguments, struct workload *workload)
{
	const char *given = arguments->threads ? "--threads" : "--processes";
	uint64_t threads = workload->body->threads_default;
	uint64_t processes = workload->body->processes_default;

	if ((arguments->threads || arguments->processes) &&
	    workload->model->bit != MODEL_COROUTINES)
		return complain("use --as coroutines; -n is the number of units in every model",
				"%s is about carriers of coroutines, not for %s", given,
				workload->model->name);
	if (settle_number("--threads", arguments->threads, 1, THREADS_MAX, "carriers of coroutines",
			  &threads) ||
	    settle_number("--processes", arguments->processes, 1, PROCESSES_MAX,
			  "processes that carry coroutines", &processes))
		return -1;
	if (processes && !workload->body->apart)
		return complain("leave it out: --threads works for every body",
				"--processes: the units of %s need each other in one process",
				workload->body->name);
	workload->threads = threads ? threads : 1;
	workload->processes = processes;
	return 0;
}

/* In a tree -n is the number of units a carrier. */
static int settle_units(const struct arguments *arguments, struct workload *workload)
{
	unsigned multiple = workload->body->units_multiple, max = workload->model->units_max;
	uint64_t units = workload->body->units_default;
	unsigned a_process = workload->processes ? workload->threads : 1;
	unsigned carriers = workload->processes ? workload->processes * workload->threads : 1;

	if (settle_number("-n", arguments->units, 1, max, workload->model->name, &units))
		return -1;
	if (units * carriers > max)
		return complain("use fewer of them", "%u x %u x %llu coroutines: over %u",
				workload->processes, workload->threads, (unsigned long long)units,
				max);
	if (units * a_process % multiple)
		return complain("give an even number", "-n %llu: the units of %s come in pairs",
				(unsigned long long)units, workload->body->name);
	workload->units_count = units * carriers;
	return 0;
}

static int settle_value(const struct parameter *parameter, const char *text, uint64_t *value)
{
	char known[128] = "";

	if (!parameter->values)
		return settle_number(parameter->name, text, parameter->min, parameter->max,
				     parameter->why, value);
	for (*value = 0; parameter->values[*value]; ++*value) {
		const char *name = parameter->values[*value];
		size_t used = strlen(known);

		if (!strcmp(name, text))
			return 0;
		snprintf(known + used, sizeof(known) - used, "%s%s", used ? ", " : "", name);
	}
	return complain(ARGUMENTS_HINT, "%s '%s': not one of %s", parameter->name, text, known);
}

static int settle_set(const char *set, struct workload *workload, bool *given)
{
	const struct parameter *parameters = workload->body->parameters;
	const char *equals = strchr(set, '=');

	for (unsigned i = 0; equals && parameters[i].name; i++) {
		if (strncmp(parameters[i].name, set, equals - set) ||
		    parameters[i].name[equals - set])
			continue;
		if (given[i])
			return complain(ARGUMENTS_HINT, "--set %s is given twice",
					parameters[i].name);
		given[i] = true;
		return settle_value(&parameters[i], equals + 1, &workload->parameters[i]);
	}
	return complain(ARGUMENTS_HINT, "--set '%s': %s", set,
			equals ? "no such parameter of this body" : "not KEY=VALUE");
}

static int settle_work(const struct arguments *arguments, struct workload *workload)
{
	const struct body *body = workload->body;
	bool given[PARAMETERS_MAX] = { false };

	workload->work = body->work_default;
	if (settle_number("--work", arguments->work, 1, body->work_max, body->work_unit,
			  &workload->work))
		return -1;
	for (unsigned i = 0; body->parameters[i].name; i++)
		workload->parameters[i] = body->parameters[i].value_default;
	for (unsigned i = 0; i < arguments->sets_count; i++)
		if (settle_set(arguments->sets[i], workload, given))
			return -1;
	for (unsigned i = 0; body->parameters[i].name; i++) {
		if (!body->parameters[i].is_work)
			continue;
		if (given[i] && arguments->work && workload->parameters[i] != workload->work)
			return complain("give one of the two", "--work and --set %s differ",
					body->parameters[i].name);
		if (given[i])
			workload->work = workload->parameters[i];
		workload->parameters[i] = workload->work;
	}
	return 0;
}

static int settle_fit(const struct arguments *arguments, struct workload *workload)
{
	return workload->body->fit ? workload->body->fit(workload, arguments->units) : 0;
}

static int settle_nice(const struct arguments *arguments, struct workload *workload)
{
	int *nice;

	if (!arguments->nice)
		return 0;
	if (workload->model->one_carrier)
		return complain("use --as threads or --as processes",
				"--nice: all units of %s share one thread", workload->model->name);
	nice = calloc(workload->units_count, sizeof(*nice));
	if (!nice)
		return complain("use fewer units (-n)", "out of memory");
	workload->nice = nice;
	workload->nice_count =
		strict_int_list(arguments->nice, -20, 19, nice, workload->units_count);
	if (workload->nice_count)
		return 0;
	free(nice);
	workload->nice = NULL;
	return complain("for example --nice 0,0,10",
			"--nice '%s': not a list of whole numbers from -20 to 19, at most one for "
			"each of %u units",
			arguments->nice, workload->units_count);
}

static int settle_truth_fd(const struct arguments *arguments, struct settings *settings)
{
	uint64_t fd;

	settings->truth_fd = -1;
	if (!arguments->truth_fd)
		return 0;
	if (settle_number("--truth-fd", arguments->truth_fd, 0, INT_MAX, "a descriptor", &fd))
		return -1;
	if (fcntl(fd, F_GETFD) < 0)
		return complain("open it first, as in --truth-fd 3 3>truth.json",
				"--truth-fd %llu: %s", (unsigned long long)fd, strerror(errno));
	settings->truth_fd = fd;
	return 0;
}

int arguments_settle(const struct arguments *arguments, struct settings *settings)
{
	struct workload *workload = &settings->workload;

	memset(settings, 0, sizeof(*settings));
	if (settle_body_and_model(arguments, workload) || settle_carriers(arguments, workload) ||
	    settle_units(arguments, workload) || settle_work(arguments, workload) ||
	    settle_fit(arguments, workload) || settle_nice(arguments, workload) ||
	    settle_truth_fd(arguments, settings))
		return -1;
	settings->pin = arguments->pin;
	settings->has_cpus = arguments->cpus;
	if (arguments->cpus && !strict_cpulist(arguments->cpus, &settings->cpus))
		return complain("for example --cpus 0,2-4",
				"--cpus '%s': not a list of CPUs from 0 to %d", arguments->cpus,
				STRICT_CPUS_MAX - 1);
	return 0;
}
