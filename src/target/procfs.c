/* SPDX-License-Identifier: MIT */
#include "target/procfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* ---- stat ---------------------------------------------------------------------- */

/* The last field that we want is the 38th; 1 KiB holds that many with any name before. */
#define STAT_BYTES  1024
#define NEEDED_FIELD 22
#define LAST_FIELD   38

static void take_field(struct proc_stat *out, int field, unsigned long long value)
{
	switch (field) {
	case 4:
		out->ppid = (pid_t)value;
		break;
	case 6:
		out->session = (pid_t)value;
		break;
	case 9:
		out->flags = (uint32_t)value;
		break;
	case 20:
		out->n_threads = (int)value;
		break;
	case 22:
		out->start_time = value;
		break;
	case 38:
		out->exit_signal = (int)value;
		break;
	default:
		break;
	}
}

bool proc_stat_parse(struct proc_stat *out, const char *text, size_t len)
{
	char buf[STAT_BYTES];
	const char *close_paren = len ? memrchr(text, ')', len) : NULL;
	char *p, *end;
	size_t rest;

	if (!close_paren)
		return false;
	rest = len - (size_t)(close_paren + 1 - text);
	if (rest < 2 || rest >= sizeof(buf) || close_paren[1] != ' ')
		return false;
	memcpy(buf, close_paren + 1, rest);
	buf[rest] = '\0';

	*out = (struct proc_stat){ .state = buf[1] };
	p = buf + 2;
	for (int field = 4; field <= LAST_FIELD; field++) {
		errno = 0;
		unsigned long long value = strtoull(p, &end, 10);
		if (end == p || errno)
			return field > NEEDED_FIELD;
		take_field(out, field, value);
		p = end;
	}
	return true;
}

bool proc_stat_read(struct proc_stat *out, int dir_fd, const char *path)
{
	_cleanup_fd_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);
	char buf[STAT_BYTES];
	ssize_t got;

	if (fd < 0)
		return false;
	got = pread(fd, buf, sizeof(buf), 0);
	if (got < 0)
		return false;
	if (!proc_stat_parse(out, buf, (size_t)got)) {
		errno = got ? EPROTO : ESRCH;
		return false;
	}
	return true;
}

/* ---- status -------------------------------------------------------------------- */

const char *proc_status_field(const char *text, const char *name, size_t *len)
{
	size_t name_len = strlen(name);

	for (const char *line = text; line && *line;) {
		const char *newline = strchr(line, '\n');
		if (strncmp(line, name, name_len) == 0 && line[name_len] == ':') {
			line += name_len + 1;
			line += strspn(line, " \t");
			*len = newline && newline >= line ? (size_t)(newline - line)
							  : strlen(line);
			return line;
		}
		line = newline ? newline + 1 : NULL;
	}
	return NULL;
}

size_t proc_status_numbers(const char *text, const char *name, int base, uint64_t *out,
			   size_t max)
{
	size_t len, n = 0;
	const char *p = proc_status_field(text, name, &len);
	const char *line_end = p ? p + len : NULL;

	while (p && p < line_end) {
		char *end;
		unsigned long long value = strtoull(p, &end, base);
		/* strtoull() skips newlines too: what it found may be of the next line. */
		if (end == p || end > line_end)
			break;
		if (n < max)
			out[n] = value;
		n++;
		p = end;
	}
	return n;
}

/* ---- numbers -------------------------------------------------------------------- */

/* One number, and what has to be behind it. */
static bool take_number(const char **p, const char *end, uint64_t *out)
{
	const char *begin = *p;

	*out = 0;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
		if (__builtin_mul_overflow(*out, 10, out) ||
		    __builtin_add_overflow(*out, (uint64_t)(**p - '0'), out))
			return false;
	if (*p == begin || *p == end || (**p != ' ' && **p != '\n'))
		return false;
	(*p)++;
	return true;
}

bool proc_numbers(const char *text, size_t len, uint64_t *out, size_t n)
{
	const char *end = text + len;

	for (size_t i = 0; i < n; i++)
		if (!take_number(&text, end, &out[i]))
			return false;
	return true;
}

/* ---- files and links ----------------------------------------------------------- */

bool proc_read(struct str *out, int dir_fd, const char *path, size_t limit)
{
	_cleanup_fd_ int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && str_read_fd(out, fd, limit);
}

bool proc_read_link(struct str *out, int dir_fd, const char *path)
{
	char buf[PATH_MAX];
	ssize_t len = readlinkat(dir_fd, path, buf, sizeof(buf));

	if (len < 0)
		return false;
	str_add(out, buf, (size_t)len);
	return true;
}

/* ---- ids: task/, and /proc itself ------------------------------------------------ */

/* Returns 0 for names that are no ids ("." and ".."). */
static pid_t id_of_name(const char *name)
{
	char *end;
	long value = strtol(name, &end, 10);

	return *end || end == name || value <= 0 || value > INT_MAX ? 0 : (pid_t)value;
}

ssize_t proc_next_ids(int fd, pid_t ids[static PROC_IDS_MAX])
{
	/* getdents64(2) by hand: opendir(3) allocates, and this runs between samples. */
	_Alignas(struct dirent64) char buf[16384];
	ssize_t got, n = 0;

	/* /proc begins with a buffer's worth of other names. */
	while (!n && (got = getdents64(fd, buf, sizeof(buf))) != 0) {
		if (got < 0)
			return -1;
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buf + at);
			pid_t id = id_of_name(entry->d_name);
			if (id && n < PROC_IDS_MAX)
				ids[n++] = id;
			at += entry->d_reclen;
		}
	}
	return n;
}

bool proc_each_task(int dir_fd, proc_task_fn *fn, void *arg)
{
	_cleanup_fd_ int fd = openat(dir_fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	pid_t tids[PROC_IDS_MAX];
	ssize_t n;

	if (fd < 0)
		return false;
	while ((n = proc_next_ids(fd, tids)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (!fn(tids[i], arg)) {
				errno = 0;
				return false;
			}
		}
	}
	return n == 0;
}
