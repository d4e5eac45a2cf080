/* SPDX-License-Identifier: MIT */
/*
 * Writing while a recording runs: what there is so far, when somebody asks for it (SIGUSR1), and
 * every so long into files of their own (--write-every).
 *
 * A child of ours writes, from its copy of our memory, so that no tick is lost while it does: what
 * that costs the recording is the fork. There is one at a time; what is asked for meanwhile is done
 * after it. A file that could not be written is told of, and what it would have held comes with the
 * next one.
 *
 * The files of --write-every are called after the output, with the local time before its ending:
 * app.20261123T050800.svg beside app.svg. So a name stays what it is, whoever copies them away may
 * do so at any time, and their order is that of their names. The time is when it was written: the
 * file has what was recorded until then, since the file before it. A file that is there already is
 * another's, and left alone: a number is put behind the time. Older ones than `keep` are removed,
 * where they still are the files that we wrote.
 */
#ifndef PYPROF_CMD_SO_FAR_H
#define PYPROF_CMD_SO_FAR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"
#include "libpyprof.h"

struct so_far_opts {
	const char *path;  /* the output: must stay; "-" and pipes cannot be written so far */
	uint64_t every_ns; /* 0: only when asked */
	uint64_t keep;	   /* so many of the files of --write-every; 0: all */
	bool whole;	   /* these have all so far, and not only what the one before had not */
	/* Writes the recording since a mark (NULL: all). Called in the child too. */
	enum pyprof_status (*write)(void *arg, const char *path, const struct pyprof_mark *since,
				    struct pyprof_error *err);
	/* Tells of a file, or (err not NULL) of what went wrong. `asked`: by SIGUSR1. */
	void (*say)(void *arg, const char *text, bool asked, const struct pyprof_error *err);
	void *arg; /* of both */
};

/* A file of --write-every. */
struct so_far_file {
	char *path;
	dev_t dev;
	ino_t ino;
};

struct so_far {
	struct so_far_opts opts;
	uint64_t due_ns; /* of the next one; 0: not known yet */
	bool asked;
	struct pyprof_mark *mark; /* what the last file of --write-every had; NULL: none yet */
	uint64_t mark_ticks;

	/* While a child writes. */
	pid_t child;   /* 0: none does */
	int result_fd; /* tells how it went */
	bool timed;    /* for --write-every */
	char *path;
	struct pyprof_mark *next_mark;
	struct pyprof_stats stats;

	struct so_far_file *files; /* the oldest first */
	size_t n_files, cap_files;
	enum pyprof_status last_status; /* of --write-every; what was said need not be said… */
	int last_errno;			/* …again; OK: nothing */
};

void so_far_init(struct so_far *so_far, const struct so_far_opts *opts);
void so_far_deinit(struct so_far *so_far);

/*
 * Is it, or would it be, a file that is written whole or not at all? What goes into a pipe or a device
 * cannot be taken back.
 */
bool so_far_is_file(const char *path);

/*
 * Can files be written beside the output, and not only the output? To be asked before a long
 * recording. Errors: USAGE (the output is no file), IO, NOMEM.
 */
enum pyprof_status so_far_check(const struct so_far_opts *opts, const char *format,
				struct pyprof_error *err);

/* To be called between looks, now and then: see pyprof_tick_fn. */
void so_far_tick(struct so_far *so_far, struct pyprof_recorder *recorder);

/*
 * The recording is over: waits for the child, so that nothing older replaces what is written from
 * now on, and writes the last file of --write-every. Errors: those of opts.write, also said.
 */
enum pyprof_status so_far_finish(struct so_far *so_far, struct pyprof_recorder *recorder,
				 struct pyprof_error *err);

/* The name beside `path` for a stamp; `n`: 1 or more, where the name is to differ. */
void so_far_name(struct str *out, const char *path, const char *stamp, unsigned n);

#endif
