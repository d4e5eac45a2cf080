/* SPDX-License-Identifier: MIT */
/*
 * Code objects, read once and remembered: names, file, and the line of every instruction.
 *
 * Entries are handed out as indexes, which stay. A code object may die and another take its
 * address: py_codes_check() compares what identifies it with the target, and reads the
 * entry anew where it differs; `generation` tells who keeps something beside an
 * entry that it changed. Memory is bounded by distinct addresses, at most PY_CODES_MAX, after
 * which everything is forgotten and learnt again (`epoch` moves).
 */
#ifndef PYPROF_PYTHON_CODE_H
#define PYPROF_PYTHON_CODE_H

#include "base/map.h"
#include "python/frames.h"
#include "python/runtime.h"

#define PY_CODES_MAX	 (1u << 20)
#define PY_CODE_NONE	 UINT32_MAX
#define PY_CODE_MAX_UNITS (1u << 24) /* instructions of one code object */

struct py_code {
	uint64_t addr;
	/* What identifies it: pointers that live as long as it does, and a number. */
	uint64_t filename, name, qualname, linetable;
	int32_t firstlineno;
	uint32_t generation; /* counts how often the entry was read anew */
	uint64_t checked_ns; /* when it was last known to be the same */

	char *name_text; /* qualified where the version keeps that; UTF-8 */
	char *file_text;
	size_t name_len, file_len;
	uint64_t start;	  /* address of its first instruction, 3.11 and later */
	uint32_t n_units; /* length of its code, in units of the line table */
	int32_t *lines;	  /* one a unit */
	uint32_t tlbc;	  /* free-threaded: the copy looked up last, and its start */
	uint64_t tlbc_start;
};

struct py_codes {
	struct py_runtime *rt; /* not owned */
	struct py_code *codes;
	size_t n, cap;
	struct map by_addr;
	uint32_t epoch;
	uint64_t object_generation; /* 3.14 and later: the interpreter's own counter */
	int32_t identity_from, identity_to;
};

void py_codes_init(struct py_codes *codes, struct py_runtime *rt);
void py_codes_deinit(struct py_codes *codes);

/*
 * The entry for the code object at `addr`, read if it is new. PY_CODE_NONE where there is no
 * code object; *is_code tells whether it is something else than code (None, a C object).
 */
uint32_t py_codes_get(struct py_codes *codes, uint64_t addr, uint64_t now_ns, bool *is_code);

/*
 * Are the entries still what the target has? Those that are not are read anew; an entry whose
 * object has gone altogether gets n_units 0. One system call for up to MEMORY_MAX_PIECES.
 */
void py_codes_check(struct py_codes *codes, const uint32_t *indexes, size_t n,
		    uint64_t now_ns);

/*
 * Unit of the code that `frame` stands at: -1 before the first. False where its
 * instruction does not belong to this code.
 */
bool py_code_unit(struct py_codes *codes, uint32_t index, const struct py_frame *frame,
		  int32_t *unit);

/* Line of a unit, 0 where it has none. */
int32_t py_code_line(const struct py_code *code, int32_t unit);

#endif
