/* SPDX-License-Identifier: MIT */
#include "../../workloads/http_answer.h"
#include <stdlib.h>
#include "check.h"

static struct http_answer answer;

/* As if it lay in memory alone: the sanitizers see a byte read too far. */
static enum http_progress parse_bytes(const char *bytes, size_t count)
{
	char *alone = malloc(count ? count : 1);
	enum http_progress progress;

	memcpy(alone, bytes, count);
	progress = http_answer_parse(alone, count, &answer);
	free(alone);
	return progress;
}

static enum http_progress parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static const char whole[] = "HTTP/1.1 200 OK\r\n"
			    "Date: Thu, 26 Nov 2026 18:00:00 GMT\r\n"
			    "content-length: \t 5 \r\n"
			    "Content-Type: text/plain\r\n"
			    "\r\n"
			    "hello";

TEST(an_answer_is_its_status_its_head_and_its_body)
{
	CHECK_EQ(parse(whole), HTTP_WHOLE);
	CHECK_EQ(answer.status, 200);
	CHECK_EQ(answer.body_bytes, 5);
	CHECK_EQ(answer.head_bytes, sizeof(whole) - 1 - 5);
}

TEST(an_answer_cut_short_anywhere_wants_more)
{
	for (size_t count = 0; count < sizeof(whole) - 1; count++)
		CHECK_EQ(parse_bytes(whole, count), HTTP_MORE);
}

TEST(another_status_is_told)
{
	CHECK_EQ(parse("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"), HTTP_WHOLE);
	CHECK_EQ(answer.status, 404);
	CHECK_EQ(answer.body_bytes, 0);
	CHECK_EQ(parse("HTTP/1.1 503\r\nContent-Length: 0\r\n\r\n"), HTTP_WHOLE);
	CHECK_EQ(answer.status, 503);
}

static void check_wrong(const char *text, const char *why)
{
	CHECK_EQ(parse(text), HTTP_WRONG);
	CHECK_STR(answer.wrong ? answer.wrong : "nothing", why);
}

TEST(what_is_no_answer_is_refused)
{
	const char *version = "it does not begin with HTTP/1.1";
	const char *status = "its status is not a number of three digits";

	check_wrong("SSH-2.0-OpenSSH_9.2\r\n\r\n", version);
	check_wrong("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", version);
	check_wrong("\r\n\r\n", version);
	check_wrong("HTTP/1.1 20\r\nContent-Length: 0\r\n\r\n", status);
	check_wrong("HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n", status);
	check_wrong("HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n", status);
	check_wrong("HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", status);
	check_wrong("HTTP/1.1 \r\n\r\n", status);
}

TEST(a_wrong_length_is_refused)
{
#define OK "HTTP/1.1 200 OK\r\n"
	const char *number = "its length is not a number";

	check_wrong(OK "\r\n", "it has no length");
	check_wrong(OK "Content-Length: 5\r\n\r\nhello!", "more follows than its length says");
	check_wrong(OK "Content-Length: -1\r\n\r\n", number);
	check_wrong(OK "Content-Length: +5\r\n\r\nhello", number);
	check_wrong(OK "Content-Length: 5, 5\r\n\r\nhello", number);
	check_wrong(OK "Content-Length: 0x5\r\n\r\nhello", number);
	check_wrong(OK "Content-Length:\r\n\r\n", number);
	check_wrong(OK "Content-Length: 18446744073709551621\r\n\r\nhello", number);
	check_wrong(OK "Content-Length: 00000000000000000000000000000005\r\n\r\nhello", number);
	check_wrong(OK "Content-Length: 1025\r\n\r\n", "its length is over what was asked for");
	check_wrong(OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", "it has two lengths");
}

TEST(a_transfer_that_is_not_understood_is_refused)
{
	check_wrong(OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
		    "it comes in a transfer encoding");
}

TEST(a_head_that_is_no_head_is_refused)
{
	const char *field = "a line of its head is no field";
	const char *line = "a line of its head does not end with CR LF";
	static const char nul[] = OK "A: b\0c\r\nContent-Length: 0\r\n\r\n";

	check_wrong(OK "nothing\r\n\r\n", field);
	check_wrong(OK ": nothing\r\n\r\n", field);
	check_wrong(OK "Content-Length : 0\r\n\r\n", field);
	check_wrong(OK " folded: yes\r\n\r\n", field);
	check_wrong(OK "A: b\nContent-Length: 0\r\n\r\n", line);
	check_wrong(OK "A: b\rc\r\nContent-Length: 0\r\n\r\n", line);
	check_wrong(OK "A: \33[31m\r\nContent-Length: 0\r\n\r\n",
		    "there is a control byte in its head");
	CHECK_EQ(parse_bytes(nul, sizeof(nul) - 1), HTTP_WRONG);
}

TEST(a_huge_head_is_refused_before_its_end)
{
	char bytes[HTTP_HEAD_MAX + 4];

	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, OK, sizeof(OK) - 1);
	CHECK_EQ(parse_bytes(bytes, HTTP_HEAD_MAX - 1), HTTP_MORE);
	CHECK_EQ(parse_bytes(bytes, HTTP_HEAD_MAX), HTTP_WRONG);
	CHECK_STR(answer.wrong, "its head is over 1024 bytes");
	memcpy(bytes + HTTP_HEAD_MAX, "\r\n\r\n", 4);
	CHECK_EQ(parse_bytes(bytes, sizeof(bytes)), HTTP_WRONG);
}

int main(void)
{
	RUN(an_answer_is_its_status_its_head_and_its_body);
	RUN(an_answer_cut_short_anywhere_wants_more);
	RUN(another_status_is_told);
	RUN(what_is_no_answer_is_refused);
	RUN(a_wrong_length_is_refused);
	RUN(a_transfer_that_is_not_understood_is_refused);
	RUN(a_head_that_is_no_head_is_refused);
	RUN(a_huge_head_is_refused_before_its_end);
	return check_done("http answer");
}
