/* SPDX-License-Identifier: MIT */
/* A folder that each test of output files has to itself and runs in, and what lies there. */
#ifndef PYPROF_TESTS_UNIT_OUTPUT_FOLDER_H
#define PYPROF_TESTS_UNIT_OUTPUT_FOLDER_H

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"

static inline int set_up(void **state)
{
	static char folder[32];

	strncpy(folder, "/tmp/pyprof-test-XXXXXX", sizeof(folder) - 1);
	if (!mkdtemp(folder) || chdir(folder) != 0)
		return -1;
	umask(022);
	*state = folder;
	return 0;
}

static inline int tear_down(void **state)
{
	struct str command = STR_INIT;
	int status;

	str_printf(&command, "chmod -R u+rwx '%s' && rm -rf '%s'", (char *)*state,
		   (char *)*state);
	status = chdir("/") == 0 ? system(str_cstr(&command)) : -1;
	str_deinit(&command);
	return status;
}

static inline void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static inline void expect_content(const char *path, const char *want)
{
	struct str text = STR_INIT;

	if (!str_read_file(&text, path, 1 << 20))
		fail_msg("%s: %s", path, strerror(errno));
	assert_string_equal(str_cstr(&text), want);
	str_deinit(&text);
}

/* Number of names in the folder, "." and ".." left out; *last is one of them. */
static inline size_t count_names(const char *folder, char last[NAME_MAX + 1])
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			n++;
			snprintf(last, NAME_MAX + 1, "%s", entry->d_name);
		}
	}
	closedir(dir);
	return n;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
