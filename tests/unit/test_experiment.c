/* SPDX-License-Identifier: MIT */
#include "check.h"
#include <stdlib.h>
#include <unistd.h>
#include "common/paths.h"
#include "lab/experiment.h"
#include "lab/expression.h"
#include "lab/variant.h"

static char error[EXPERIMENT_ERROR];

/* A small sound experiment, which each hostile one changes in one key. */
static const char sound[] =
	"{'schema': 'schedlab.experiment/1', 'name': 'small', 'claim': 'c', 'question': 'q',"
	" 'requires': 'n >= 1',"
	" 'variants': [{'name': 'a', 'workload': 'spin', 'units': '2 * n', 'cpus': 1},"
	"              {'name': 'b', 'command': ['true', 'x'], 'cpus': 'n', 'repeats': 3}],"
	" 'columns': [{'label': 'tlp', 'value': 'program.tlp', 'digits': 2}],"
	" 'decides': {'label': 'l', 'value': 'a.program.tlp'},"
	" 'provided': ['b.program.wall_s > 0'], 'rule': ['a.program.tlp > 1', 'n > 0'],"
	" 'verdict': 'supported', 'why': 'It was {a.program.tlp:2}.', 'next': 'x',"
	" 'control': {'says': 's', 'requires': 'n > 1', 'variants': {'a': {'units': 1}}}}";

static json_t *parse(const char *text)
{
	char *quoted = strdup(text);
	json_error_t where;
	json_t *json;

	for (char *c = quoted; *c; c++)
		if (*c == '\'')
			*c = '"';
	json = json_loads(quoted, JSON_DECODE_ANY, &where);
	free(quoted);
	CHECK(json);
	return json;
}

/* What is said of the sound experiment with `key` set to `value`; NULL takes it away. */
static const char *with(const char *key, const char *value)
{
	json_t *json = parse(sound);
	int status;

	if (value)
		json_object_set_new(json, key, parse(value));
	else
		json_object_del(json, key);
	status = experiment_check(json, "small", error);
	json_decref(json);
	return status ? error : "sound";
}

TEST(a_sound_experiment_is_sound)
{
	CHECK_STR(with("order", "3"), "sound");
	CHECK_STR(with("columns", NULL), "sound");
	CHECK_STR(with("provided", NULL), "sound");
	CHECK_STR(with("requires", NULL), "sound");
	CHECK_STR(with("control", NULL), "sound");
}

TEST(keys_are_known_and_none_is_missing)
{
	CHECK_STR(with("rulez", "1"), "rulez: no such key here");
	CHECK_STR(with("claim", NULL), "the key 'claim' is missing");
	CHECK_STR(with("variants", NULL), "the key 'variants' is missing");
	CHECK_STR(with("decides", NULL), "the key 'decides' is missing");
	CHECK_STR(with("schema", "'schedlab.report/1'"),
		  "schema: 'schedlab.experiment/1' expected");
	CHECK_STR(with("verdict", "'inconclusive'"), "verdict: 'supported' or 'refuted' expected");
	CHECK_STR(with("order", "0"), "order: a whole number from 1 to 100 expected");
	CHECK_STR(with("order", "1.5"), "order: a whole number from 1 to 100 expected");
}

TEST(names_are_safe)
{
	CHECK_STR(with("name", "'other'"), "name: the file must be called NAME.json");
	CHECK(strstr(with("name", "'../../etc'"), "lower-case letters, digits and '-' expected"));
	CHECK(strstr(with("name", "''"), "lower-case letters"));
	CHECK(strstr(with("name", "7"), "lower-case letters"));
	CHECK(strstr(with("variants", "[{'name': '../x', 'workload': 'spin'}]"),
		     "variants[0].name: letters, digits and '_' expected"));
	CHECK(strstr(with("variants", "[{'name': '7', 'workload': 'spin'}]"), "variants[0].name"));
	CHECK_STR(with("variants",
		       "[{'name': 'a', 'workload': 'spin'},"
		       " {'name': 'b', 'command': ['x']}, {'name': 'a', 'workload': 'x'}]"),
		  "variants[2]: the name 'a' is taken");
	CHECK_STR(with("variants",
		       "[{'name': 'n', 'workload': 'spin'},"
		       " {'name': 'a', 'workload': 'x'}, {'name': 'b', 'workload': 'x'}]"),
		  "variants[0]: the name 'n' is taken");
	CHECK(strstr(with("variants", "[{'name': 'a', 'workload': '--help'},"
				      " {'name': 'b', 'workload': 'x'}]"),
		     "variants[0].workload: lower-case letters"));
}

