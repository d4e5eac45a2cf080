/* SPDX-License-Identifier: MIT */
/*
 * A /proc that the test writes itself: what real processes do only by chance (a number is given
 * again, a fork is half done) happens when the test says so, and so does the time.
 */
#ifndef PYPROF_TESTS_UNIT_MADE_UP_PROC_H
#define PYPROF_TESTS_UNIT_MADE_UP_PROC_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
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

#include "base/cleanup.h"
#include "target/process_table.h"
#include "target/processes.h"

#define MAX_PIDS 1201
#define TOLD_MAX 64

/* One process of ours, as its stat file has it. */
struct made_up {
	pid_t pid, ppid;
	uint64_t start;	   /* 0: as its number */
	pid_t group;	   /* 0: 1 */
	pid_t session;	   /* 0: 1 */
	char state;	   /* 0: 'S' */
	int threads;	   /* 0: one */
	bool is_thread;
	const char *comm; /* NULL: "python" */
};

struct fixture {
	char dir[64];
	struct process_table *table;
	uint64_t now_ns;
	pid_t told[TOLD_MAX]; /* by the last look() */
	size_t n_told;
	struct process last; /* of those */
	bool made[MAX_PIDS];
};

/* ---- writing it ------------------------------------------------------------------- */

static inline void write_file(const struct fixture *f, const char *name, const void *bytes,
			      size_t len)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static inline void write_text(const struct fixture *f, const char *name, const char *text)
{
	write_file(f, name, text, strlen(text));
}

static inline void give_number(const struct fixture *f, pid_t pid)
{
	char text[64];

	snprintf(text, sizeof(text), "0.46 0.32 0.79 2/84 %d\n", pid);
	write_text(f, "loadavg", text);
}

static inline void make_folder(struct fixture *f, pid_t pid)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%d", f->dir, pid);
	assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
	if (pid < MAX_PIDS)
		f->made[pid] = true;
}

static inline void put(struct fixture *f, struct made_up p)
{
	char text[512], name[32];

	make_folder(f, p.pid);
	snprintf(text, sizeof(text),
		 "%d (%s) %c %d %d %d 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 %d 0 %" PRIu64
		 " 0 0 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 %d 0\n",
		 p.pid, p.comm ? p.comm : "python", p.state ? p.state : 'S', p.ppid,
		 p.group ? p.group : 1, p.session ? p.session : 1, p.threads ? p.threads : 1,
		 p.start ? p.start : (uint64_t)p.pid, p.is_thread ? -1 : 17);
	snprintf(name, sizeof(name), "%d/stat", p.pid);
	write_text(f, name, text);
}

/* Puts it there, and lets its number be the one given last. */
static inline void put_new(struct fixture *f, struct made_up p)
{
	put(f, p);
	give_number(f, p.pid);
}

#define PUT(f, ...)	put(f, (struct made_up){ __VA_ARGS__ })
#define PUT_NEW(f, ...) put_new(f, (struct made_up){ __VA_ARGS__ })

static inline void put_cmdline(const struct fixture *f, pid_t pid, const char *bytes, size_t len)
{
	char name[32];

	snprintf(name, sizeof(name), "%d/cmdline", pid);
	write_file(f, name, bytes, len);
}

#define CMDLINE(f, pid, literal) put_cmdline(f, pid, literal, sizeof(literal))

static inline void take_away(const struct fixture *f, pid_t pid)
{
	static const char *const files[] = { "/stat", "/cmdline", "" };
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%d%s", f->dir, pid, files[i]);
		remove(path);
	}
}

static inline int begin(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	char path[PATH_MAX], self[32];

	/* In memory, if we may: thousands of files take seconds on a disk. */
	snprintf(f->dir, sizeof(f->dir), "%s/pyprof-processes-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(self, sizeof(self), "%d", getpid());
	snprintf(path, sizeof(path), "%s/self", f->dir);
	if (symlink(self, path) < 0)
		return -1;
	PUT(f, .pid = 1);
	PUT(f, .pid = 50, .ppid = 1);
	PUT(f, .pid = 100, .ppid = 1);
	give_number(f, 100);
	f->now_ns = 5000000000;
	*state = f;
	return 0;
}

static inline int end(void **state)
{
	static const char *const files[] = { "loadavg", "self", "" };
	struct fixture *f = *state;
	char path[PATH_MAX];

	processes_destroy(f->table);
	for (pid_t pid = 1; pid < MAX_PIDS; pid++) {
		if (f->made[pid])
			take_away(f, pid);
	}
	take_away(f, MAX_PIDS + 7);
	take_away(f, getpid());
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, files[i]);
		remove(path);
	}
	free(f);
	return 0;
}

/* ---- asking ----------------------------------------------------------------------- */

/* Our own number, where it is none of the made up ones: on a young machine it may be. */
static inline pid_t own_pid(void)
{
	return getpid() < MAX_PIDS ? MAX_PIDS + 7 : getpid();
}

static inline struct process_table *table_of(struct fixture *f)
{
	struct pyprof_error err = { 0 };

	if (!f->table && processes_create(&f->table, f->dir, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	if (f->table)
		f->table->self = own_pid();
	return f->table;
}

static inline void follow(struct fixture *f, pid_t pid)
{
	struct pyprof_error err = { 0 };

	if (processes_follow(table_of(f), pid, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
}

static inline void match(struct fixture *f, const char *regex, bool descendants)
{
	struct pyprof_error err = { 0 };

	if (processes_match(table_of(f), regex, descendants, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
}

/* Lets `ms` pass, looks, and collects what is told. */
static inline void look(struct fixture *f, unsigned int ms)
{
	struct pyprof_error err = { 0 };

	f->now_ns += ms * 1000000ull;
	if (processes_refresh(table_of(f), f->now_ns, &err) != PYPROF_OK)
		fail_msg("%s", err.message);
	f->n_told = 0;
	while (processes_next(f->table, &f->last)) {
		assert_true(f->n_told < TOLD_MAX);
		f->told[f->n_told++] = f->last.pid;
	}
}

/* As long as it takes to look at all again: a second, and some parts of a listing. */
static inline void look_at_all(struct fixture *f)
{
	pid_t told[TOLD_MAX];
	size_t n = 0;

	for (int i = 0; i < 140; i++) {
		look(f, 10);
		for (size_t k = 0; k < f->n_told; k++)
			told[n++] = f->told[k];
	}
	memcpy(f->told, told, n * sizeof(told[0]));
	f->n_told = n;
}

static inline bool was_told(const struct fixture *f, pid_t pid)
{
	bool found = false;

	for (size_t i = 0; i < f->n_told; i++)
		found |= f->told[i] == pid;
	return found;
}

static inline void assert_told_(const struct fixture *f, const pid_t *pids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!was_told(f, pids[i]))
			fail_msg("%d was not told", pids[i]);
	assert_int_equal(f->n_told, n);
}

#define assert_told(f, ...)                                                              \
	assert_told_(f, (pid_t[]){ __VA_ARGS__ }, ARRAY_SIZE(((pid_t[]){ __VA_ARGS__ })))
#define assert_none_told(f) assert_int_equal((f)->n_told, 0)
#define assert_alive(f, n)  assert_int_equal(processes_alive((f)->table), n)

#define made_up_test(fn) cmocka_unit_test_setup_teardown(fn, begin, end)

#endif
