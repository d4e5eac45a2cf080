/* SPDX-License-Identifier: MIT */
/* Snapshots made by hand, of static data: not to be destroyed. */
#ifndef PYPROF_TESTS_MADE_SNAPSHOT_H
#define PYPROF_TESTS_MADE_SNAPSHOT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump/show.h"
#include "dump/snapshot.h"

/* Texts of a snapshot are the owner's to change: these are not changed. */
#define TEXT(literal) ((char *)(uintptr_t)(literal))

/* FRAME("f", "/srv/app/a.py", 12): its address and code follow from what it is. */
#define FRAME(name, path, number, ...)                                                   \
	{ .function = TEXT(name),                                                        \
	  .file = TEXT(path),                                                            \
	  .line = (number),                                                              \
	  .address = 0x1000,                                                             \
	  .code = 0x2000,                                                                \
	  __VA_ARGS__ }

#define FRAMES(array) .frames = (array), .n_frames = sizeof(array) / sizeof((array)[0])

#define NO_WAIT { .holder = SNAPSHOT_NONE, .holder_frame = SNAPSHOT_NONE }

static inline struct snapshot made_process(struct snapshot_thread *threads, size_t n)
{
	return (struct snapshot){ .pid = 100,
				  .command = TEXT("python3 app.py"),
				  .exe = TEXT("/usr/bin/python3.13"),
				  .version = TEXT("3.13.0"),
				  .cwd = TEXT("/srv/app"),
				  .one_moment = true,
				  .gil_known = true,
				  .threads = threads,
				  .n_threads = n };
}

/* What `show` makes of the processes; the caller's to free. */
__attribute__((noinline, unused)) static char *
shown(struct snapshot **processes, size_t n, const struct snapshot_show *show, bool json)
{
	struct snapshots all = { .processes = processes, .n = n };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	enum pyprof_status status;

	if (!out)
		abort();
	status = json ? snapshots_json(&all, show, out, NULL)
		      : snapshots_text(&all, show, out, NULL);
	if (fclose(out) || status)
		abort();
	return text;
}

#endif
