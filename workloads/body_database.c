/* SPDX-License-Identifier: MIT */
/*
 * database: queries and commits to SQLite, on a real file.
 *
 * Provokes: a library that knows of no runtime and blocks in the kernel: a commit returns once the
 * disk says so (write-ahead log, synchronous=FULL), milliseconds in which its task can do nothing.
 * Beside that, computing: a query that finds its pages in memory never waits.
 *
 * A fair stand-in for programs that keep their data in a local file, phones' and browsers' among
 * them, and for any client library without an asynchronous form.
 *
 * Expect: commits follow each other, whatever carries the units: SQLite has one writer at a time.
 * Queries run side by side in threads and processes. Coroutines hand each call to a small pool of
 * threads, as run_in_executor does; with pool=no the call stalls their carrier, and all of them
 * with it.
 *
 * Writers take turns by a lock of the runtime's, not by SQLite's busy handler: that sleeps for up
 * to 100 ms between tries and knows no turns, so a trace would show timers where it is a lock.
 */
#include <inttypes.h>
#include <stdio.h>
#include <sys/vfs.h>
#include "check_units.h"
#include "complain.h"
#include "database.h"
#include "hash.h"
#include "scratch_folder.h"
#include "workload.h"

enum { READS, WRITES, POOL };

/* Lies in memory that all units share. */
struct shared {
	struct scratch_folder folder;
	char path[sizeof(((struct scratch_folder *)0)->path) + 16];
	int64_t filesystem; /* as statfs names it */
	struct unit_mutex writing;
	_Atomic uint64_t commits, commits_ns;
};

static int complain_of_database(const struct database *database)
{
	return complain("is the disk full? TMPDIR names a folder on another", "the database: %s",
			database->error);
}

static int prepare(struct workload *workload)
{
	struct shared *shared = workload_share(sizeof(*shared));
	struct database database;
	struct statfs filesystem;
	int status;

	workload->body_memory = shared;
	if (!shared)
		return -1;
	if (!workload->parameters[READS] && !workload->parameters[WRITES])
		return complain("schedlab list shows what they mean",
				"reads=0 and writes=0 leave nothing to do");
	if (scratch_make(workload, &shared->folder))
		return -1;
	if (!statfs(shared->folder.path, &filesystem))
		shared->filesystem = filesystem.f_type;
	snprintf(shared->path, sizeof(shared->path), "%s/database", shared->folder.path);
	workload->units[0].runtime->mutex_init(&shared->writing);
	status = database_create(shared->path, &database);
	if (status)
		complain_of_database(&database);
	/* SQLite's connections must not be carried across a fork: each unit opens its own. */
	database_close(&database);
	return status;
}

/* One call of the library, made here or by a thread of the pool. */
struct call {
	int (*make)(struct call *call);
	int status;
	struct unit *unit;
	struct shared *shared;
	struct database database;
	uint64_t round, number, hash;
};

static int open_it(struct call *call)
{
	return database_open(call->shared->path, &call->database);
}

static int read_round(struct call *call)
{
	const struct workload *workload = call->unit->workload;
	uint64_t count = workload->parameters[READS];
	uint64_t seed = (call->unit->index * workload->work + call->round) * count;

	return database_read(&call->database, seed, count, &call->hash);
}

static int commit_one(struct call *call)
{
	uint64_t start_ns = reading_now_ns();
	int status = database_commit(&call->database, call->unit->index, call->number);

	call->shared->commits_ns += reading_now_ns() - start_ns;
	call->shared->commits++;
	return status;
}

static int close_it(struct call *call)
{
	database_close(&call->database);
	return 0;
}

static void make(void *argument)
{
	struct call *call = argument;

	call->status = call->make(call);
}

static void make_call(struct call *call, int (*which)(struct call *call))
{
	struct unit *unit = call->unit;

	call->make = which;
	if (unit->workload->parameters[POOL])
		unit->runtime->call_blocking(unit, make, call);
	else
		make(call);
	if (call->status)
		unit_fail(unit, "the database: %s", call->database.error);
}

static void run(struct unit *unit)
{
	const struct workload *workload = unit->workload;
	struct shared *shared = workload->body_memory;
	struct call call = { .unit = unit, .shared = shared, .hash = HASH_START };

	make_call(&call, open_it);
	for (call.round = 0; call.round < workload->work; call.round++) {
		if (workload->parameters[READS])
			make_call(&call, read_round);
		for (uint64_t i = 0; i < workload->parameters[WRITES]; i++, call.number++) {
			unit->runtime->lock(unit, &shared->writing);
			make_call(&call, commit_one);
			unit->runtime->unlock(unit, &shared->writing);
		}
		unit->truth.iterations++;
	}
	make_call(&call, close_it);
	unit->truth.checksum = call.hash;
}

static void add_result(const struct workload *workload, json_t *result)
{
	const struct shared *shared = workload->body_memory;
	uint64_t checksum = 0;

	for (unsigned i = 0; i < workload->units_count; i++)
		checksum ^= workload->units[i].truth.checksum;
	json_object_set_new(
		result, "reads",
		json_integer(workload->parameters[READS] * workload->work * workload->units_count));
	json_object_set_new(result, "commits", json_integer(shared->commits));
	json_object_set_new(result, "commit_mean_s",
			    shared->commits ? json_real(1e-9 * shared->commits_ns / shared->commits)
					    : json_null());
	result_checksum(result, checksum);
	json_object_set_new(result, "file", json_string(shared->path));
	json_object_set_new(result, "filesystem", json_sprintf("%#" PRIx64, shared->filesystem));
}

static int check(const struct workload *workload, json_t *result)
{
	const struct shared *shared = workload->body_memory;
	struct database database;
	int status = database_open(shared->path, &database);

	if (!status)
		status = database_verify(&database, workload->units_count,
					 workload->work * workload->parameters[WRITES]);
	if (status)
		complain_of_database(&database);
	else
		add_result(workload, result);
	database_close(&database);
	return status;
}

static void finish(struct workload *workload)
{
	struct shared *shared = workload->body_memory;

	if (shared)
		scratch_remove(&shared->folder);
}

static const char *const no_or_yes[] = { "no", "yes", NULL };

static const struct parameter parameters[] = {
	[READS] = { .name = "reads",
		    .why = "queries a round, in one transaction",
		    .value_default = 100,
		    .min = 0,
		    .max = 1000000 },
	[WRITES] = { .name = "writes",
		     .why = "commits a round",
		     .value_default = 1,
		     .min = 0,
		     .max = 1000 },
	[POOL] = { .name = "pool",
		   .why = "whether coroutines hand the calls to a small pool of threads",
		   .value_default = 1,
		   .values = no_or_yes },
	{ 0 },
};

const struct body body_database = {
	.name = "database",
	.why = "SQLite on a real file: queries that compute, commits that wait for the disk",
	.kind = "I/O, real",
	.version = 1,
	.work_unit = "rounds",
	.work_default = 5,
	.work_max = 1000000,
	.units_default = 8,
	.units_multiple = 1,
	.parameters = parameters,
	.calls_block = true,
	.prepare = prepare,
	.run = run,
	.check = check,
	.finish = finish,
};
