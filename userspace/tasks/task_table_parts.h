/* SPDX-License-Identifier: MIT */
/* Between task_table.c (who bears which tid) and task_build.c (what a trace tells of them). */
#ifndef TASK_TABLE_PARTS_H
#define TASK_TABLE_PARTS_H

#include "task_table.h"

/* Makes the hash, or doubles it. False out of memory. */
bool task_hash_grow(struct task_table *table);

/* Appends a task; its tid keeps its present bearer. TASK_NONE out of memory. */
uint32_t task_add(struct task_table *table, const struct task_identity *id);

/* The task that bears `tid` now, TASK_NONE: none is known. */
uint32_t task_bearer(const struct task_table *table, uint32_t tid);

/* Kernels before 6.x leave what a longer name had behind the NUL. */
void comm_copy(char *to, const char *from);

#endif
