/* SPDX-License-Identifier: MIT */
/*
 * The interpreter inside a process: where it is, which version, which layout holds.
 *
 * Every module of the target is asked, those whose name says python first, for the
 * exported anchors (_PyRuntime, Py_Version, _PyThreadState_Current), by memory alone; the file
 * (sections, local symbols) and a scan of the module's writable data come after. A layout
 * is used only once it proved itself: from the runtime to an interpreter, to a thread
 * state that points back at that interpreter, to a frame whose code object's type says "code"
 * and whose names are strings.
 */
#ifndef PYPROF_PYTHON_RUNTIME_H
#define PYPROF_PYTHON_RUNTIME_H

#include "python/layout.h"
#include "target/target.h"

/* How an address was come by; for doctor. */
enum py_found_by {
	PY_FOUND_DYNSYM = 1, /* dynamic symbol, in memory */
	PY_FOUND_SYMTAB,     /* symbol table of the file */
	PY_FOUND_SECTION,    /* section .PyRuntime of the file */
	PY_FOUND_SCAN,	     /* scan of writable data */
};

struct py_runtime {
	struct target *target; /* not owned */
	struct py_layout layout; /* a copy: of a row, or from the debug offsets */
	uint32_t version;	/* hex, as exact as could be found out; micro 0xff: unknown */
	size_t module;	/* index into target->maps.modules */
	enum py_found_by found_by;
	uint64_t runtime; /* address of _PyRuntime; 0 to 3.6 */
	uint64_t thread_current; /* address of _PyThreadState_Current (2.7, 3.6); 0 later */
	uint64_t interp_head_at; /* address of the pointer to the first interpreter; 0: unknown */
	uint64_t interp_head; /* the first interpreter, where only that is known (2.7, 3.6) */
	uint64_t code_type; /* address of PyCode_Type; 0 until a frame was seen */
	uint64_t unicode_type, bytes_type; /* 2.7: unicode's is 0 where not exported */
	uint8_t unicode_width; /* 2.7: bytes of a character of unicode, 2 or 4; 0: unknown */
	const char *version_by; /* how the version was come by, for doctor; static, or NULL */
	char proof[200]; /* how the layout was proven, in words, for doctor */
};

/*
 * Finds and proves the interpreter of `target`. Errors: NOT_PYTHON (says what the process is),
 * UNSUPPORTED (says the version), NOT_READY (starting, finalizing: worth trying again),
 * GONE, EXEC, PERMISSION. *rt is filled as far as the search came, also on failure.
 */
enum pyprof_status py_runtime_find(struct py_runtime *rt, struct target *target,
				   struct pyprof_error *err);

/* Words for doctor: "dynamic symbol", "section .PyRuntime"… */
const char *py_found_by_name(enum py_found_by by);

#endif