TEST(texts_are_printable_and_bounded)
{
	char long_text[1200] = "'";

	CHECK_STR(with("claim", "'a\\u001b[31mred'"), "claim: holds a control character");
	CHECK_STR(with("next", "'a\\u0007'"), "next: holds a control character");
	CHECK_STR(with("claim", "''"), "claim: a text expected");
	CHECK_STR(with("claim", "['c']"), "claim: a text expected");
	memset(long_text + 1, 'x', 1001);
	strcpy(long_text + 1002, "'");
	CHECK_STR(with("claim", long_text), "claim: longer than 1000 bytes");
}

TEST(every_expression_is_read_before_anything_runs)
{
	CHECK_STR(with("rule", "['a.program.tlp >']"), "rule[0]: a value expected at the end");
	CHECK_STR(with("rule", "['n > 0', 'c.program.tlp > 1']"),
		  "rule[1]: nothing here has this name at 'c.program.tlp > 1'");
	CHECK_STR(with("rule", "'n > 0'"), "rule: a list of 1 to 64 texts expected");
	CHECK_STR(with("rule", "[]"), "rule: a list of 1 to 64 texts expected");
	CHECK_STR(with("provided", "[3]"), "provided[0]: a text expected");
	CHECK_STR(with("requires", "'a.program.tlp > 1'"),
		  "requires: nothing here has this name at 'a.program.tlp > 1'");
	CHECK_STR(with("why", "'It was {a.program.tlp'"), "why: a '{' is not closed");
	CHECK_STR(with("why", "'It was {x}'"), "why: nothing here has this name at 'x'");
	CHECK_STR(with("decides", "{'label': 'l', 'value': 'z'}"),
		  "decides.value: nothing here has this name at 'z'");
	CHECK_STR(with("decides", "{'label': 'l', 'value': 'n', 'digits': 10}"),
		  "decides.digits: a whole number from 0 to 9 expected");
	CHECK_STR(with("columns", "[{'label': 'l', 'value': 'a.program.tlp'}]"),
		  "columns[0].value: nothing here has this name at 'a.program.tlp'");
	CHECK_STR(with("columns", "[3]"), "columns[0]: an object expected");
	CHECK_STR(with("columns", "{}"), "columns: a list of 1 to 64 objects expected");
}

static const char *with_variant(const char *variant)
{
	char text[600];

	snprintf(text, sizeof(text), "[{'name': 'b', 'workload': 'spin'}, %s]", variant);
	return with("variants", text);
}

TEST(variants_say_what_runs_and_no_more)
{
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'spin', 'as': 'serial', 'work': 1,"
			       " 'set': {'ms': 3, 'medium': 'pipe'}, 'nice': '0,10'}"),
		  "sound");
	CHECK_STR(with_variant("{'name': 'a'}"),
		  "variants[1]: either 'workload' or 'command' is needed");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'command': ['y']}"),
		  "variants[1]: either 'workload' or 'command' is needed");
	CHECK_STR(with_variant("{'name': 'a', 'command': ['y'], 'units': 2}"),
		  "variants[1]: 'units' is for a workload, not for a command");
	CHECK_STR(with_variant("{'name': 'a', 'command': []}"),
		  "variants[1].command: a list of 1 to 64 texts expected");
	CHECK_STR(with_variant("{'name': 'a', 'command': ['y', 3]}"),
		  "variants[1].command[1]: a text expected");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'as': 'fibers'}"),
		  "variants[1].as: 'serial' or 'processes' or 'threads' or 'coroutines' expected");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'units': -1}"),
		  "variants[1].units: a whole number from 1 to 1000000000000 expected");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'units': 'b.run.units'}"),
		  "variants[1].units: nothing here has this name at 'b.run.units'");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'set': {'k=v': 1}}"),
		  "variants[1].set.k=v: this is no parameter's name");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'set': {'k': true}}"),
		  "variants[1].set.k: a text expected");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'user': 'root'}"),
		  "variants[1].user: no such key here");
	CHECK_STR(with_variant("{'name': 'a', 'workload': 'x', 'repeats': 101}"),
		  "variants[1].repeats: a whole number from 1 to 100 expected");
	CHECK_STR(with_variant("7"), "variants[1]: an object expected");
}

