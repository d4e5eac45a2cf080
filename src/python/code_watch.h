/* SPDX-License-Identifier: MIT */
/*
 * Code objects compared in bulk: by themselves, or within a look, at the very moment that the stack
 * is proven for.
 *
 * Comparing before and after a walk does not tell whether the same few code objects have taken
 * turns at one address in between (to 3.11: later ones have numbers of their own). So those at
 * addresses where objects come and go are read with the frames: both passes say that the frame
 * was there all the time, and a frame holds on to its code object, and that to its parts.
 */
#ifndef PYPROF_PYTHON_CODE_WATCH_H
#define PYPROF_PYTHON_CODE_WATCH_H

#include "python/code.h"

/* Bytes of all that is compared; what does not fit is not watched. */
#define PY_CODE_WATCH_MAX (1u << 20)

/* One code object: where its pieces lie in the watch's bytes. */
struct py_watched_code {
	uint32_t index, generation; /* of the entry */
	bool contents;
	size_t object, name, file, table;
};

struct py_code_watch {
	struct py_watched_code *codes;
	size_t n, cap;
	struct memory_piece *pieces; /* for the walker, from py_code_watch_ready() on */
	size_t n_pieces, cap_pieces;
	uint8_t *bytes;
	size_t len, cap_bytes;
	uint32_t epoch;	    /* of py_codes */
	uint64_t last_file; /* the file name that was added last, and where it lies */
	size_t last_at;
};

void py_code_watch_deinit(struct py_code_watch *watch);

/* Nothing is watched any more; the room is kept. */
void py_code_watch_clear(struct py_code_watch *watch, const struct py_codes *codes);

/*
 * Adds an entry: its object, and with `contents` its texts and its line table too, which is what
 * tells code objects without numbers apart. False where it cannot be watched: its texts are in several pieces, or too
 * long, or there is no memory.
 */
bool py_code_watch_add(struct py_code_watch *watch, const struct py_codes *codes, uint32_t index,
		       bool contents);

/* All are added: gives the pieces their places. False: no memory; nothing is watched then. */
bool py_code_watch_ready(struct py_code_watch *watch);

/* Reads all pieces by itself, outside of a look. False where one could not be read. */
bool py_code_watch_read(struct py_code_watch *watch, const struct py_codes *codes);

/*
 * Compares what was read: by a look, `at_moment`, or not. Entries that were the same are checked
 * in this round (checked_in; by a look also seen_in); others are read anew. Gives their number.
 */
size_t py_code_watch_compare(struct py_code_watch *watch, struct py_codes *codes,
			     bool at_moment, uint64_t now_ns);

#endif
