/* SPDX-License-Identifier: MIT */
#include "trace_output.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "common/failure.h"
#include "common/invoking_user.h"

static int output_failed(const struct trace_output *out, int error)
{
	bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;

	return fail(EXIT_FAILED,
		    full ? "make room, or write the trace elsewhere with -o or --trace"
			 : "the trace is readable up to here: schedlab report",
		    "writing the trace %s failed after %llu bytes: %s", out->path,
		    (unsigned long long)out->written, strerror(error));
}

int trace_output_open(struct trace_output *out, const char *path)
{
	*out = (struct trace_output){ .path = strdup(path) };
	if (!out->path)
		return fail_memory();
	out->fd = output_open(path, &out->made);
	out->held = !out->made;
	if (out->fd >= 0)
		return 0;
	free(out->path);
	return EXIT_FAILED;
}

/* Always at an offset, so that a failure leaves no doubt about where the next byte goes. */
static int write_at(struct trace_output *out, const char *data, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t wrote = pwrite(out->fd, data, size, offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			return wrote ? errno : EIO;
		data += wrote;
		offset += wrote;
		size -= wrote;
	}
	return 0;
}

static int append_one(struct trace_output *out, const void *data, size_t size)
{
	int error = write_at(out, data, size, out->written);

	if (!error)
		out->written += size;
	return error;
}

static int wait_with(struct trace_output *out, const void *data, size_t size)
{
	char *grown;

	if (!size)
		return 0;
	grown = realloc(out->waiting, out->waiting_size + size + 1);

	if (!grown)
		return fail_memory();
	memcpy(grown + out->waiting_size, data, size);
	out->waiting = grown;
	out->waiting_size += size;
	return 0;
}

int trace_output_append(struct trace_output *out, const void *a, size_t a_size, const void *b,
			size_t b_size)
{
	uint64_t sound = out->written;
	int error;

	if (out->held)
		return wait_with(out, a, a_size) || wait_with(out, b, b_size) ? EXIT_FAILED : 0;
	error = append_one(out, a, a_size);
	if (!error)
		error = append_one(out, b, b_size);
	if (!error)
		return 0;
	/* Half a section helps nobody; where it can't be cut off, a reader stops before it. */
	if (ftruncate(out->fd, sound) == 0)
		out->written = sound;
	return output_failed(out, error);
}

int trace_output_commit(struct trace_output *out)
{
	int error = 0;

	if (!out->held)
		return 0;
	out->held = false;
	if (ftruncate(out->fd, 0))
		error = errno;
	if (!error)
		error = append_one(out, out->waiting, out->waiting_size);
	free(out->waiting);
	out->waiting = NULL;
	return error ? output_failed(out, error) : 0;
}

int trace_output_finish(struct trace_output *out, uint32_t value, uint64_t offset)
{
	struct stat st;
	int error;

	error = fstat(out->fd, &st) ? errno : 0;
	/* A disk or a file system that says a write is done when it is not. */
	if (!error && (uint64_t)st.st_size != out->written)
		error = EIO;
	if (!error)
		error = write_at(out, (const char *)&value, sizeof(value), offset);
	if (close(out->fd) && !error && errno != EINTR)
		error = errno; /* told only now: a network's file system, a quota */
	out->fd = -1;
	return error ? output_failed(out, error) : 0;
}

void trace_output_close(struct trace_output *out, bool discard)
{
	if (discard && !out->held)
		unlink(out->path);
	if (out->fd >= 0)
		close(out->fd);
	free(out->waiting);
	free(out->path);
}
