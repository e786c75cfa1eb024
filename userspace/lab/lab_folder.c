/* SPDX-License-Identifier: MIT */
#include "lab_folder.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "common/failure.h"
#include "common/invoking_user.h"
#include "report/report.h"

void lab_folder_name(char out[PATH_MAX], const char *host)
{
	char date[32], clean[65];
	time_t now = time(NULL);
	size_t length = 0;
	struct tm local;

	localtime_r(&now, &local);
	strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &local);
	/* a host name may hold anything, a '/' too */
	for (; host && *host && length < sizeof(clean) - 1; host++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
			   *host))
			clean[length++] = *host;
	clean[length] = '\0';
	snprintf(out, PATH_MAX, "results/%s-%s", length ? clean : "anonymous", date);
}

/* One folder, whose parent is there. What is there already is left as it is. */
static int make_one(const char *path)
{
	uid_t uid;
	gid_t gid;

	if (mkdir(path, 0777) < 0)
		return errno == EEXIST ? 0 : -1;
	if (invoking_user(&uid, &gid))
		return lchown(path, uid, gid);
	return 0;
}

int lab_folder_make(const char *path)
{
	char part[PATH_MAX];
	int status = 0, length = snprintf(part, sizeof(part), "%s", path);
	struct stat st;

	if (length >= (int)sizeof(part))
		return fail(EXIT_FAILED, NULL, "the results folder's path is too long");
	for (char *slash = part + 1; !status && (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		status = make_one(part);
		*slash = '/';
	}
	if (!status)
		status = make_one(part);
	if (!status && stat(part, &st) == 0 && !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		status = -1;
	}
	if (status)
		return fail(EXIT_FAILED, "choose another folder with -o", "%s: %s", path,
			    strerror(errno));
	return 0;
}

/* Opens FOLDER/.NAME.new for writing; NULL with the reason printed. */
static FILE *open_aside(const char *folder, const char *name, char aside[PATH_MAX])
{
	if (snprintf(aside, PATH_MAX, "%s/.%s.new", folder, name) >= PATH_MAX) {
		fail(EXIT_FAILED, NULL, "the results folder's path is too long");
		return NULL;
	}
	unlink(aside); /* of a lab that was killed */
	return output_file(aside);
}

/* Closes `out` and gives it its name. */
static int publish(FILE *out, const char *folder, const char *name, const char *aside, int error)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (fclose(out) != 0)
		error = -1;
	if (!error && rename(aside, path) == 0)
		return 0;
	fail(EXIT_FAILED, "is there room on the disk?", "%s: %s", path, strerror(errno));
	unlink(aside);
	return EXIT_FAILED;
}

int lab_folder_write_text(const char *folder, const char *name, const char *text)
{
	char aside[PATH_MAX];
	FILE *out = open_aside(folder, name, aside);

	if (!out)
		return EXIT_FAILED;
	return publish(out, folder, name, aside, fputs(text, out) < 0 ? -1 : 0);
}

int lab_folder_write_json(const char *folder, const char *name, const json_t *json)
{
	char aside[PATH_MAX];
	FILE *out = open_aside(folder, name, aside);

	if (!out)
		return EXIT_FAILED;
	return publish(out, folder, name, aside, json_write(json, out));
}
