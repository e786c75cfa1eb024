/* SPDX-License-Identifier: MIT */
/* The words of a drawing's line, and what they stand for. Included by drawn_trace.c. */

/* What follows KEY= in the line, NULL: it is not there. */
static const char *drawn_option(const struct drawn *d, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 1; i < d->word_count; i++)
		if (!strncmp(d->words[i], key, len) && d->words[i][len] == '=')
			return d->words[i] + len + 1;
	return NULL;
}

static bool drawn_flag(const struct drawn *d, const char *word)
{
	for (size_t i = 1; i < d->word_count; i++)
		if (!strcmp(d->words[i], word))
			return true;
	return false;
}

static uint64_t drawn_number(struct drawn *d, const char *text)
{
	char *end = NULL;
	uint64_t value = text ? strtoull(text, &end, 0) : 0;

	if (!text || end == text || *end)
		drawn_wrong(d, "a number is missing or is not one");
	return value;
}

static uint64_t drawn_option_or(struct drawn *d, const char *key, uint64_t otherwise)
{
	const char *text = drawn_option(d, key);

	return text ? drawn_number(d, text) : otherwise;
}

static uint64_t drawn_word(struct drawn *d, size_t index)
{
	return drawn_number(d, index < d->word_count ? d->words[index] : NULL);
}

static uint32_t drawn_state_named(struct drawn *d, const char *word)
{
	if (!strcmp(word, "R"))
		return 0;
	if (!strcmp(word, "S"))
		return 1;
	if (!strcmp(word, "D"))
		return 2;
	return drawn_number(d, word);
}

static uint32_t drawn_state(struct drawn *d, size_t index)
{
	return drawn_state_named(d, index < d->word_count ? d->words[index] : "");
}

static int drawn_syscall(struct drawn *d)
{
	static const struct {
		const char *name;
		int number;
	} calls[] = {
		{ "read", __NR_read },
		{ "write", __NR_write },
		{ "nanosleep", __NR_nanosleep },
		{ "clock_nanosleep", __NR_clock_nanosleep },
		{ "wait4", __NR_wait4 },
		{ "waitid", __NR_waitid },
		{ "sched_yield", __NR_sched_yield },
		{ "futex", __NR_futex },
		{ "rt_sigsuspend", __NR_rt_sigsuspend },
		{ "vfork", __NR_vfork },
		{ "pause", __NR_pause },
		{ "epoll_wait", __NR_epoll_wait },
	};
	const char *name = drawn_option(d, "syscall");

	for (size_t i = 0; name && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (!strcmp(calls[i].name, name))
			return calls[i].number;
	if (name)
		drawn_wrong(d, "a system call that drawn_words.c does not know");
	return SYSCALL_NONE;
}
