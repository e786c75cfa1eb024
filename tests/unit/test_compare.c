/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <stdlib.h>
#include <unistd.h>
#include "common/failure.h"
#include "compare/compare.h"
#include "report/report.h"

/* A plain report of wall, cpu and idle seconds that contradict nothing; run and machine as given.
 */
static json_t *report(double wall_s, double cpu_s, double idle_s)
{
	return json_pack("{s:s, s:{s:s, s:s}, s:{s:s, s:s, s:i, s:i}, s:{s:f, s:f, s:f, s:f}}",
			 "schema", "schedlab.report/1", "machine", "hostname", "lab", "kernel",
			 "6.1", "run", "workload", "spin", "model", "threads", "units", 2, "work",
			 500, "program", "wall_s", wall_s, "cpu_s", cpu_s, "idle_s", idle_s, "tlp",
			 cpu_s / (wall_s - idle_s));
}

/* Reads `json` as a result by way of a file. */
static int read_json(json_t *json, struct result *out)
{
	char path[] = "/tmp/schedlab-test-XXXXXX";
	int fd = mkstemp(path), status;

	*out = (struct result){ 0 };
	if (fd < 0 || json_dumpfd(json, fd, 0))
		return -1;
	close(fd);
	status = result_read(path, out);
	unlink(path);
	out->path = "a result";
	return status;
}

/* Changes SECTION.KEY of a good report and tells whether it is still read. */
static bool reads_with(const char *section, const char *key, json_t *value)
{
	json_t *r = report(2, 3, 0.25), *part = section ? json_object_get(r, section) : r;
	struct result result;
	bool good;

	if (value)
		json_object_set_new(part, key, value);
	else
		json_object_del(part, key);
	good = read_json(r, &result) == 0;
	result_free(&result);
	json_decref(r);
	return good;
}

TEST(what_contradicts_or_is_no_number_is_refused)
{
	CHECK(reads_with("run", "units", json_integer(2)));
	CHECK(!reads_with(NULL, "schema", json_string("schedlab.report/2")));
	CHECK(!reads_with(NULL, "schema", json_integer(1)));
	CHECK(!reads_with(NULL, "schema", NULL));
	CHECK(!reads_with(NULL, "program", json_array()));
	CHECK(!reads_with(NULL, "machine", json_null()));
	CHECK(!reads_with(NULL, "run", NULL));
	CHECK(!reads_with(NULL, "trust", json_string("whole")));
	CHECK(!reads_with("program", "wall_s", json_string("2")));
	CHECK(!reads_with("program", "wall_s", json_real(-2)));
	CHECK(!reads_with("program", "wall_s", json_integer(0)));
	CHECK(!reads_with("program", "wall_s", json_null()));
	CHECK(!reads_with("program", "cpu_s", NULL));
	CHECK(!reads_with("program", "idle_s", json_real(2.5)));
	CHECK(!reads_with("program", "tlp", json_real(1.5)));
	CHECK(reads_with("program", "tlp", json_null()));
	CHECK(reads_with("program", "idle_s", json_null()));
}

TEST(the_product_of_the_split_is_the_ratio)
{
	double worst = 0;

	srandom(11);
	for (int i = 0; i < 10000; i++) {
		struct result_entry e[2];
		struct compare_pair p = { .a = &e[0], .b = &e[1], .same_work = true };
		double product;

		for (int k = 0; k < 2; k++) {
			e[k].wall_s = (double)(random() % 1000000 + 2) / 1e3;
			e[k].idle_s = e[k].wall_s * (double)(random() % 999) / 1e3;
			e[k].cpu_s = (double)(random() % 1000000 + 1) / 1e3;
			e[k].tlp = e[k].cpu_s / (e[k].wall_s - e[k].idle_s);
		}
		compare_split_walls(&p);
		CHECK_OR_RETURN(p.split.known);
		product = p.split.core_speed * p.split.parallelism * p.split.idle;
		worst = fmax(worst, fabs(product / p.ratio - 1));
	}
	CHECK_NEAR(worst, 0, 1e-12);
}

