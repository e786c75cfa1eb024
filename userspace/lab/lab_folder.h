/* SPDX-License-Identifier: MIT */
#ifndef LAB_FOLDER_H
#define LAB_FOLDER_H

#include <jansson.h>
#include <limits.h>

/* The results folder; all that is made here belongs to the invoking user under sudo. */

/* "results/HOST-DATE", DATE as YYYYMMDD-HHMMSS in local time, HOST "anonymous" where NULL. */
void lab_folder_name(char out[PATH_MAX], const char *host);

/* Makes `path` and the folders above it that are missing. 0, or an exit status, the reason printed.
 */
int lab_folder_make(const char *path);

/* FOLDER/NAME as text or JSON: written aside and renamed, so that it is there whole or not at all.
 * 0, or an exit status with the reason printed. */
int lab_folder_write_text(const char *folder, const char *name, const char *text);
int lab_folder_write_json(const char *folder, const char *name, const json_t *json);

#endif
