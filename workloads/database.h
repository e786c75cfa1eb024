/* SPDX-License-Identifier: MIT */
#ifndef DATABASE_H
#define DATABASE_H

#include <sqlite3.h>
#include <stdint.h>

/*
 * A connection to the file that the units of body database share: facts, which are read, and
 * entries, which they write. All return 0, or -1, and then `error` says why.
 */
struct database {
	sqlite3 *handle;
	sqlite3_stmt *read, *write;
	char error[200];
};

#define DATABASE_FACTS 4096

/* Makes the file, its tables and the facts. */
int database_create(const char *path, struct database *database);

/* Write-ahead log; a commit returns once it is on the disk (synchronous=FULL). */
int database_open(const char *path, struct database *database);

/* After failures too. */
void database_close(struct database *database);

/* `count` facts, chosen by `seed`, in one transaction; checks each and continues *hash with it. */
int database_read(struct database *database, uint64_t seed, uint64_t count, uint64_t *hash);

/* One entry, one commit. */
int database_commit(struct database *database, uint64_t unit, uint64_t number);

/*
 * That the file is sound and holds the first `commits` entries of each of `units`, and nothing
 * else.
 */
int database_verify(struct database *database, uint64_t units, uint64_t commits);

#endif
