/* SPDX-License-Identifier: MIT */
#include "target/thread_table.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "target/procfs.h"

struct thread_table *thread_table_create(void)
{
	return calloc(1, sizeof(struct thread_table));
}

void thread_table_destroy(struct thread_table *table)
{
	if (!table)
		return;
	free(table->entries);
	free(table);
}

/* ---- the note "threads" ----------------------------------------------------------- */

/* comm as /proc/PID/status writes a name: on one line. */
static void add_comm(struct str *out, const char *comm)
{
	for (; *comm; comm++) {
		if (*comm == '\n')
			str_add_cstr(out, "\\n");
		else if (*comm == '\\')
			str_add_cstr(out, "\\\\");
		else
			str_add_char(out, *comm);
	}
}

static void take_comm(char *comm, const char *p, const char *end)
{
	size_t n = 0;

	for (; p < end && n < THREAD_COMM_MAX - 1; p++) {
		char c = *p;
		if (c == '\\' && p + 1 < end) {
			c = *++p;
			if (c == 'n')
				c = '\n';
		}
		comm[n++] = c;
	}
	comm[n] = '\0';
}

/* A thread id and the blank behind it; 0 where there is none. */
static pid_t take_tid(const char **p, const char *end)
{
	uint64_t value = 0;

	for (; *p < end && **p >= '0' && **p <= '9' && value <= INT_MAX; (*p)++)
		value = value * 10 + (uint64_t)(**p - '0');
	if (*p == end || **p != ' ' || value > INT_MAX)
		return 0;
	(*p)++;
	return (pid_t)value;
}

static bool parse_line(struct thread_entry *entry, const char *p, const char *end)
{
	entry->tid = take_tid(&p, end);
	entry->ns_tid = entry->tid ? take_tid(&p, end) : 0;
	if (!entry->ns_tid || p == end || *p <= ' ')
		return false;
	entry->state = *p++;
	if (p < end && *p++ != ' ')
		return false;
	take_comm(entry->comm, p, end);
	return true;
}

enum pyprof_status thread_table_parse(struct thread_table *table, const char *text, size_t len,
				      struct pyprof_error *err)
{
	const char *end = text + len;
	size_t line = 0;

	for (const char *p = text; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *line_end = newline ? newline : end;

		line++;
		if (!array_grow(table->entries, table->n, table->cap))
			return error_nomem(err);
		if (!parse_line(&table->entries[table->n], p, line_end))
			return error_set(err, PYPROF_ERR_CORRUPT,
					 "note \"threads\", line %zu: not \"TID NSTID STATE "
					 "COMM\"",
					 line);
		table->n++;
		p = newline ? newline + 1 : end;
	}
	return PYPROF_OK;
}

/* The state letter of proc(5); 0 where the thread is gone. */
static char state_letter(const struct target *target, pid_t tid)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	const char *close_paren;
	char path[40];

	snprintf(path, sizeof(path), "task/%d/stat", tid);
	if (!target_lives(target)) {
		for (size_t i = 0; i < target->threads->n; i++)
			if (target->threads->entries[i].tid == tid)
				return target->threads->entries[i].state;
		return '\0';
	}
	if (!proc_read(&text, target->proc_fd, path, PROC_STATUS_MAX))
		return '\0';
	close_paren = strrchr(str_cstr(&text), ')');
	return close_paren && close_paren[1] == ' ' ? close_paren[2] : '\0';
}

enum pyprof_status target_format_threads(const struct target *target, struct str *out,
					 struct pyprof_error *err)
{
	_cleanup_free_ pid_t *tids = NULL;
	size_t n = 0, cap = 0;
	enum pyprof_status status = target_threads(target, &tids, &n, &cap, err);

	for (size_t i = 0; i < n && status == PYPROF_OK; i++) {
		char comm[THREAD_COMM_MAX];
		pid_t ns_tid = target_tid_to_ns(target, tids[i]);
		char state;

		state = state_letter(target, tids[i]);
		if (!ns_tid || !state)
			continue; /* it ended meanwhile */
		target_thread_comm(target, tids[i], comm, sizeof(comm));
		str_printf(out, "%d %d %c ", tids[i], ns_tid, state);
		add_comm(out, comm);
		str_add_char(out, '\n');
	}
	if (status == PYPROF_OK && out->failed)
		status = error_nomem(err);
	return status;
}
