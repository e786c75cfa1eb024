/* SPDX-License-Identifier: MIT */
/* The values of options, read strictly: the whole text, or one line that says what is wrong. */
#ifndef OPTION_VALUES_H
#define OPTION_VALUES_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/* argp_parse(), which says what is wrong and exits; so does this one also for want of memory. */
void options_parse(const struct argp *argp, int argc, char **argv, void *input);

/*
 * Strict numbers: the whole text, decimal, within [min, max]; else argp_error-like one line naming
 * the option, the text and the range, and exit by the usage status.
 */
uint64_t option_uint(const struct argp_state *state, const char *option, const char *text,
		     uint64_t min, uint64_t max);
/* Bytes, or "4K", "16M", "1G"; within [min, max], or it exits like option_uint(). */
uint64_t option_size(const struct argp_state *state, const char *option, const char *text,
		     uint64_t min, uint64_t max);

/*
 * "1.5", "1.5s", "20ms", "300us", "7ns" in ns, exactly: what was printed as a time finds it again.
 * False where it is no time; option_time() exits then like option_uint().
 */
bool time_parse(const char *text, uint64_t *ns);
uint64_t option_time(const struct argp_state *state, const char *option, const char *text);

/*
 * Entries of an option table, in its group `group`, for the verbs that record. Their keys are for
 * option_of_recording(), which is false where `key` is another one.
 */
#define OPTION_ANONYMOUS 0x1000
/* clang-format off */
#define OPTIONS_OF_RECORDING(group) \
	{ "anonymous", OPTION_ANONYMOUS, 0, 0, "Write no host name and no arguments", group }, \
	{ "quiet", 'q', 0, 0, "No progress and no warnings", group }, \
	{ "verbose", 'v', 0, 0, "Say more, the loader's messages too", group }
/* clang-format on */
bool option_of_recording(int key, bool *anonymous);

#endif
