/* SPDX-License-Identifier: MIT */
#include "recording_json.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "command.h"
#include "common/text_clean.h"
#include "machine/cpus_online.h"
#include "machine/machine.h"
#include "trace/work_identity.h"

static void set(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value ? value : json_null());
}

static json_t *clean_string(const char *text)
{
	size_t len = text ? strlen(text) : 0;
	char *clean = text ? malloc(4 * len + 1) : NULL;
	json_t *string = NULL;

	if (clean)
		string = json_string(text_clean(clean, 4 * len + 1, text, len));
	free(clean);
	return string;
}

static json_t *count_or_null(uint64_t value)
{
	return value ? json_integer(value) : NULL;
}

/* An anonymous trace names the program without its folder, and no argument. */
static json_t *command_json(const struct run_options *o)
{
	json_t *list = json_array();
	char **argv = run_options_name_a_command(o) ? command_argv(o, -1) : NULL;

	for (size_t i = 0; argv && argv[i]; i++) {
		const char *word = argv[i];

		if (i && o->anonymous && !o->workload)
			break;
		if (!i && (o->anonymous || o->workload))
			word = basename(word);
		json_array_append_new(list, clean_string(word));
	}
	free(argv);
	return list;
}

static json_t *sets_json(const struct run_options *o)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < o->set_count; i++)
		json_array_append_new(list, clean_string(o->sets[i]));
	return list;
}

json_t *recording_run_json(const struct run_options *o, const struct recording_start *start)
{
	json_t *run = json_object();
	time_t now = time(NULL);
	struct tm utc;
	char started[32];

	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
	set(run, "command", command_json(o));
	set(run, "workload", clean_string(o->workload));
	set(run, "model", clean_string(o->model));
	set(run, "units", count_or_null(o->units));
	set(run, "threads", count_or_null(o->threads));
	set(run, "processes", count_or_null(o->processes));
	set(run, "work_identity", o->command ? work_identity_of_command(o->command) : NULL);
	set(run, "cpus", clean_string(o->cpus));
	set(run, "work", count_or_null(o->work));
	set(run, "set", sets_json(o));
	set(run, "pin", clean_string(o->pin));
	set(run, "nice", clean_string(o->nice));
	set(run, "started_utc", json_string(started));
	set(run, "backend", json_string(start->backend));
	set(run, "ring_bytes", json_integer(start->ring_bytes));
	set(run, "command_pid", start->command_pid > 0 ? json_integer(start->command_pid) : NULL);
	set(run, "target", json_incref(start->target));
	set(run, "attached_ns", json_integer(start->attached_ns));
	set(run, "online_cpus", cpus_online_json());
	set(run, "hotplug", json_boolean(start->tells_hotplug));
	set(run, "wait", o->wait_all ? json_string("all") : NULL);
	set(run, "recorder_pid", json_integer(getpid()));
	set(run, "recorder_version", json_string(SCHEDLAB_VERSION));
	return run;
}

static uint64_t timeval_ns(struct timeval tv)
{
	return tv.tv_sec * 1000000000ull + tv.tv_usec * 1000ull;
}

static uint64_t cpu_ns(const struct rusage *usage)
{
	return timeval_ns(usage->ru_utime) + timeval_ns(usage->ru_stime);
}

static uint64_t sum_streams(const __u64 *counts)
{
	return counts[STREAM_SCHED] + counts[STREAM_LIFECYCLE];
}

static json_t *counters_json(const struct capture *capture)
{
	json_t *list = json_array();

	for (int cpu = 0; cpu < capture->cpu_count; cpu++) {
		const struct event_counters *count = capture->ops->counters(capture, cpu);

		json_array_append_new(
			list, json_pack("{s:i, s:I, s:I, s:I, s:I}", "cpu", cpu, "sched_seq",
					(json_int_t)count->seq[STREAM_SCHED], "lifecycle_seq",
					(json_int_t)count->seq[STREAM_LIFECYCLE], "emitted",
					(json_int_t)sum_streams(count->emitted), "dropped",
					(json_int_t)sum_streams(count->dropped)));
	}
	return list;
}

json_t *recording_end_json(const struct recording_end *end, const struct capture *capture)
{
	const struct run_result *result = end->result;
	json_t *json = json_object();

	set(json, "counters", counters_json(capture));
	set(json, "recursion_misses",
	    capture->ops->recursion_misses ? json_integer(end->recursion_misses) : NULL);
	set(json, "ended_ns", json_integer(end->ended_ns));
	set(json, "stopped_ns", json_integer(end->stopped_ns));
	set(json, "online_cpus", cpus_online_json());
	set(json, "wall_ns", json_integer(result->wall_ns));
	set(json, "exit_status",
	    result->exit_status >= 0 ? json_integer(result->exit_status) : NULL);
	set(json, "signal", result->signal ? json_integer(result->signal) : NULL);
	set(json, "timed_out", json_boolean(result->timed_out));
	set(json, "interrupted", json_boolean(result->interrupted));
	set(json, "rusage_cpu_ns", end->has_command ? json_integer(cpu_ns(&end->command)) : NULL);
	set(json, "observer_cpu_ns", json_integer(cpu_ns(&end->after) - cpu_ns(&end->before)));
	set(json, "observer_switches",
	    json_integer(end->after.ru_nvcsw + end->after.ru_nivcsw - end->before.ru_nvcsw -
			 end->before.ru_nivcsw));
	set(json, "throttled_ns", end->throttled_ns >= 0 ? json_integer(end->throttled_ns) : NULL);
	set(json, "cpu_times",
	    cpu_times_json(&end->times[0], &end->times[1], machine_tells_steal()));
	set(json, "records", json_integer(end->records));
	set(json, "record_ns", isnan(end->record_ns) ? NULL : json_real(end->record_ns));
	return json;
}