TEST(one_cpu_against_two_blames_parallelism)
{
	json_t *json[] = { report(1, 1.98, 0.01), report(2, 1.98, 0.02) };
	struct result results[2];
	struct comparison c;

	CHECK_OR_RETURN(!read_json(json[0], &results[0]) && !read_json(json[1], &results[1]));
	CHECK_EQ(compare_results(results, 2, &c), 0);
	CHECK_EQ(c.pair_count, 1);
	CHECK_NEAR(c.pairs[0].ratio, 2, 1e-12);
	CHECK_NEAR(c.pairs[0].split.parallelism, 2, 1e-9);
	CHECK_NEAR(c.pairs[0].split.core_speed, 1, 1e-12);
	CHECK_STR(c.pairs[0].sentence,
		  "a result took 2.00 times as long as a result: parallelism explains a factor of "
		  "2.00, "
		  "core speed 1.00, idle time 1.00 (tlp 1.00 against 2.00); one run, no claim.");
	CHECK(!c.not_whole);
	comparison_free(&c);
	for (int i = 0; i < 2; i++) {
		result_free(&results[i]);
		json_decref(json[i]);
	}
}

TEST(without_busy_time_there_is_no_split)
{
	struct result_entry e[2] = { { .wall_s = 1, .cpu_s = 0, .idle_s = 1, .tlp = NAN },
				     { .wall_s = 2, .cpu_s = 1, .idle_s = 1, .tlp = 1 } };
	struct compare_pair p = { .a = &e[0], .b = &e[1], .same_work = true };

	compare_split_walls(&p);
	CHECK(!p.split.known);
	CHECK_NEAR(p.ratio, 2, 0);
	p.a = &e[1];
	p.same_work = false;
	compare_split_walls(&p);
	CHECK(!p.split.known);
}

/* The row that differs between two runs given as JSON text {run, truth}. */
static const char *work_row(const char *first, const char *second)
{
	json_t *a = json_loads(first, 0, NULL), *b = json_loads(second, 0, NULL);
	struct result_entry x = { .run = json_object_get(a, "run"),
				  .truth = json_object_get(a, "truth") };
	struct result_entry y = { .run = json_object_get(b, "run"),
				  .truth = json_object_get(b, "truth") };
	const char *row = compare_work_row(&x, &y);

	json_decref(a);
	json_decref(b);
	return row;
}

TEST(different_work_is_known_by_its_row)
{
	CHECK_STR(work_row("{\"run\": {\"workload\": \"spin\", \"cpus\": \"0\"}}",
			   "{\"run\": {\"workload\": \"spin\", \"cpus\": null}}"),
		  NULL);
	CHECK_STR(work_row("{\"run\": {\"workload\": \"spin\"}}",
			   "{\"run\": {\"workload\": \"sleep\"}}"),
		  "workload");
	CHECK_STR(work_row("{\"run\": {\"workload\": \"spin\", \"work\": 5}}",
			   "{\"run\": {\"workload\": \"spin\", \"work\": null}}"),
		  "work");
	CHECK_STR(work_row("{\"run\": {\"workload\": \"spin\", \"work\": 5}, \"truth\": {\"work\": "
			   "5}}",
			   "{\"run\": {\"workload\": \"spin\"}, \"truth\": {\"work\": 5}}"),
		  NULL);
	CHECK_STR(work_row("{\"run\": {\"workload\": \"spin\", \"set\": [\"a=1\"]}}",
			   "{\"run\": {\"workload\": \"spin\", \"set\": [\"a=2\"]}}"),
		  "set");
	CHECK_STR(work_row("{\"run\": {\"command\": [\"xz\"]}}",
			   "{\"run\": {\"command\": [\"gz\"]}}"),
		  "command");
}

/* Whether a command's runs can't be told apart: an anonymous one of xz, and `other`, as JSON text.
 */
static bool hidden(const char *anonymous_run, const char *other_run, bool other_has_host)
{
	json_t *x = json_loads(anonymous_run, 0, NULL), *y = json_loads(other_run, 0, NULL);
	json_t *nobody = json_pack("{s:n}", "hostname"),
	       *host = json_pack("{s:s}", "hostname", "lab");
	struct result_entry a = { .run = x, .machine = nobody };
	struct result_entry b = { .run = y, .machine = other_has_host ? host : nobody };
	bool same = compare_work_hidden(&a, &b) && compare_work_hidden(&b, &a);

	json_decref(x);
	json_decref(y);
	json_decref(nobody);
	json_decref(host);
	return same;
}

