/* SPDX-License-Identifier: MIT */
#ifndef SENTENCE_H
#define SENTENCE_H

#include "summary.h"

/*
 * Fills s->program.sentence from all other numbers of *s: the verdict with its numbers, what kept
 * the workload from being more parallel, and what the reader must know before believing it.
 */
void sentence_build(struct summary *s);

/* "other tasks ran while it waited": a cause of METRICS.md's accounting in words. */
const char *cause_words(enum cause cause);

#endif
