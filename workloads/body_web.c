/* SPDX-License-Identifier: MIT */
/*
 * web: HTTP/1.1 requests over loopback to a server that answers each after a delay.
 *
 * Provokes: waiting for answers. A request costs microseconds of computing and then milliseconds
 * of nothing, as one to a database or to somebody else's service does.
 *
 * A fair stand-in: real sockets, a connection a unit that is kept alive, every answer parsed and
 * compared. The server (libmicrohttpd, one thread in a process of its own) runs before the gate
 * opens and is a helper, not a part of what is measured. Loopback leaves the network's own delay
 * out, and `delay` puts a known one in its place.
 *
 * Expect: n units in flight and cores near 0, in every model but serial: n units take as long as
 * one. Threads and coroutines are equally fast here; what differs is what a unit costs.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "body_web.h"
#include "check_units.h"
#include "complain.h"
#include "hash.h"
#include "http_answer.h"

enum { DELAY };

/* Descriptors of the process beside its connections. */
#define OTHER_DESCRIPTORS 64

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

/* A server that runs out of them would leave its clients waiting for ever. */
static int check_descriptors(const struct web *web)
{
	uint64_t needed = web->clients + OTHER_DESCRIPTORS;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= needed)
		return 0;
	return complain("use fewer units (-n), or raise ulimit -n",
			"the web server needs %llu descriptors, a connection a unit, and the limit "
			"is %llu: %s",
			(unsigned long long)needed, (unsigned long long)limit.rlim_cur,
			strerror(EMFILE));
}

static int listen_on_loopback(struct web *web)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof(address);

	web->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (web->listen_fd < 0 ||
	    bind(web->listen_fd, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(web->listen_fd, SOMAXCONN) ||
	    getsockname(web->listen_fd, (struct sockaddr *)&address, &size))
		return complain("is the loopback device up? ip link set lo up",
				"a port of 127.0.0.1 for the web server: %s", strerror(errno));
	web->port = ntohs(address.sin_port);
	return 0;
}

static int prepare(struct workload *workload)
{
	bool units_meet = workload->units[0].runtime->units_meet;
	struct web *web = workload_share(sizeof(*web));
	int result;

	workload->body_memory = web;
	if (!web)
		return -1;
	web->delay_ms = workload->parameters[DELAY];
	/* In serial the last one's may still be closing. */
	web->clients = units_meet ? workload->units_count : 2;
	if (check_descriptors(web))
		return -1;
	if (listen_on_loopback(web))
		return -1;
	result = helper_start(workload, &web->server, "web-server", web_serve, web);
	/* The server's is now the only one: without it a connection is refused. */
	close(web->listen_fd);
	return result;
}

static int open_connection(struct unit *unit)
{
	const struct web *web = unit->workload->body_memory;
	struct sockaddr_in address = loopback(web->port);
	int flags = unit->runtime->pipes_nonblocking ? SOCK_NONBLOCK : 0, error;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	socklen_t size = sizeof(error);

	if (fd < 0)
		unit_fail(unit, "a socket: %s", strerror(errno));
	error = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? errno : 0;
	if (error == EINPROGRESS) {
		unit->runtime->wait_fd(unit, fd, true);
		if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size))
			error = errno;
	}
	if (error)
		unit_fail(unit, "connecting to the web server at 127.0.0.1:%u: %s", web->port,
			  strerror(error));
	return fd;
}

static void send_request(struct unit *unit, int fd, uint64_t request)
{
	const struct web *web = unit->workload->body_memory;
	char path[WEB_PATH_MAX], text[2 * WEB_PATH_MAX + 64];
	size_t length, sent = 0;

	web_path(unit->index, request, path);
	length = snprintf(text, sizeof(text),
			  "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nAccept: text/plain\r\n\r\n",
			  path, web->port);
	while (sent < length) {
		ssize_t put = send(fd, text + sent, length - sent, MSG_NOSIGNAL);

		if (put >= 0)
			sent += put;
		else if (errno == EAGAIN)
			unit->runtime->wait_fd(unit, fd, true);
		else if (errno != EINTR)
			unit_fail(unit, "the web server is gone: sending request %llu: %s",
				  (unsigned long long)request, strerror(errno));
	}
}

