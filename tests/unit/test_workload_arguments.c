/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <unistd.h>
#include "../../workloads/arguments.h"
#include "check.h"

static struct settings settings;

/* Words on stderr are the bats tests' part; here only what was understood counts. */
static int parse(const char *line)
{
	char copy[256], *argv[32] = { "schedlab-workload" }, *save = NULL;
	struct arguments arguments;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	free((void *)settings.workload.nice);
	settings.workload.nice = NULL;
	if (arguments_parse(argc, argv, &arguments))
		return -1;
	return arguments_settle(&arguments, &settings);
}

TEST(what_is_not_given_has_a_default)
{
	CHECK_EQ(parse("spin"), 0);
	CHECK_STR(settings.workload.body->name, "spin");
	CHECK_STR(settings.workload.model->name, "threads");
	CHECK_EQ(settings.workload.units_count, 2);
	CHECK_EQ(settings.workload.work, settings.workload.body->work_default);
	CHECK_EQ(settings.truth_fd, -1);
	CHECK(!settings.has_cpus);
	CHECK_EQ(parse("pingpong"), 0);
	CHECK_EQ(settings.workload.work, 10007);
}

TEST(what_is_given_is_taken)
{
	CHECK_EQ(parse("sleep --as coroutines -n 100000 --set ms=7 --set times=3 --cpus 0-1"), 0);
	CHECK_EQ(settings.workload.units_count, 100000);
	CHECK_EQ(settings.workload.work, 3);
	CHECK_EQ(settings.workload.parameters[0], 7);
	CHECK_EQ(settings.workload.parameters[1], 3);
	CHECK(strict_cpus_has(&settings.cpus, 1));
	CHECK_EQ(parse("spin -n 3 --nice 0,0,10 --work 9 --truth-fd 2"), 0);
	CHECK_EQ(settings.workload.nice_count, 3);
	CHECK_EQ(settings.workload.nice[2], 10);
	CHECK_EQ(settings.workload.work, 9);
	CHECK_EQ(settings.truth_fd, 2);
}

TEST(work_and_its_other_name_are_one)
{
	CHECK_EQ(parse("sleep --work 4"), 0);
	CHECK_EQ(settings.workload.parameters[1], 4);
	CHECK_EQ(parse("sleep --work 4 --set times=4"), 0);
	CHECK_EQ(parse("sleep --work 4 --set times=5"), -1);
}

TEST(each_model_has_its_own_range_of_units)
{
	CHECK_EQ(parse("spin --as threads -n 10000"), 0);
	CHECK_EQ(parse("spin --as threads -n 10001"), -1);
	CHECK_EQ(parse("spin --as processes -n 10001"), -1);
	CHECK_EQ(parse("spin --as coroutines -n 100000"), 0);
	CHECK_EQ(parse("spin --as coroutines -n 100001"), -1);
	CHECK_EQ(parse("spin -n 0"), -1);
	CHECK_EQ(parse("pingpong -n 3"), -1);
	CHECK_EQ(parse("pingpong -n 4"), 0);
}

TEST(units_of_a_tree_are_counted_by_carrier)
{
	CHECK_EQ(parse("spin --as coroutines --threads 3 -n 8"), 0);
	CHECK_EQ(settings.workload.units_count, 8);
	CHECK_EQ(settings.workload.threads, 3);
	CHECK_EQ(settings.workload.processes, 0);
	CHECK_EQ(parse("spin --as coroutines --processes 2 --threads 3 -n 8"), 0);
	CHECK_EQ(settings.workload.units_count, 48);
	CHECK_EQ(settings.workload.processes, 2);
	CHECK_EQ(parse("pingpong --as coroutines --processes 2 --threads 2 -n 1"), 0);
	CHECK_EQ(parse("pingpong --as coroutines --processes 2 --threads 1 -n 1"), -1);
}

TEST(what_makes_no_sense_is_refused)
{
	static const char *const bad[] = {
		"",
		"spin spin",
		"spin --work 0",
		"spin -n 2 -n 3",
		"spin --as fibers",
		"nothing",
		"spin --bogus",
		"spin --as",
		"spin --set ms=1",
		"sleep --set ms",
		"sleep --set ms=1 --set ms=2",
		"sleep --set m=1",
		"sleep --set ms=60001",
		"pingpong --set medium=pip",
		"pingpong --set medium=",
		"spin --as serial --nice 1",
		"spin --nice 0,0,0",
		"spin --as coroutines --threads 0",
		"spin --threads 1",
		"spin --as processes --processes 2",
		"spin --as coroutines --processes 1001",
		"spin --as coroutines --processes 100 --threads 10 -n 101",
		"spin --truth-fd 1000000",
		"spin --cpus x",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_EQ(parse(bad[i]), -1);
}

TEST(every_body_of_the_catalogue_says_what_it_is)
{
	json_t *bodies = catalogue_json(), *body;
	size_t index, count = 0;

	while (catalogue_bodies[count])
		count++;
	CHECK_EQ(json_array_size(bodies), count);
	json_array_foreach(bodies, index, body) {
		CHECK(json_string_length(json_object_get(body, "why")) > 10);
		CHECK(json_integer_value(json_object_get(body, "work_default")) > 0);
		CHECK(json_array_size(json_object_get(body, "models")) >= 1);
		CHECK(json_is_array(json_object_get(body, "parameters")));
	}
	json_decref(bodies);
}

int main(void)
{
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	RUN(what_is_not_given_has_a_default);
	RUN(what_is_given_is_taken);
	RUN(work_and_its_other_name_are_one);
	RUN(each_model_has_its_own_range_of_units);
	RUN(units_of_a_tree_are_counted_by_carrier);
	RUN(what_makes_no_sense_is_refused);
	RUN(every_body_of_the_catalogue_says_what_it_is);
	free((void *)settings.workload.nice);
	return check_done("workload_arguments");
}
