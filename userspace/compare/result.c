/* SPDX-License-Identifier: MIT */
#include "result.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/failure.h"

#define RESULT_BYTES_MAX (256u << 20)

struct source {
	int fd;
	size_t bytes;
	int error;
};

/* For json_load_callback(): a limit holds for pipes too, whose size nobody knows before. */
static size_t read_some(void *buffer, size_t size, void *data)
{
	struct source *source = data;
	ssize_t got;

	do
		got = read(source->fd, buffer, size);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		source->error = errno;
	else if (source->bytes + (size_t)got > RESULT_BYTES_MAX)
		source->error = EFBIG;
	if (source->error)
		return (size_t)-1;
	source->bytes += (size_t)got;
	return (size_t)got;
}

/* Opens `path`, or report.json in it where it is a folder. */
static int open_result(const char *path)
{
	char inside[PATH_MAX];
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) || !S_ISDIR(st.st_mode))
		return fd;
	close(fd);
	if ((size_t)snprintf(inside, sizeof(inside), "%s/report.json", path) >= sizeof(inside)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(inside, O_RDONLY | O_CLOEXEC);
}

static json_t *load(const char *path)
{
	struct source source = { .fd = open_result(path) };
	json_error_t error;
	json_t *json;

	if (source.fd < 0) {
		fail(EXIT_FAILED, "give a JSON report, or a results folder with a report.json",
		     "%s: %s", path, strerror(errno));
		return NULL;
	}
	json = json_load_callback(read_some, &source, JSON_REJECT_DUPLICATES, &error);
	close(source.fd);
	if (!json)
		fail(EXIT_FAILED, "make one with: schedlab report --format json TRACE",
		     "%s is no JSON report: %s", path,
		     source.error ? strerror(source.error) : error.text);
	return json;
}

static int refuse(const char *path, const char *experiment, const char *variant, const char *why)
{
	return fail(EXIT_FAILED, "make the report again from its trace: schedlab report",
		    "%s%s%s%s%s: %s", path, experiment ? ": " : "", experiment ? experiment : "",
		    variant ? " " : "", variant ? variant : "", why);
}

static struct result_entry *new_entry(struct result *r)
{
	struct result_entry *grown = realloc(r->entries, (r->count + 1) * sizeof(*grown));

	if (!grown)
		return NULL;
	r->entries = grown;
	return &grown[r->count++];
}

static int by_wall(const void *a, const void *b)
{
	const struct result_entry *x = a, *y = b;

	return (x->wall_s > y->wall_s) - (x->wall_s < y->wall_s);
}

/* A repeat's own report, wherever it holds it; NULL for a warm-up, which does not count. */
static const json_t *repeat_report(const json_t *repeat)
{
	const json_t *report = json_object_get(repeat, "report");

	if (json_is_true(json_object_get(repeat, "warmup")))
		return NULL;
	return report ? report : repeat;
}

/* The variant's repeats come down to that of median wall, the lower of two. */
static int read_repeats(struct result *r, const json_t *variant, struct result_entry *out,
			char why[RESULT_WHY])
{
	const json_t *list = json_object_get(variant, "repeats");
	size_t size = json_array_size(list), count = 0;
	struct result_entry *all = calloc(size + 1, sizeof(*all));
	int status = 0;

	if (!all) {
		snprintf(why, RESULT_WHY, "out of memory");
		return -1;
	}
	if (!size)
		status = result_entry_fill(&all[count++], json_object_get(variant, "report"),
					   variant, r->json, why);
	for (size_t i = 0; i < size && !status; i++) {
		const json_t *report = repeat_report(json_array_get(list, i));

		if (report)
			status = result_entry_fill(&all[count++], report, variant, r->json, why);
	}
	if (!status && !count) {
		snprintf(why, RESULT_WHY, "has no repeat but a warm-up");
		status = -1;
	}
	if (!status) {
		qsort(all, count, sizeof(*all), by_wall);
		*out = all[(count - 1) / 2];
		out->repeats = count;
	}
	free(all);
	return status;
}

static int read_variant(struct result *r, const char *experiment, const json_t *variant)
{
	const char *name = json_string_value(json_object_get(variant, "name"));
	struct result_entry *e;
	char why[RESULT_WHY];

	/* One that this machine could not run has nothing to compare. */
	if (!json_object_get(variant, "report") &&
	    !json_array_size(json_object_get(variant, "repeats")))
		return 0;
	e = new_entry(r);
	if (!e)
		return fail_memory();
	if (!experiment || !name)
		return refuse(r->path, experiment, name, "an experiment or a variant has no name");
	if (read_repeats(r, variant, e, why))
		return refuse(r->path, experiment, name, why);
	e->experiment = experiment;
	e->variant = name;
	return 0;
}

static int read_lab(struct result *r)
{
	const json_t *experiments = json_object_get(r->json, "experiments"), *experiment, *variant;
	size_t i, k;

	json_array_foreach(experiments, i, experiment) {
		const char *name = json_string_value(json_object_get(experiment, "name"));

		json_array_foreach(json_object_get(experiment, "variants"), k, variant)
			if (read_variant(r, name, variant))
				return EXIT_FAILED;
	}
	return r->count ? 0 : refuse(r->path, NULL, NULL, "it holds no experiment's variant");
}

int result_read(const char *path, struct result *out)
{
	const char *schema;
	char why[RESULT_WHY];
	struct result_entry *e;

	*out = (struct result){ .path = path, .json = load(path) };
	if (!out->json)
		return EXIT_FAILED;
	schema = json_string_value(json_object_get(out->json, "schema"));
	if (schema && !strcmp(schema, "schedlab.lab/1"))
		return read_lab(out);
	if (!schema || strcmp(schema, "schedlab.report/1"))
		return fail(EXIT_FAILED,
			    "this schedlab compares schedlab.report/1 and schedlab.lab/1",
			    "%s: its schema is %s%.60s", path, schema ? "" : "not named",
			    schema ? schema : "");
	e = new_entry(out);
	if (!e)
		return fail_memory();
	return result_entry_fill(e, out->json, NULL, NULL, why) ? refuse(path, NULL, NULL, why) : 0;
}

void result_free(struct result *r)
{
	free(r->entries);
	json_decref(r->json);
	*r = (struct result){ 0 };
}
