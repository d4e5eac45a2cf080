/* SPDX-License-Identifier: MIT */
/*
 * Where the texts of source files come from, for who shows them: from the target's own view of
 * its files while it can be had, from a folder of the user's, or from this machine.
 */
#ifndef PYPROF_PROFILE_SOURCE_READER_H
#define PYPROF_PROFILE_SOURCE_READER_H

#include <stdint.h>

#include "base/str.h"

enum source_state {
	SOURCE_FOUND = 0,
	SOURCE_NEWER,	/* it is there, but was changed after the recording: text is what it is now */
	SOURCE_MISSING, /* it cannot be read; *text is empty */
};

struct source_reader {
	/* The text of `path`, as it stands in the profile, into *text (emptied first). */
	enum source_state (*read)(void *arg, const char *path, struct str *text);
	void *arg;
};

#endif
