/* SPDX-License-Identifier: MIT */
/* n: the CPUs in the masks that W's tasks had in the window, those that are there. */
#include <string.h>
#include "resolve_pass.h"

void resolve_allow(struct resolver *r, uint64_t mask, unsigned size)
{
	for (uint64_t left = mask; left; left &= left - 1)
		r->out->allowed[__builtin_ctzll(left)] = 1;
	/* Beyond CPU 63 the mask shows only its size: all, or those it ran on. */
	if (size > 64 && size >= (unsigned)r->out->cpu_count)
		memset(r->out->allowed, 1, r->out->cpu_count);
}

/* A mask holds from the record that shows it: the last one before the window counts in it too. */
void resolve_note_mask(struct resolver *r, struct passing *task, uint64_t ts, uint64_t mask,
		       unsigned size)
{
	if (!size || !task->measured || ts > r->window->t1)
		return;
	if (ts >= r->window->t0) {
		/* Until this record the one before it held. */
		if (!task->in_window)
			resolve_allow(r, task->mask, task->mask_size);
		task->in_window = true;
		resolve_allow(r, mask, size);
	}
	task->mask = mask;
	task->mask_size = size;
}

/* Of one that lives on from before. The command's own is shown by its exec: its row may be older
 * than its --cpus. */
void resolve_seed_mask(struct passing *task, const struct task_table *table, uint32_t index)
{
	if (!table->tasks[index].start.row_ns || index == table->root)
		return;
	task->mask = table->tasks[index].id.mask;
	task->mask_size = table->tasks[index].id.mask_size;
}