TEST(a_control_changes_variants_that_are_there)
{
	CHECK_STR(with("control", "{'says': 's', 'variants': {'z': {'units': 1}}}"),
		  "control: there is no variant 'z'");
	CHECK_STR(with("control", "{'says': 's', 'variants': {'a': {'name': 'q'}}}"),
		  "control: 'a' must be an object without a name");
	CHECK_STR(with("control", "{'says': 's', 'variants': {'a': 3}}"),
		  "control: 'a' must be an object without a name");
	CHECK_STR(with("control", "{'says': 's', 'variants': {'a': {'as': 'x'}}}"),
		  "control.variants[0].as: 'serial' or 'processes' or 'threads' or 'coroutines' "
		  "expected");
	CHECK_STR(with("control", "{'variants': {'a': {'units': 1}}}"),
		  "control: the key 'says' is missing");
	CHECK_STR(with("control", "{'says': 's', 'requires': 'm', 'variants': {}}"),
		  "control.requires: nothing here has this name at 'm'");
	CHECK_STR(with("control", "[]"), "control: an object expected");
}

TEST(what_is_no_object_is_refused)
{
	json_t *list = json_array();

	CHECK_EQ(experiment_check(list, "small", error), -1);
	CHECK_STR(error, "an object expected");
	json_decref(list);
}

