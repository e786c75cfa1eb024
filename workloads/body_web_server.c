/* SPDX-License-Identifier: MIT */
/*
 * The server of web: libmicrohttpd, driven by one thread's own epoll. A request is suspended until
 * its time has come, so that any number can wait at once.
 */
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "body_web.h"
#include "complain.h"
#include "reading.h"

/* Room for the largest head of a request; the library would take 32 KiB a connection. */
#define CONNECTION_BYTES 4096

struct request {
	struct request *next;
	struct MHD_Connection *connection;
	uint64_t due_ns; /* 0: its wait has not begun */
};

struct server {
	struct web *web;
	struct MHD_Daemon *daemon;
	int epoll_fd, timer_fd;
	/* All wait equally long: whoever came first is due first. */
	struct request *first, *last;
	uint64_t waiting;
	uint64_t armed_ns; /* what the timer is set to */
};

static void wait_begin(struct server *server, struct request *request)
{
	request->due_ns = reading_now_ns() + server->web->delay_ms * 1000000;
	MHD_suspend_connection(request->connection);
	if (server->last)
		server->last->next = request;
	else
		server->first = request;
	server->last = request;
	if (++server->waiting > server->web->waiting_peak)
		server->web->waiting_peak = server->waiting;
}

/* Resumed, a request is handled once more, and then answered. */
static void wait_end_due(struct server *server)
{
	while (server->first && server->first->due_ns <= reading_now_ns()) {
		struct request *request = server->first;

		server->first = request->next;
		if (!server->first)
			server->last = NULL;
		server->waiting--;
		MHD_resume_connection(request->connection);
	}
}

static enum MHD_Result answer(struct server *server, struct MHD_Connection *connection,
			      const char *path)
{
	char text[WEB_PAGE_MAX];
	struct MHD_Response *response;
	uint64_t unit, request;
	enum MHD_Result result;
	size_t length = 0;
	bool known = web_path_parse(path, &unit, &request);

	if (known)
		length = web_page(unit, request, text);
	response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
	result = MHD_queue_response(connection, known ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND, response);
	MHD_destroy_response(response);
	server->web->answered += known;
	return result;
}

/* Called when a request's head is there, when its body, if any, is, and after its wait. */
static enum MHD_Result handle(void *argument, struct MHD_Connection *connection, const char *path,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_bytes, void **state)
{
	struct server *server = argument;
	struct request *request = *state;

	if (!request) {
		*state = request = calloc(1, sizeof(*request));
		if (!request)
			return MHD_NO;
		request->connection = connection;
		return MHD_YES;
	}
	if (*upload_bytes) {
		*upload_bytes = 0; /* nobody asked for it */
		return MHD_YES;
	}
	if (server->web->delay_ms && !request->due_ns) {
		wait_begin(server, request);
		return MHD_YES;
	}
	return answer(server, connection, path);
}

static void completed(void *argument, struct MHD_Connection *connection, void **state,
		      enum MHD_RequestTerminationCode code)
{
	free(*state);
}

static int timer_arm(struct server *server)
{
	uint64_t due_ns = server->first ? server->first->due_ns : 0;
	struct itimerspec setting = { .it_value = { .tv_sec = due_ns / 1000000000,
						    .tv_nsec = due_ns % 1000000000 } };

	if (server->armed_ns == due_ns)
		return 0;
	server->armed_ns = due_ns;
	return timerfd_settime(server->timer_fd, TFD_TIMER_ABSTIME, &setting, NULL);
}

static int serve(struct server *server)
{
	for (;;) {
		struct epoll_event events[2];
		MHD_UNSIGNED_LONG_LONG at_most_ms;
		bool pending = MHD_get_timeout(server->daemon, &at_most_ms) == MHD_YES;

		if (timer_arm(server))
			return -1;
		if (epoll_wait(server->epoll_fd, events, 2, pending ? (int)at_most_ms : -1) < 0 &&
		    errno != EINTR)
			return -1;
		wait_end_due(server);
		MHD_run(server->daemon);
	}
}

static int watch(struct server *server)
{
	const union MHD_DaemonInfo *info =
		MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct epoll_event requests = { .events = EPOLLIN };
	/* Each time that it fires, once. */
	struct epoll_event timer = { .events = EPOLLIN | EPOLLET };

	server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	server->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!info || server->epoll_fd < 0 || server->timer_fd < 0)
		return -1;
	if (epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, info->epoll_fd, &requests))
		return -1;
	return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, server->timer_fd, &timer);
}

void web_serve(void *argument, int ready_fd)
{
	struct server server = { .web = argument };

	server.daemon =
		MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle,
				 &server, MHD_OPTION_LISTEN_SOCKET, server.web->listen_fd,
				 MHD_OPTION_CONNECTION_LIMIT, (unsigned)server.web->clients,
				 MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
				 MHD_OPTION_NOTIFY_COMPLETED, completed, NULL, MHD_OPTION_END);
	if (!server.daemon)
		complain("use fewer units (-n), or free memory",
			 "the web server could not be started");
	else if (watch(&server) || write(ready_fd, "r", 1) != 1 || close(ready_fd) ||
		 serve(&server))
		complain("use fewer units (-n), or raise ulimit -n",
			 "the web server could not go on: %s", strerror(errno));
}