/* Until the answer is whole: its bytes, of which there were at least 1 more. */
static size_t receive_more(struct unit *unit, int fd, char *bytes, size_t size, size_t received)
{
	for (;;) {
		ssize_t got = recv(fd, bytes + received, size - received, 0);

		if (got > 0)
			return received + got;
		if (got < 0 && errno == EAGAIN)
			unit->runtime->wait_fd(unit, fd, false);
		else if (got == 0 || errno != EINTR)
			unit_fail(unit, "the web server is gone: %zu bytes of an answer came: %s",
				  received, got ? strerror(errno) : "connection closed");
	}
}

/* The body lies in `bytes` at answer.head_bytes. */
static struct http_answer receive_answer(struct unit *unit, int fd, char *bytes, size_t size)
{
	struct http_answer answer;
	enum http_progress progress;
	size_t received = 0;

	do {
		received = receive_more(unit, fd, bytes, size, received);
		progress = http_answer_parse(bytes, received, &answer);
	} while (progress == HTTP_MORE);
	if (progress == HTTP_WRONG)
		unit_fail(unit, "the web server's answer is wrong: %s", answer.wrong);
	if (answer.status != 200)
		unit_fail(unit, "the web server answered with status %u", answer.status);
	return answer;
}

static void run(struct unit *unit)
{
	char bytes[HTTP_HEAD_MAX + HTTP_BODY_MAX + 1], expected[WEB_PAGE_MAX];
	uint64_t hash = HASH_START;
	int fd = open_connection(unit);

	_Static_assert(WEB_PAGE_MAX <= HTTP_BODY_MAX, "every page can be received");
	for (uint64_t request = 0; request < unit->workload->work; request++) {
		size_t length = web_page(unit->index, request, expected);
		struct http_answer answer;

		send_request(unit, fd, request);
		answer = receive_answer(unit, fd, bytes, sizeof(bytes));
		if (answer.body_bytes != length ||
		    memcmp(bytes + answer.head_bytes, expected, length))
			unit_fail(unit, "the answer to request %llu is not what was asked for",
				  (unsigned long long)request);
		hash = hash_bytes(hash, bytes + answer.head_bytes, length);
		unit->truth.iterations++;
	}
	close(fd);
	unit->truth.checksum = hash;
}

static int check(const struct workload *workload, json_t *result)
{
	const struct web *web = workload->body_memory;
	uint64_t asked = workload->units_count * workload->work, checksum = 0;

	if (web->answered != asked)
		return complain("does somebody else use the port? run it again",
				"the web server answered %llu requests, not %llu",
				(unsigned long long)web->answered, (unsigned long long)asked);
	for (unsigned i = 0; i < workload->units_count; i++) {
		const struct unit_truth *truth = &workload->units[i].truth;

		if (truth->finish_ns - truth->start_ns < web->delay_ms * 1000000 * workload->work)
			return complain("the machine's timers cannot be trusted",
					"unit %u was answered sooner than was asked", i);
		checksum ^= truth->checksum;
	}
	json_object_set_new(result, "requests", json_integer(asked));
	json_object_set_new(result, "requests_waiting_peak", json_integer(web->waiting_peak));
	json_object_set_new(result, "port", json_integer(web->port));
	result_checksum(result, checksum);
	return 0;
}

static void finish(struct workload *workload)
{
	struct web *web = workload->body_memory;

	if (web)
		helper_end(&web->server);
}

static const struct parameter parameters[] = {
	[DELAY] = { .name = "delay",
		    .why = "milliseconds until the server answers a request",
		    .value_default = 10,
		    .min = 0,
		    .max = 60000 },
	{ 0 },
};

const struct body body_web = {
	.name = "web",
	.why = "HTTP requests to a server that answers late: waiting for somebody else",
	.kind = "I/O, real",
	.version = 1,
	.work_unit = "requests",
	.work_default = 10,
	.work_max = 1000000000,
	.units_default = 16,
	.units_multiple = 1,
	.apart = true,
	.parameters = parameters,
	.weighed = true,
	.prepare = prepare,
	.run = run,
	.check = check,
	.finish = finish,
};
