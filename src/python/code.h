/* SPDX-License-Identifier: MIT */
/*
 * Code objects, read once and remembered: names, file, and line and column of every instruction.
 *
 * Entries are handed out as indexes, which stay. A code object may die and another take its
 * address, and even the addresses of its names and tables. So py_codes_check() compares an entry
 * with the target: by co_version, which no two code objects share (3.12 and later), before that
 * by all that is said of it: the texts and the line table. An entry that differs is read anew;
 * `generation` tells who keeps something beside it that it changed. Memory is bounded by distinct
 * addresses, at most PY_CODES_MAX objects and PY_CODES_MAX_UNITS instructions, after which
 * everything is forgotten and learnt again (`epoch` moves).
 */
#ifndef PYPROF_PYTHON_CODE_H
#define PYPROF_PYTHON_CODE_H

#include "base/map.h"
#include "python/frames.h"
#include "python/runtime.h"
#include "python/string.h"

#define PY_CODES_MAX	 (1u << 20)
#define PY_CODE_NONE	 UINT32_MAX
/* The fields that identify a code object lie within so many bytes. */
#define PY_CODE_SPAN_MAX 256
#define PY_CODE_MAX_UNITS  (1u << 22) /* instructions of one code object */
#define PY_CODES_MAX_UNITS (1u << 24) /* of all that are remembered */

struct py_code {
	uint64_t addr;
	uint64_t filename, name, qualname, linetable;
	int32_t firstlineno;
	bool hidden;	     /* the interpreter's own: its frames are no calls, and not shown */
	uint32_t version;    /* co_version; 0 where there is none */
	uint64_t span_hash;  /* of the object's bytes from co_argcount to what is read here */
	uint64_t table_hash; /* of the line table's bytes */
	size_t table_len;
	uint32_t generation; /* counts how often the entry was read anew */
	uint64_t read_in;    /* number of the round of checks that it was read in */
	uint64_t checked_in; /* and of the last one that found it the same, or read it */
	uint64_t texts_in;   /* the same for all that it points at too */
	uint64_t read_ns, checked_ns; /* when these were */

	/* Rounds that proved it the same at the walk's own moment, and what the caller notes. */
	uint64_t seen_in, watched_in, unsure_in;

	char *name_text; /* qualified where the version keeps that; UTF-8 */
	char *file_text;
	size_t name_len, file_len;
	struct py_text_place name_place, file_place;
	uint64_t start;	  /* address of its first instruction, 3.11 and later */
	uint32_t n_units; /* length of its code, in units of the line table */
	int32_t *lines;	  /* one a unit */
	uint16_t *columns; /* the same; NULL where the version keeps none */
	uint32_t tlbc;	  /* free-threaded: the copy looked up last, and its start */
	uint64_t tlbc_start;
};

struct py_codes {
	struct py_runtime *rt; /* not owned */
	struct py_code *codes;
	size_t n, cap;
	struct map by_addr;
	uint32_t epoch;
	uint64_t units;	 /* of all entries */
	uint64_t checks; /* number of the round of checks that goes on */
	uint64_t renewals; /* how often any entry was read anew */
	int32_t identity_from, identity_to;
	struct str scratch;
};

void py_codes_init(struct py_codes *codes, struct py_runtime *rt);
void py_codes_deinit(struct py_codes *codes);

/* A new round of checks begins: what is compared from now on is known to be so later than now. */
void py_codes_begin(struct py_codes *codes);

/*
 * The entry for the code object at `addr`; *is_new where it was read just now, so that nothing
 * is known of the time before. PY_CODE_NONE where there is no code object that can be read: what
 * lay there has died.
 */
uint32_t py_codes_get(struct py_codes *codes, uint64_t addr, uint64_t now_ns, bool *is_new);

/*
 * Is the entry still what the target has? It is read anew where it is not (name_text is NULL where
 * that fails), and true returned. Some system calls: in bulk see code_watch.h.
 */
bool py_codes_check(struct py_codes *codes, uint32_t index, uint64_t now_ns);

/* Has the entry's object a number that no other code object has (3.12 and later)? */
bool py_code_is_unique(const struct py_codes *codes, const struct py_code *code);

/* Reads an entry anew: another code object was seen at its address. False: there is none. */
bool py_code_renew(struct py_codes *codes, uint32_t index, uint64_t now_ns);

/* Are the bytes from identity_from to identity_to those of the entry's object? */
bool py_code_same_object(const struct py_codes *codes, const struct py_code *code,
			 const uint8_t *span);

/* Is this the entry's line table? */
bool py_code_same_table(const struct py_code *code, const void *table, size_t len);

/*
 * Unit of the code that `frame` stands at: -1 before the first. False where its
 * instruction does not belong to this code.
 */
bool py_code_unit(struct py_codes *codes, uint32_t index, const struct py_frame *frame,
		  int32_t *unit);

/* Line of a unit, 0 where it has none. */
int32_t py_code_line(const struct py_code *code, int32_t unit);

/* Column of a unit, 1 and up (see python/lines.h), 0 where none is known. */
int32_t py_code_column(const struct py_code *code, int32_t unit);

#endif
