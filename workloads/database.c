/* SPDX-License-Identifier: MIT */
#include "database.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include "hash.h"

/*
 * Only whoever opens or closes while another does finds the file locked: the units' commits follow
 * each other by a lock of the runtime's.
 */
#define BUSY_TIMEOUT_MS 30000

__attribute__((format(printf, 2, 3))) static int wrong(struct database *database, const char *what,
						       ...)
{
	va_list args;

	va_start(args, what);
	vsnprintf(database->error, sizeof(database->error), what, args);
	va_end(args);
	return -1;
}

static int failed(struct database *database, const char *what)
{
	return wrong(database, "%s: %.150s", what, sqlite3_errmsg(database->handle));
}

static int execute(struct database *database, const char *sql)
{
	return sqlite3_exec(database->handle, sql, NULL, NULL, NULL) ? failed(database, sql) : 0;
}

static int prepare(struct database *database, const char *sql, sqlite3_stmt **statement)
{
	return sqlite3_prepare_v2(database->handle, sql, -1, statement, NULL)
		       ? failed(database, sql)
		       : 0;
}

static int open_file(const char *path, int flags, struct database *database)
{
	*database = (struct database){ 0 };
	/* Each connection is used by one thread at a time. */
	if (sqlite3_open_v2(path, &database->handle, flags | SQLITE_OPEN_NOMUTEX, NULL))
		return failed(database, "opening it");
	sqlite3_busy_timeout(database->handle, BUSY_TIMEOUT_MS);
	/*
	 * The last connection of the moment would else copy the log into the file and delete it,
	 * and the next begin anew.
	 */
	sqlite3_db_config(database->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	return 0;
}

static int64_t fact(uint64_t key)
{
	return (int64_t)hash_mix(key + 1);
}

static int64_t entry(uint64_t unit, uint64_t number)
{
	return (int64_t)hash_mix(hash_mix(unit + 1) + number);
}

static int fill(struct database *database)
{
	sqlite3_stmt *insert;
	int status;

	status = prepare(database, "INSERT INTO facts VALUES (?, ?)", &insert);
	for (uint64_t key = 0; key < DATABASE_FACTS && !status; key++) {
		sqlite3_bind_int64(insert, 1, key);
		sqlite3_bind_int64(insert, 2, fact(key));
		if (sqlite3_step(insert) != SQLITE_DONE)
			status = failed(database, "filling it");
		sqlite3_reset(insert);
	}
	sqlite3_finalize(insert);
	return status;
}

int database_create(const char *path, struct database *database)
{
	if (open_file(path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, database) ||
	    execute(database, "PRAGMA journal_mode = WAL") || execute(database, "BEGIN") ||
	    execute(database, "CREATE TABLE facts (key INTEGER PRIMARY KEY, value INTEGER)") ||
	    execute(database, "CREATE TABLE entries (unit INTEGER, number INTEGER, value INTEGER,"
			      " PRIMARY KEY (unit, number)) WITHOUT ROWID") ||
	    fill(database) || execute(database, "COMMIT"))
		return -1;
	return execute(database, "PRAGMA wal_checkpoint(TRUNCATE)");
}

int database_open(const char *path, struct database *database)
{
	if (open_file(path, SQLITE_OPEN_READWRITE, database) ||
	    execute(database, "PRAGMA synchronous = FULL") ||
	    prepare(database, "SELECT value FROM facts WHERE key = ?", &database->read))
		return -1;
	return prepare(database, "INSERT INTO entries VALUES (?, ?, ?)", &database->write);
}

void database_close(struct database *database)
{
	sqlite3_finalize(database->read);
	sqlite3_finalize(database->write);
	sqlite3_close(database->handle);
	database->read = database->write = NULL;
	database->handle = NULL;
}

static int read_one(struct database *database, uint64_t key, uint64_t *hash)
{
	int status = 0;
	int64_t value;

	sqlite3_bind_int64(database->read, 1, key);
	if (sqlite3_step(database->read) != SQLITE_ROW) {
		status = failed(database, "reading a fact");
	} else {
		value = sqlite3_column_int64(database->read, 0);
		*hash = hash_bytes(*hash, &value, sizeof(value));
		if (value != fact(key))
			status = wrong(database, "fact %" PRIu64 " is not what was written", key);
	}
	sqlite3_reset(database->read);
	return status;
}

int database_read(struct database *database, uint64_t seed, uint64_t count, uint64_t *hash)
{
	int status = execute(database, "BEGIN");

	for (uint64_t i = 0; i < count && !status; i++)
		status = read_one(database, hash_mix(seed + i) % DATABASE_FACTS, hash);
	return status ? -1 : execute(database, "COMMIT");
}

int database_commit(struct database *database, uint64_t unit, uint64_t number)
{
	int status = 0;

	sqlite3_bind_int64(database->write, 1, unit);
	sqlite3_bind_int64(database->write, 2, number);
	sqlite3_bind_int64(database->write, 3, entry(unit, number));
	if (sqlite3_step(database->write) != SQLITE_DONE)
		status = failed(database, "a commit");
	sqlite3_reset(database->write);
	return status;
}

static int verify_sound(struct database *database)
{
	sqlite3_stmt *check;
	int status = prepare(database, "PRAGMA integrity_check", &check);
	const char *words;

	if (status)
		return -1;
	if (sqlite3_step(check) != SQLITE_ROW) {
		status = failed(database, "checking it");
	} else {
		words = (const char *)sqlite3_column_text(check, 0);
		if (!words || strcmp(words, "ok"))
			status = wrong(database, "it is damaged: %.150s", words ? words : "?");
	}
	sqlite3_finalize(check);
	return status;
}

/* Sorted as they are asked for, entry i is number i % commits of unit i / commits. */
static int verify_row(struct database *database, sqlite3_stmt *rows, uint64_t row, uint64_t commits)
{
	uint64_t unit = row / commits, number = row % commits;

	if (sqlite3_column_int64(rows, 0) == (int64_t)unit &&
	    sqlite3_column_int64(rows, 1) == (int64_t)number &&
	    sqlite3_column_int64(rows, 2) == entry(unit, number))
		return 0;
	return wrong(database, "where entry %" PRIu64 " of unit %" PRIu64 " belongs is another",
		     number, unit);
}

int database_verify(struct database *database, uint64_t units, uint64_t commits)
{
	sqlite3_stmt *rows;
	uint64_t row = 0;
	int status, step = SQLITE_DONE;

	if (verify_sound(database) ||
	    prepare(database, "SELECT unit, number, value FROM entries ORDER BY unit, number",
		    &rows))
		return -1;
	for (status = 0; !status && (step = sqlite3_step(rows)) == SQLITE_ROW; row++) {
		if (row < units * commits)
			status = verify_row(database, rows, row, commits);
		else
			status = wrong(database, "it holds more than was written");
	}
	if (!status && step != SQLITE_DONE)
		status = failed(database, "reading the entries");
	if (!status && row < units * commits)
		status = wrong(database, "%" PRIu64 " of %" PRIu64 " entries are missing",
			       units * commits - row, units * commits);
	sqlite3_finalize(rows);
	return status;
}
