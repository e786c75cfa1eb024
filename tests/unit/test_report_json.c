/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "report/report.h"
#include "sample_summary.h"

/* A report's keys in their order, joined by spaces. */
static const char *keys_of(const json_t *object)
{
	static char keys[1024];
	const char *key;
	json_t *value;

	keys[0] = '\0';
	json_object_foreach((json_t *)object, key, value) {
		strcat(keys, *keys ? " " : "");
		strcat(keys, key);
	}
	return keys;
}

static json_t *section(json_t *report, const char *name)
{
	return json_object_get(report, name);
}

static double real_of(json_t *report, const char *name, const char *key)
{
	return json_real_value(json_object_get(section(report, name), key));
}

TEST(all_keys_of_the_contract_are_there_in_order)
{
	struct summary s = sample_summary();
	json_t *r = report_json(&s);

	CHECK_OR_RETURN(r);
	CHECK_STR(keys_of(r),
		  "schema tool machine run trust program accounting violations cpus tasks "
		  "migrations latency coroutines locks deadlock cost truth window strip "
		  "violation_sums");
	CHECK_STR(keys_of(section(r, "program")),
		  "wall_s cpu_s average_cores tlp idle_s peak_parallelism mean_demand peak_demand "
		  "mean_in_flight peak_in_flight time_sliced_share parallel_share satisfaction "
		  "physical_tlp smt_share fairness verdict sentence parallelism_s demand_s "
		  "tlp_all_in_flight");
	CHECK_STR(keys_of(section(r, "run")),
		  "command workload model units processes threads cpus work work_identity "
		  "started_utc wall_s exit_status signal backend alive_at_end throttled_s "
		  "steal_s incomplete");
	CHECK_STR(keys_of(section(r, "trust")),
		  "events lost lost_by_cpu untraced implicit_wakeups out_of_order conflicts "
		  "recursion_misses unknown_s identity_error verdict crosscheck observer "
		  "losses losses_more dropped unknown_task_s lower_bound_s");
	CHECK_STR(keys_of(json_array_get(section(r, "cpus"), 0)),
		  "cpu core llc node capacity workload_s other_s idle_s offline_s unknown_s "
		  "steal_s irq_s softirq_s switches "
		  "voluntary involuntary interleavings migrations_in tasks longest_slice_s "
		  "wait_behind_s others allowed wait_behind wait_behind_rest_s");
	CHECK_STR(keys_of(json_array_get(section(r, "tasks"), 0)),
		  "tid pid ppid start_ns comm role unit start_s end_s run_s wait_wakeup_s "
		  "wait_preempt_s blocked_s lifetime_s slices voluntary involuntary yields "
		  "migrations "
		  "cpus policy nice runq_latency_s blocked_on woken_by woken_by_rest_count "
		  "unknown_s measured "
		  "antagonist");
	CHECK_EQ(json_array_size(section(r, "accounting")), CAUSE_COUNT);
	json_decref(r);
	summary_free(&s);
}

TEST(numbers_keep_their_value_and_type)
{
	struct summary s = sample_summary();
	json_t *r = report_json(&s), *program = section(r, "program");

	CHECK_STR(json_string_value(section(r, "schema")), "schedlab.report/1");
	CHECK_NEAR(real_of(r, "program", "wall_s"), 2.0, 0);
	CHECK_NEAR(real_of(r, "program", "cpu_s"), 3.88, 0);
	CHECK(json_is_integer(json_object_get(program, "peak_demand")));
	CHECK(json_is_null(json_object_get(program, "fairness")));
	CHECK(json_is_null(json_object_get(program, "physical_tlp")));
	CHECK_STR(json_string_value(json_object_get(program, "verdict")), "parallel");
	CHECK_EQ(json_array_size(json_object_get(program, "parallelism_s")), 3);
	CHECK_NEAR(real_of(r, "run", "wall_s"), 2.1, 0);
	CHECK(json_is_null(json_object_get(section(r, "run"), "backend")));
	CHECK(json_is_null(json_object_get(section(r, "run"), "throttled_s")));
	CHECK_STR(json_string_value(json_object_get(section(r, "run"), "workload")), "spin");
	CHECK_NEAR(json_real_value(json_object_get(json_object_get(section(r, "trust"), "observer"),
						   "probe_share")),
		   246800 / 3.88e9, 1e-15);
	json_decref(r);
	summary_free(&s);
}

