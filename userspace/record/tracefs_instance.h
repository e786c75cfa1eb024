/* SPDX-License-Identifier: MIT */
/*
 * A private instance of the kernel's tracing: its own buffers and events, which no other tracer
 * sees or disturbs. It is a folder, so nothing takes it away by itself when schedlab is killed by
 * SIGKILL: its name holds the owner's pid, and the next start sweeps those whose owner is dead.
 */
#ifndef TRACEFS_INSTANCE_H
#define TRACEFS_INSTANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The tracefs that is mounted, or where none is, a mount of our own that no path leads to and that
 * goes with the descriptor. An O_PATH descriptor, or -1 with errno set.
 */
int tracefs_root(void);

struct tracefs_instance {
	int root, dir; /* descriptors, -1: none */
	char name[64];
};

/* Sweeps what dead owners left, and makes an instance that records nothing yet. 0 or -errno. */
int tracefs_instance_make(struct tracefs_instance *instance);
/* Removes it; whoever has a file of it open must have closed it. Safe on one that was never made.
 */
void tracefs_instance_remove(struct tracefs_instance *instance);

/* Writes `text` into the file `path` of the folder. 0 or -errno. */
int tracefs_write(int dir, const char *path, const char *text);
/* Reads a whole file of the folder as text, which the caller frees; NULL with errno set. */
char *tracefs_read(int dir, const char *path);

/* Instances of owners that are dead: how many; removed where `remove`. -1: no tracefs. */
int tracefs_stale(bool remove);

#endif
