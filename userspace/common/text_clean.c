/* SPDX-License-Identifier: MIT */
#include "text_clean.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/*
 * Reads one UTF-8 sequence of at most `len` > 0 bytes into *code. Returns its length, or 0 where it
 * is not valid: truncated, overlong, a surrogate or above U+10FFFF (the rules of jansson, which
 * otherwise refuses the whole string).
 */
static size_t utf8_read(const unsigned char *s, size_t len, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t need;

	if (s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	if (s[0] >= 0xf8 || s[0] < 0xc0)
		return 0;
	need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	if (need > len)
		return 0;
	*code = s[0] & (0x7f >> need);
	for (size_t i = 1; i < need; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (s[i] & 0x3f);
	}
	if (*code < least[need] || *code > 0x10ffff || (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return need;
}

/* Bidirectional marks, embeddings, overrides and isolates reorder what a reader sees. */
static bool is_harmful(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x61c || code == 0x200e ||
	       code == 0x200f || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

char *text_clean(char *out, size_t out_size, const char *text, size_t len)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t used = 0;

	if (!out_size)
		return out;
	len = strnlen(text, len);
	while (len) {
		uint32_t code = 0;
		size_t taken = utf8_read(s, len, &code);
		bool keep = taken && !is_harmful(code);
		size_t wanted;

		if (!taken)
			taken = 1;
		wanted = keep ? taken : 4 * taken;
		/* Half an escape or half a character would be worse than a shorter text. */
		if (wanted >= out_size - used)
			break;
		if (keep)
			memcpy(out + used, s, taken);
		for (size_t i = 0; !keep && i < taken; i++)
			snprintf(out + used + 4 * i, 5, "\\x%02x", s[i]);
		used += wanted;
		s += taken;
		len -= taken;
	}
	out[used] = '\0';
	return out;
}