TEST(what_only_the_traces_end_tells_is_null_without_it)
{
	for (int ended = 0; ended < 2; ended++) {
		struct summary s = sample_summary();
		json_t *r, *trust, *observer, *run;

		s.trust.ended = ended;
		r = report_json(&s);
		trust = section(r, "trust");
		observer = json_object_get(trust, "observer");
		run = section(r, "run");
		CHECK_EQ(json_is_null(json_object_get(run, "exit_status")), !ended);
		CHECK_EQ(json_is_null(json_object_get(run, "signal")), !ended);
		CHECK_EQ(json_is_null(json_object_get(trust, "recursion_misses")), !ended);
		CHECK_EQ(json_is_null(json_object_get(observer, "cpu_s")), !ended);
		CHECK_EQ(json_is_null(json_object_get(observer, "switches")), !ended);
		CHECK_EQ(json_is_null(json_object_get(json_object_get(trust, "crosscheck"),
						      "rusage_cpu_s")),
			 !ended);
		json_decref(r);
		summary_free(&s);
	}
}

TEST(hostile_text_is_cleaned_wherever_it_stands)
{
	struct summary s = sample_summary();
	json_t *deep = json_array(), *r;
	char *dump;

	for (int i = 0; i < 1000; i++)
		deep = json_pack("[o]", deep);
	json_object_set_new(s.run, "deep", deep);
	json_object_set_new(s.machine, "k\033", json_string("v\u202e"));
	s.truth = json_pack("{s:[s]}", "units", "\033[2J");
	strcpy(s.tasks[0].comm, HOSTILE_COMM);
	strcpy(s.program.sentence, "a\033b");
	r = report_json(&s);
	dump = r ? json_dumps(r, JSON_INDENT(2)) : NULL;
	CHECK(dump);
	if (dump) {
		CHECK(!strstr(dump, "\\u001b") && !strstr(dump, "\\u0007"));
		CHECK(!strstr(dump, "\u202e"));
		CHECK(strstr(dump, "\"k\\\\x1b\": \"v\\\\xe2\\\\x80\\\\xae\""));
		CHECK(strstr(dump, "a\\\\x1bb"));
	}
	free(dump);
	json_decref(r);
	summary_free(&s);
}

TEST(an_empty_summary_makes_a_report)
{
	struct summary s = { 0 };
	json_t *r;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	s.trust.probe_ns = s.program.tlp = UNKNOWN_DOUBLE;
	r = report_json(&s);
	CHECK_OR_RETURN(r && out);
	CHECK(json_is_null(json_object_get(section(r, "program"), "tlp")));
	CHECK(json_is_null(json_object_get(section(r, "machine"), "kernel")));
	CHECK(json_is_null(section(r, "truth")));
	CHECK_EQ(json_write(r, out), 0);
	fclose(out);
	CHECK(size > 2 && !strcmp(text + size - 2, "}\n"));
	free(text);
	json_decref(r);
}

/* Writes `s` both ways; what the stream holds, to be freed. */
static char *written(const struct summary *s)
{
	char *whole = NULL, *streamed = NULL;
	size_t whole_size = 0, streamed_size = 0;
	FILE *a = open_memstream(&whole, &whole_size),
	     *b = open_memstream(&streamed, &streamed_size);
	json_t *r = report_json(s);

	CHECK(a && b && r);
	CHECK_EQ(json_write(r, a), 0);
	CHECK_EQ(report_json_write(s, b), 0);
	fclose(a);
	fclose(b);
	CHECK_STR(streamed, whole);
	free(whole);
	json_decref(r);
	return streamed;
}

TEST(a_stream_is_the_same_report_byte_for_byte)
{
	struct summary s = sample_summary(), empty = { 0 };
	json_t *parsed;
	char *text;

	s.truth = json_pack("{s:[{s:i},{}],s:{},s:[]}", "units", "n", 1, "none", "no");
	strcpy(s.tasks[0].comm, "a\nb\"c\\");
	text = written(&s);
	parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	CHECK(parsed);
	CHECK_EQ(json_array_size(section(parsed, "tasks")), 2);
	CHECK_EQ(json_array_size(section(parsed, "cpus")), 2);
	json_decref(parsed);
	free(text);
	summary_free(&s);
	free(written(&empty));
}

TEST(a_full_disk_is_an_error)
{
	FILE *full = fopen("/dev/full", "w");
	json_t *json = json_pack("{s:i}", "a", 1);
	struct summary s = { 0 };

	CHECK_OR_RETURN(full && json);
	CHECK_EQ(json_write(json, full), -1);
	CHECK_EQ(report_json_write(&s, full), -1);
	fclose(full);
	json_decref(json);
}

int main(void)
{
	RUN(all_keys_of_the_contract_are_there_in_order);
	RUN(numbers_keep_their_value_and_type);
	RUN(what_only_the_traces_end_tells_is_null_without_it);
	RUN(hostile_text_is_cleaned_wherever_it_stands);
	RUN(an_empty_summary_makes_a_report);
	RUN(a_stream_is_the_same_report_byte_for_byte);
	RUN(a_full_disk_is_an_error);
	return check_done("report_json");
}
