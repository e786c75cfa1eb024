/* SPDX-License-Identifier: MIT */
#ifndef BODY_CODEC_H
#define BODY_CODEC_H

#include <stddef.h>
#include <stdint.h>

/* Fills `bytes` of text that compresses as a language does; equal seeds give equal text. */
void codec_text(char *text, size_t bytes, uint64_t seed);

#endif
