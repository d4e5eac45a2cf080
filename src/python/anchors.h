/* SPDX-License-Identifier: MIT */
/*
 * The addresses from which an interpreter can be reached, as one module has them: symbols,
 * sections, or what a scan of its data finds. Claims only; proof.h tells which hold.
 */
#ifndef PYPROF_PYTHON_ANCHORS_H
#define PYPROF_PYTHON_ANCHORS_H

#include "python/runtime.h"

struct py_anchors {
	size_t module; /* index into target->maps.modules */
	enum py_found_by found_by;
	uint64_t runtime;	 /* _PyRuntime, 3.7 and later; else 0 */
	uint64_t thread_current; /* _PyThreadState_Current, to 3.6; else 0 */
	uint64_t interp_head;	 /* interp_head, to 3.6; else 0 */
	uint64_t finalizing;	 /* _Py_Finalizing, 3.6; else 0 */
	uint64_t unicode_type;	 /* PyUnicode_Type; 0 where it is not exported */
	uint8_t unicode_width;	 /* 2.7: bytes of a Py_UNICODE; 0 unknown */
	uint32_t version;	 /* as exact as the module tells; 0 unknown */
	const char *version_by;	 /* how it was come by; a static text */
};

/*
 * The three ways, from the cheapest. Each fills *anchors and returns true where the module has
 * anything to start from.
 */
bool py_anchors_in_memory(struct py_anchors *anchors, struct target *target,
			  size_t module);
bool py_anchors_in_file(struct py_anchors *anchors, struct target *target,
			size_t module);
bool py_anchors_by_scan(struct py_anchors *anchors, struct target *target,
			size_t module);

/*
 * To 3.6 the head of the list of interpreters is a local symbol: fills `interp_head` from the
 * file, else by a scan, where the module has it and it can be found at all.
 */
void py_anchors_find_head(struct py_anchors *anchors, struct target *target);

/*
 * Address of the module's variable `name`, of `size` bytes, also of a local one where the file
 * still has its symbols; 0: not found. Opens the file: some milliseconds.
 */
uint64_t py_anchors_variable(struct target *target, size_t module, const char *name,
			     uint64_t size);

#endif
