/* SPDX-License-Identifier: MIT */
#include "target/process_pattern.h"

#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "target/cmdline.h"

struct process_pattern {
	regex_t regex;
	char cmdline[PROCESS_PATTERN_MAX_CMDLINE + 1];
};

static enum pyprof_status not_a_regex(int code, const char *regex, struct pyprof_error *err)
{
	char why[100];

	if (code == REG_ESPACE)
		return error_nomem(err);
	regerror(code, NULL, why, sizeof(why));
	error_set(err, PYPROF_ERR_USAGE, "not a regular expression: %s in \"%s\"", why, regex);
	error_hint(err, "it is an extended one, as for grep -E; a backslash takes the meaning from "
			"one of .[]()*+?{}|^$");
	return PYPROF_ERR_USAGE;
}

enum pyprof_status process_pattern_create(struct process_pattern **out, const char *regex,
					  struct pyprof_error *err)
{
	struct process_pattern *pattern;
	int code;

	*out = NULL;
	if (!*regex)
		return error_set(err, PYPROF_ERR_USAGE,
				 "an empty pattern matches every process");
	pattern = calloc(1, sizeof(*pattern));
	if (!pattern)
		return error_nomem(err);
	code = regcomp(&pattern->regex, regex, REG_EXTENDED | REG_NOSUB);
	if (code != 0) {
		free(pattern);
		return not_a_regex(code, regex, err);
	}
	*out = pattern;
	return PYPROF_OK;
}

void process_pattern_destroy(struct process_pattern *pattern)
{
	if (!pattern)
		return;
	regfree(&pattern->regex);
	free(pattern);
}

/* Reads it into pattern->cmdline; false where there is none. */
static bool read_cmdline(struct process_pattern *pattern, int proc_fd, pid_t pid)
{
	char path[32];
	size_t len = 0;
	ssize_t got;

	snprintf(path, sizeof(path), "%d/cmdline", pid);
	_cleanup_fd_ int fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && len < PROCESS_PATTERN_MAX_CMDLINE &&
	       (got = read(fd, pattern->cmdline + len, PROCESS_PATTERN_MAX_CMDLINE - len)) > 0)
		len += (size_t)got;
	len = cmdline_join(pattern->cmdline, len);
	pattern->cmdline[len] = '\0';
	return len > 0;
}

bool process_pattern_matches(struct process_pattern *pattern, int proc_fd, pid_t pid)
{
	return read_cmdline(pattern, proc_fd, pid) &&
	       regexec(&pattern->regex, pattern->cmdline, 0, NULL, 0) == 0;
}
