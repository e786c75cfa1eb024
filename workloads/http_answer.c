/* SPDX-License-Identifier: MIT */
#include "http_answer.h"
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include "strict.h"

/* A part of the head; not terminated. */
struct span {
	const char *at;
	size_t length;
};

static bool number(struct span text, uint64_t max, uint64_t *value)
{
	char digits[20];

	if (!text.length || text.length >= sizeof(digits))
		return false;
	memcpy(digits, text.at, text.length);
	digits[text.length] = '\0';
	return strict_uint(digits, 0, max, value);
}

static bool is_named(struct span name, const char *expected)
{
	return name.length == strlen(expected) && !strncasecmp(name.at, expected, name.length);
}

static const char *parse_status(struct span line, struct http_answer *answer)
{
	static const char version[] = "HTTP/1.1 ";
	const size_t start = sizeof(version) - 1;
	uint64_t status;

	if (line.length < start || memcmp(line.at, version, start))
		return "it does not begin with HTTP/1.1";
	if (line.length < start + 3 || (line.length > start + 3 && line.at[start + 3] != ' ') ||
	    !number((struct span){ line.at + start, 3 }, 999, &status) || status < 100)
		return "its status is not a number of three digits";
	answer->status = status;
	return NULL;
}

static struct span trim(struct span text)
{
	while (text.length && (*text.at == ' ' || *text.at == '\t')) {
		text.at++;
		text.length--;
	}
	while (text.length && (text.at[text.length - 1] == ' ' || text.at[text.length - 1] == '\t'))
		text.length--;
	return text;
}

static const char *parse_field(struct span line, bool *has_length, struct http_answer *answer)
{
	const char *colon = memchr(line.at, ':', line.length);
	struct span name = { line.at, colon ? colon - line.at : 0 }, value;
	uint64_t length;

	if (!name.length || memchr(name.at, ' ', name.length) || memchr(name.at, '\t', name.length))
		return "a line of its head is no field";
	value = trim((struct span){ colon + 1, line.length - name.length - 1 });
	if (is_named(name, "Transfer-Encoding"))
		return "it comes in a transfer encoding";
	if (!is_named(name, "Content-Length"))
		return NULL;
	if (*has_length)
		return "it has two lengths";
	if (!number(value, UINT32_MAX, &length))
		return "its length is not a number";
	if (length > HTTP_BODY_MAX)
		return "its length is over what was asked for";
	answer->body_bytes = length;
	*has_length = true;
	return NULL;
}

/* Status line and fields; `head` ends with the last line's CRLF. */
static const char *parse_head(struct span head, struct http_answer *answer)
{
	bool has_length = false, first = true;
	const char *wrong = NULL;

	for (size_t i = 0; i < head.length; i++) {
		unsigned char byte = head.at[i];

		if ((byte < 0x20 && byte != '\t' && byte != '\r' && byte != '\n') || byte == 0x7f)
			return "there is a control byte in its head";
	}
	while (head.length && !wrong) {
		const char *end = memmem(head.at, head.length, "\r\n", 2);
		struct span line = { head.at, end - head.at };

		if (memchr(line.at, '\r', line.length) || memchr(line.at, '\n', line.length))
			return "a line of its head does not end with CR LF";
		wrong = first ? parse_status(line, answer) : parse_field(line, &has_length, answer);
		first = false;
		head.at += line.length + 2;
		head.length -= line.length + 2;
	}
	if (!wrong && !has_length)
		wrong = "it has no length";
	return wrong;
}

enum http_progress http_answer_parse(const char *bytes, size_t count, struct http_answer *answer)
{
	size_t looked_at = count < HTTP_HEAD_MAX ? count : HTTP_HEAD_MAX;
	const char *empty = memmem(bytes, looked_at, "\r\n\r\n", 4);

	*answer = (struct http_answer){ 0 };
	if (!empty) {
		answer->wrong = count >= HTTP_HEAD_MAX ? "its head is over 1024 bytes" : NULL;
		return answer->wrong ? HTTP_WRONG : HTTP_MORE;
	}
	answer->head_bytes = empty + 4 - bytes;
	answer->wrong = parse_head((struct span){ bytes, answer->head_bytes - 2 }, answer);
	if (!answer->wrong && count > answer->head_bytes + answer->body_bytes)
		answer->wrong = "more follows than its length says";
	if (answer->wrong)
		return HTTP_WRONG;
	return count < answer->head_bytes + answer->body_bytes ? HTTP_MORE : HTTP_WHOLE;
}