TEST(an_anonymous_command_needs_its_hash)
{
	CHECK(hidden("{\"command\": [\"xz\"]}", "{\"command\": [\"xz\"]}", false));
	CHECK(hidden("{\"command\": [\"xz\"]}", "{\"command\": [\"xz\"]}", true));
	CHECK(hidden("{\"command\": [\"xz\"], \"work_identity\": \"1\"}",
		     "{\"command\": [\"xz\"], \"work_identity\": null}", false));
	CHECK(!hidden("{\"command\": [\"xz\"], \"work_identity\": \"1\"}",
		      "{\"command\": [\"xz\"], \"work_identity\": \"1\"}", false));
	CHECK(!hidden("{\"workload\": \"spin\"}", "{\"workload\": \"spin\"}", false));
}

TEST(the_hash_of_a_command_decides_where_both_have_it)
{
	CHECK_STR(work_row("{\"run\": {\"command\": [\"xz\"], \"work_identity\": \"1\"}}",
			   "{\"run\": {\"command\": [\"xz\"], \"work_identity\": \"2\"}}"),
		  "command");
	CHECK_STR(work_row("{\"run\": {\"command\": [\"xz\"], \"work_identity\": \"1\"}}",
			   "{\"run\": {\"command\": [\"xz\", \"a\"], \"work_identity\": \"1\"}}"),
		  NULL);
	CHECK_STR(work_row("{\"run\": {\"workload\": \"spin\", \"work_identity\": \"1\"}}",
			   "{\"run\": {\"workload\": \"spin\", \"work_identity\": \"2\"}}"),
		  NULL);
}

TEST(anonymous_reports_of_commands_are_refused)
{
	json_t *json[] = { report(1, 1, 0), report(2, 1, 1) };
	struct result results[2];
	struct comparison c;

	for (int i = 0; i < 2; i++) {
		json_object_set_new(json[i], "run", json_pack("{s:[s]}", "command", "xz"));
		json_object_set_new(json[i], "machine", json_pack("{s:n}", "hostname"));
		CHECK(!read_json(json[i], &results[i]));
	}
	CHECK_EQ(compare_results(results, 2, &c), EXIT_FAILED);
	comparison_free(&c);
	for (int i = 0; i < 2; i++)
		json_object_set_new((json_t *)results[i].entries[0].run, "work_identity",
				    json_string("1"));
	CHECK_EQ(compare_results(results, 2, &c), 0);
	CHECK_EQ(c.pair_count, 1);
	comparison_free(&c);
	for (int i = 0; i < 2; i++) {
		result_free(&results[i]);
		json_decref(json[i]);
	}
}

TEST(hostile_text_reaches_no_output)
{
	json_t *json[] = { report(1, 1, 0), report(2, 1, 1) }, *out_json;
	struct result results[2];
	struct comparison c;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	json_object_set_new(json_object_get(json[1], "machine"), "cpu\033",
			    json_string("\033\u202e"));
	CHECK_OR_RETURN(out && !read_json(json[0], &results[0]) &&
			!read_json(json[1], &results[1]));
	results[1].path = "=cmd|\"x\"\033";
	CHECK_EQ(compare_results(results, 2, &c), 0);
	CHECK_EQ(compare_text(&c, out), 0);
	CHECK_EQ(compare_csv(&c, out), 0);
	out_json = compare_json(&c);
	CHECK(out_json && !json_write(out_json, out));
	fclose(out);
	CHECK(text && !strchr(text, '\033') && !strstr(text, "\\u001b") && !strstr(text, "\u202e"));
	CHECK(text && strstr(text, "\"a result\",\"'=cmd|\"\"x\"\"\\x1b\","));
	free(text);
	json_decref(out_json);
	comparison_free(&c);
	for (int i = 0; i < 2; i++) {
		result_free(&results[i]);
		json_decref(json[i]);
	}
}

int main(void)
{
	RUN(what_contradicts_or_is_no_number_is_refused);
	RUN(the_product_of_the_split_is_the_ratio);
	RUN(one_cpu_against_two_blames_parallelism);
	RUN(without_busy_time_there_is_no_split);
	RUN(different_work_is_known_by_its_row);
	RUN(an_anonymous_command_needs_its_hash);
	RUN(the_hash_of_a_command_decides_where_both_have_it);
	RUN(anonymous_reports_of_commands_are_refused);
	RUN(hostile_text_reaches_no_output);
	return check_done("compare");
}
