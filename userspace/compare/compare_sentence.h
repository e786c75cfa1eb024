/* SPDX-License-Identifier: MIT */
#ifndef COMPARE_SENTENCE_H
#define COMPARE_SENTENCE_H

#include "compare.h"

/* Fills p->sentence, one line a person understands, from the pair's other fields. */
void compare_sentence(struct compare_pair *p);

#endif
