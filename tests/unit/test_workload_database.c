/* SPDX-License-Identifier: MIT */
#include "../../workloads/database.h"
#include <stdlib.h>
#include <unistd.h>
#include "../../workloads/hash.h"
#include "check.h"

#define UNITS 3
#define COMMITS 4

static char folder[64], path[80];

static void begin(void)
{
	strcpy(folder, "/tmp/test_database.XXXXXX");
	CHECK_OR_RETURN(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/database", folder);
}

static void end(void)
{
	static const char *const names[] = { "database", "database-wal", "database-shm" };
	char name[100];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
		unlink(name);
	}
	CHECK_EQ(rmdir(folder), 0);
}

/* A file with all entries of UNITS units, of COMMITS each, then changed by `sql`. */
static void make(const char *sql)
{
	struct database database;

	CHECK_EQ(database_create(path, &database), 0);
	database_close(&database);
	CHECK_EQ(database_open(path, &database), 0);
	for (uint64_t i = 0; i < UNITS * COMMITS; i++)
		CHECK_EQ(database_commit(&database, i % UNITS, i / UNITS), 0);
	CHECK_EQ(sqlite3_exec(database.handle, sql, NULL, NULL, NULL), SQLITE_OK);
	database_close(&database);
}

/* What is said of the file, "right" of what is. */
static const char *said_of(const char *sql)
{
	static struct database database;
	const char *said = "right";

	begin();
	make(sql);
	CHECK_EQ(database_open(path, &database), 0);
	if (database_verify(&database, UNITS, COMMITS))
		said = database.error;
	database_close(&database);
	end();
	return said;
}

TEST(what_was_committed_is_there)
{
	CHECK_STR(said_of(""), "right");
}

TEST(what_is_missing_wrong_or_too_much_is_found)
{
	const char *other = "where entry 2 of unit 1 belongs is another";

	CHECK_STR(said_of("DELETE FROM entries WHERE unit = 1 AND number = 2"), other);
	CHECK_STR(said_of("UPDATE entries SET value = value + 1 WHERE unit = 1 AND number = 2"),
		  other);
	CHECK_STR(said_of("DELETE FROM entries WHERE unit = 2 AND number > 1"),
		  "2 of 12 entries are missing");
	CHECK_STR(said_of("DELETE FROM entries"), "12 of 12 entries are missing");
	CHECK_STR(said_of("INSERT INTO entries VALUES (3, 0, 0)"),
		  "it holds more than was written");
}

TEST(facts_read_are_checked_and_counted_into_the_hash)
{
	struct database database;
	uint64_t first = HASH_START, again = HASH_START, more = HASH_START;

	begin();
	make("");
	CHECK_EQ(database_open(path, &database), 0);
	CHECK_EQ(database_read(&database, 7, 100, &first), 0);
	CHECK_EQ(database_read(&database, 7, 100, &again), 0);
	CHECK_EQ(database_read(&database, 7, 101, &more), 0);
	CHECK(first == again && first != more && first != HASH_START);
	CHECK_EQ(sqlite3_exec(database.handle, "UPDATE facts SET value = 0", NULL, NULL, NULL), 0);
	CHECK_EQ(database_read(&database, 7, 100, &first), -1);
	CHECK(strstr(database.error, "is not what was written"));
	CHECK_EQ(sqlite3_exec(database.handle, "ROLLBACK; DELETE FROM facts", NULL, NULL, NULL), 0);
	CHECK_EQ(database_read(&database, 7, 100, &first), -1);
	CHECK(strstr(database.error, "reading a fact"));
	database_close(&database);
	end();
}

TEST(a_commit_is_synced_to_a_write_ahead_log)
{
	struct database database;
	sqlite3_stmt *asked;

	begin();
	make("");
	CHECK_EQ(database_open(path, &database), 0);
	CHECK_EQ(sqlite3_prepare_v2(database.handle, "PRAGMA synchronous", -1, &asked, NULL), 0);
	CHECK_EQ(sqlite3_step(asked), SQLITE_ROW);
	CHECK_EQ(sqlite3_column_int(asked, 0), 2);
	sqlite3_finalize(asked);
	CHECK_EQ(sqlite3_prepare_v2(database.handle, "PRAGMA journal_mode", -1, &asked, NULL), 0);
	CHECK_EQ(sqlite3_step(asked), SQLITE_ROW);
	CHECK_STR((const char *)sqlite3_column_text(asked, 0), "wal");
	sqlite3_finalize(asked);
	database_close(&database);
	end();
}

TEST(a_file_that_is_no_database_or_is_not_there_is_told_in_words)
{
	struct database database;
	FILE *file;

	begin();
	CHECK_EQ(database_open(path, &database), -1);
	CHECK_STR(database.error, "opening it: unable to open database file");
	database_close(&database);
	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", file);
	fclose(file);
	CHECK_EQ(database_open(path, &database), -1);
	CHECK(strstr(database.error, "file is not a database"));
	database_close(&database);
	end();
}

int main(void)
{
	RUN(what_was_committed_is_there);
	RUN(what_is_missing_wrong_or_too_much_is_found);
	RUN(facts_read_are_checked_and_counted_into_the_hash);
	RUN(a_commit_is_synced_to_a_write_ahead_log);
	RUN(a_file_that_is_no_database_or_is_not_there_is_told_in_words);
	return check_done("database");
}
