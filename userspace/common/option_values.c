/* SPDX-License-Identifier: MIT */
#include "option_values.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "failure.h"

#define TIME_MAX_NS 10000000000000000000ull /* 300 years, which no clock shows */

void options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
	int error = argp_parse(argp, argc, argv, 0, NULL, input);

	if (!error)
		return;
	error = fail_errno("the options can't be read", error);
	exit(argp_err_exit_status == EXIT_OWN_FAILURE ? EXIT_OWN_FAILURE : error);
}

uint64_t option_uint(const struct argp_state *state, const char *option, const char *text,
		     uint64_t min, uint64_t max)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < min || value > max)
		argp_error(state, "%s: '%s' is not a number from %llu to %llu", option, text,
			   (unsigned long long)min, (unsigned long long)max);
	return value;
}

uint64_t option_size(const struct argp_state *state, const char *option, const char *text,
		     uint64_t min, uint64_t max)
{
	unsigned long long value;
	unsigned shift = 0;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end == 'K' || *end == 'k')
		shift = 10;
	else if (*end == 'M' || *end == 'm')
		shift = 20;
	else if (*end == 'G' || *end == 'g')
		shift = 30;
	if (shift)
		end++;
	if (*text < '0' || *text > '9' || *end || errno || value > max >> shift ||
	    value << shift < min)
		argp_error(state, "%s: '%s' is not a size from %lluK to %lluM, as in 512K or 16M",
			   option, text, (unsigned long long)min >> 10,
			   (unsigned long long)max >> 20);
	return value << shift;
}
/* The ns of a unit; 0: there is none of that name. */
static uint64_t unit_ns(const char *suffix)
{
	static const struct {
		const char *suffix;
		uint64_t ns;
	} units[] = {
		{ "", 1000000000 }, { "s", 1000000000 }, { "ms", 1000000 },
		{ "us", 1000 },	    { "ns", 1 },
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (!strcmp(suffix, units[i].suffix))
			return units[i].ns;
	return 0;
}

bool time_parse(const char *text, uint64_t *ns)
{
	uint64_t unit = unit_ns(text + strspn(text, "0123456789."));
	unsigned long long whole;
	char *end;

	errno = 0;
	whole = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || errno || !unit || whole > TIME_MAX_NS / unit)
		return false;
	*ns = whole * unit;
	if (*end == '.' && (end[1] < '0' || end[1] > '9'))
		return false;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++) {
			unit /= 10;
			if (!unit && *end != '0')
				return false; /* finer than a ns */
			*ns += unit * (uint64_t)(*end - '0');
		}
	return *end != '.';
}

uint64_t option_time(const struct argp_state *state, const char *option, const char *text)
{
	uint64_t ns = 0;

	if (!time_parse(text, &ns))
		argp_error(state, "%s: '%s' is not a time, as in 1.5, 20ms or 300us", option, text);
	return ns;
}

bool option_of_recording(int key, bool *anonymous)
{
	switch (key) {
	case OPTION_ANONYMOUS:
		*anonymous = true;
		return true;
	case 'q':
		quiet = 1;
		return true;
	case 'v':
		verbose++;
		return true;
	default:
		return false;
	}
}
