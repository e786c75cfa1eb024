/* SPDX-License-Identifier: MIT */
#include "leftover.h"
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static char file_path[PATH_MAX + 8], folder_path[PATH_MAX];
static pid_t owner; /* 0: there is nothing; a child of the owner's must remove nothing */
static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static void remove_and_end(int number)
{
	if (owner == getpid()) {
		unlink(file_path);
		if (*folder_path)
			rmdir(folder_path);
	}
	raise(number); /* by now its default: it ends the process */
}

int leftover_keep_in_mind(const char *file, const char *folder)
{
	struct sigaction action = { .sa_handler = remove_and_end,
				    .sa_flags = SA_RESETHAND | SA_NODEFER },
			 now;

	if (owner == getpid())
		return 0;
	snprintf(file_path, sizeof(file_path), "%s", file);
	snprintf(folder_path, sizeof(folder_path), "%s", folder ? folder : "");
	owner = getpid();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &now) && now.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	return 1;
}

void leftover_forget(void)
{
	struct sigaction now;

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!sigaction(signals[i], NULL, &now) && now.sa_handler == remove_and_end)
			signal(signals[i], SIG_DFL);
	owner = 0;
}