TEST(files_are_read_carefully)
{
	char folder[] = "/tmp/test_experiment.XXXXXX", path[100];
	FILE *file;

	CHECK_OR_RETURN(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/bad.json", folder);
	file = fopen(path, "w");
	fputs("{\"name\": \"bad\", \"name\": \"bad\"}", file);
	fclose(file);
	CHECK(!experiment_load(folder, "bad"));
	CHECK(!experiment_load(folder, "nosuch"));
	CHECK(truncate(path, 2 << 20) == 0);
	CHECK(!experiment_load(folder, "bad"));
	unlink(path);
	rmdir(folder);
}

TEST(a_command_finds_what_lies_beside_its_experiment)
{
	char folder[] = "/tmp/test_experiment.XXXXXX", path[100], beside[100];
	json_t *json = parse(sound), *loaded, *command;

	CHECK_OR_RETURN(mkdtemp(folder));
	json_object_set_new(json, "variants",
			    parse("[{'name': 'a', 'workload': 'spin'}, {'name': 'b',"
				  "  'command': ['{here}/c', 'd{here}/', '{here}']}]"));
	json_object_set_new(
		json, "control",
		parse("{'says': 's', 'variants': {'b': {'command': ['{here}/../e']}}}"));
	snprintf(path, sizeof(path), "%s/small.json", folder);
	CHECK_EQ(json_dump_file(json, path, 0), 0);
	loaded = experiment_load(folder, "small");
	CHECK_OR_RETURN(loaded);
	for (int control = 0; control < 2; control++) {
		json_t *variants = experiment_variants(loaded, control);

		command = json_object_get(json_array_get(variants, 1), "command");
		snprintf(beside, sizeof(beside), "%s/%s", folder, control ? "../e" : "c");
		CHECK_STR(json_string_value(json_array_get(command, 0)), beside);
		if (!control) {
			CHECK_STR(json_string_value(json_array_get(command, 1)), "d{here}/");
			CHECK_STR(json_string_value(json_array_get(command, 2)), "{here}");
		}
		json_decref(variants);
	}
	json_decref(loaded);
	json_decref(json);
	unlink(path);
	rmdir(folder);
}

TEST(the_experiments_that_are_promised_are_there)
{
	static char *promised[] = {
		"concurrency", "parallelism", "context-switch",	  "time-slice",
		"sync-async",  "async-io",    "async-cpu",	  "which-model",
		"io-share",    "race",	      "atomic",		  "lock",
		"spin-lock",   "pipeline",    "isolation",	  "hierarchy",
		"placement",   "cost",	      "limit-coroutines", "limit-processes",
		"gil-cpu",     "gil-io"
	};
	const int count = sizeof(promised) / sizeof(promised[0]);
	char folder[PATH_MAX];
	json_t *experiments;

	CHECK_OR_RETURN(paths_experiments(folder, sizeof(folder)) == 0);
	CHECK_OR_RETURN(experiments_load(folder, promised, count, &experiments) == 0);
	CHECK_EQ(json_array_size(experiments), count);
	json_decref(experiments);
}

/* Where nothing is known of the runs no condition of the rule may be decided. */
static void check_rule_asks_the_runs(const json_t *experiment)
{
	json_t *names = json_pack("{s:i}", "n", 2), *item;
	char why[EXPRESSION_WHY];
	size_t i;

	json_array_foreach(json_object_get(experiment, "variants"), i, item)
		json_object_set_new(names, json_string_value(json_object_get(item, "name")),
				    json_null());
	json_array_foreach(json_object_get(experiment, "rule"), i, item) {
		json_t *value = expression_eval(json_string_value(item), names, why);

		if (!CHECK(json_is_null(value)))
			printf("# %s asks for nothing\n", json_string_value(item));
		json_decref(value);
	}
	json_decref(names);
}

TEST(every_bundled_experiment_loads_and_its_variants_can_be_made)
{
	const struct allowed_cpus two = { .count = 2, .cpus = { 0, 3 } };
	json_t *experiments, *experiment, *file;
	char folder[4096];
	size_t i, j;

	CHECK_OR_RETURN(paths_experiments(folder, sizeof(folder)) == 0);
	CHECK_OR_RETURN(experiments_load(folder, NULL, 0, &experiments) == 0);
	json_array_foreach(experiments, i, experiment) {
		CHECK(json_object_get(experiment, "control"));
		check_rule_asks_the_runs(experiment);
		for (int control = 0; control < 2; control++) {
			json_t *files = experiment_variants(experiment, control);

			json_array_foreach(files, j, file) {
				struct variant v;

				CHECK_EQ(variant_make(&v, file, &two, error), 0);
				variant_free(&v);
			}
			json_decref(files);
		}
	}
	json_decref(experiments);
}

TEST(variants_are_computed_for_this_machine)
{
	const struct allowed_cpus two = { .count = 2, .cpus = { 1, 5 } };
	json_t *file = parse("{'name': 'a', 'workload': 'spin', 'units': '2 * n', 'cpus': 'n',"
			     " 'set': {'k': 3, 'm': 'x'}}");
	json_t *same = parse("{'name': 'b', 'workload': 'spin', 'units': 4, 'cpus': 2,"
			     " 'set': {'k': 3, 'm': 'x'}}");
	struct variant a, b;

	CHECK_OR_RETURN(variant_make(&a, file, &two, error) == 0);
	CHECK_EQ(a.options.units, 4);
	CHECK_STR(a.options.cpus, "1,5");
	CHECK(!a.options.model); /* the body's own */
	CHECK_EQ(a.options.set_count, 2);
	CHECK_STR(a.options.sets[0], "k=3");
	CHECK_STR(a.options.sets[1], "m=x");
	CHECK_EQ(a.repeats, 1);
	CHECK_EQ(variant_make(&b, same, &two, error), 0);
	CHECK(variant_same(&a, &b));
	variant_free(&b);
	json_object_set_new(same, "as", json_string("coroutines"));
	CHECK_EQ(variant_make(&b, same, &two, error), 0);
	CHECK_STR(b.options.model, "coroutines");
	CHECK(!variant_same(&a, &b));
	variant_free(&b);
	json_object_del(same, "as");
	json_object_set_new(same, "units", json_string("n + 1"));
	CHECK_EQ(variant_make(&b, same, &two, error), 0);
	CHECK(!variant_same(&a, &b));
	variant_free(&b);
	json_object_set_new(same, "cpus", json_integer(3));
	CHECK_EQ(variant_make(&b, same, &two, error), -1);
	CHECK_STR(error, "b: it needs 3 CPUs, and 2 are allowed here");
	variant_free(&b);
	json_object_set_new(same, "units", json_string("n / 4"));
	CHECK_EQ(variant_make(&b, same, &two, error), -1);
	CHECK_STR(error, "b: units is not a whole number from 1 to 1000000");
	variant_free(&b);
	variant_free(&a);
	json_decref(file);
	json_decref(same);
}

int main(void)
{
	RUN(a_sound_experiment_is_sound);
	RUN(keys_are_known_and_none_is_missing);
	RUN(names_are_safe);
	RUN(texts_are_printable_and_bounded);
	RUN(every_expression_is_read_before_anything_runs);
	RUN(variants_say_what_runs_and_no_more);
	RUN(a_control_changes_variants_that_are_there);
	RUN(what_is_no_object_is_refused);
	RUN(files_are_read_carefully);
	RUN(a_command_finds_what_lies_beside_its_experiment);
	RUN(the_experiments_that_are_promised_are_there);
	RUN(every_bundled_experiment_loads_and_its_variants_can_be_made);
	RUN(variants_are_computed_for_this_machine);
	return check_done("experiment");
}
