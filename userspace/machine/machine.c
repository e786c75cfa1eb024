/* SPDX-License-Identifier: MIT */
#include "machine.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <unistd.h>
#include "common/first_line.h"
#include "common/hash_text.h"
#include "common/json_build.h"
#include "machine_parts.h"

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_text(text, strlen(text)) : json_null();
}

static json_t *memory_bytes(void)
{
	struct sysinfo info;

	if (sysinfo(&info) < 0)
		return json_null();
	return json_count((uint64_t)info.totalram * info.mem_unit);
}

static json_t *hostname(void)
{
	char name[256];

	if (gethostname(name, sizeof(name)) < 0)
		return json_null();
	name[sizeof(name) - 1] = '\0';
	return text_or_null(name);
}

static int add_topology(json_t *m)
{
	struct machine_topology t;
	int errors = 0;

	if (machine_topology(&t) < 0)
		return -1;
	errors += json_object_set_new(m, "cpu_model", text_or_null(t.cpu_model));
	errors += json_object_set_new(m, "cpus_online", json_int_or_null(t.online));
	errors += json_object_set_new(m, "cpus_allowed", json_int_or_null(t.allowed));
	errors += json_object_set_new(m, "cores", json_int_or_null(t.cores));
	errors += json_object_set_new(m, "threads_per_core", json_int_or_null(t.threads_per_core));
	errors += json_object_set_new(m, "llcs", json_int_or_null(t.llcs));
	errors += json_object_set_new(m, "numa_nodes", json_int_or_null(t.numa_nodes));
	errors += json_object_set_new(m, "sockets", json_int_or_null(t.sockets ? t.sockets : -1));
	errors += json_object_set_new(m, "memory_bytes", memory_bytes());
	errors += json_object_set_new(m, "cpus", t.cpus);
	errors += json_object_set_new(m, "cpus_offline", t.cpus_offline);
	return errors;
}

static int add_kernel(json_t *m)
{
	char text[512];
	struct utsname uts;
	int sched_ext = machine_sched_ext(), errors = 0;

	errors += json_object_set_new(m, "kernel",
				      uname(&uts) < 0 ? json_null() : text_or_null(uts.release));
	errors += json_object_set_new(m, "preempt",
				      text_or_null(machine_preempt(text, sizeof(text))));
	errors += json_object_set_new(m, "hz", json_int_or_null(machine_hz()));
	errors += json_object_set_new(m, "virt", text_or_null(machine_virt(text, sizeof(text))));
	errors += json_object_set_new(m, "governor",
				      text_or_null(machine_governor(text, sizeof(text))));
	errors += json_object_set_new(
		m, "clocksource",
		text_or_null(first_line(
			text, sizeof(text),
			"/sys/devices/system/clocksource/clocksource0/current_clocksource")));
	errors += json_object_set_new(m, "mitigations",
				      text_or_null(machine_mitigations(text, sizeof(text))));
	errors += json_object_set_new(m, "cpu_max", json_number_or_null(machine_cpu_max()));
	errors += json_object_set_new(m, "sched_ext",
				      sched_ext < 0 ? json_null() : json_boolean(sched_ext));
	return errors;
}

/*
 * What changes how a program runs. Not among it: the hostname, and the last GiB of memory, of which
 * each boot's kernel keeps a little more or less for itself.
 */
static json_t *fingerprint(const json_t *m)
{
	json_t *rows = json_deep_copy(m), *result;
	json_int_t gib = json_integer_value(json_object_get(m, "memory_bytes")) >> 30;
	char *text, hex[17];

	if (!rows)
		return NULL;
	json_object_del(rows, "hostname");
	if (json_object_set_new(rows, "memory_bytes", json_integer(gib)) < 0) {
		json_decref(rows);
		return NULL;
	}
	text = json_dumps(rows, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(rows);
	if (!text)
		return NULL;
	snprintf(hex, sizeof(hex), "%016" PRIx64, hash_text(HASH_START, text, strlen(text)));
	free(text);
	result = json_string(hex);
	return result;
}

json_t *machine_describe(bool anonymous)
{
	json_t *m = json_object(), *print;
	int errors = 0;

	if (!m)
		return NULL;
	errors += json_object_set_new(m, "hostname", anonymous ? json_null() : hostname());
	errors += add_topology(m);
	errors += add_kernel(m);
	print = fingerprint(m);
	errors += json_object_set_new(m, "fingerprint", print);
	return json_built(m, errors);
}
