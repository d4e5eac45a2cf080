/* SPDX-License-Identifier: MIT */
/*
 * A CPython that never ran: the structs that a layout speaks of, pointing at each other as they
 * do in a process, in this program's own memory.
 */
#ifndef PYPROF_TESTS_SUPPORT_FAKE_PYTHON_H
#define PYPROF_TESTS_SUPPORT_FAKE_PYTHON_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "python/layout.h"

#define FAKE_PART 4096u /* each struct has that much room */

enum fake_part {
	FAKE_TYPE, /* of types */
	FAKE_CODE_TYPE,
	FAKE_STR_TYPE,
	FAKE_BYTES_TYPE,
	FAKE_DICT_TYPE,
	FAKE_NAME,
	FAKE_LINES,
	FAKE_MODULES,
	FAKE_CODE,
	FAKE_FRAME,
	FAKE_SHIM, /* the frame through which C came in, on top of FAKE_FRAME */
	FAKE_CFRAME,
	FAKE_CHUNK,
	FAKE_GIL,
	FAKE_THREAD,
	FAKE_THREAD_2,
	FAKE_INTERP,   /* main; four parts long */
	FAKE_SUB = FAKE_INTERP + 4, /* a newer one */
	FAKE_N_PARTS = FAKE_SUB + 4,
};

struct fake {
	struct py_layout layout;
	uint8_t *parts;
	uint8_t *runtime; /* _PyRuntime, of FAKE_PART bytes; the caller's, NULL to 3.6 */
	uint64_t interp_head, thread_current; /* to 3.6: the variables */
};

static inline uint8_t *fake_at(const struct fake *fake, enum fake_part part)
{
	return fake->parts + (size_t)part * FAKE_PART;
}

static inline void fake_put(void *base, uint32_t offset, uint64_t value, size_t width)
{
	if (offset != PY_ABSENT)
		memcpy((uint8_t *)base + offset, &value, width);
}

static inline void fake_point(void *base, uint32_t offset, const void *to)
{
	fake_put(base, offset, (uintptr_t)to, 8);
}

/* part.offset = other part */
static inline void fake_link(struct fake *fake, enum fake_part part, uint32_t offset,
			     enum fake_part to)
{
	fake_point(fake_at(fake, part), offset, fake_at(fake, to));
}

static inline void fake_types(struct fake *fake)
{
	const struct py_layout *l = &fake->layout;
	const char *bytes = l->string_model == PY_STRINGS_BYTES ? "str" : "bytes";
	const char *const names[] = { "type", "code", "str", bytes, "dict" };

	for (int i = FAKE_TYPE; i <= FAKE_DICT_TYPE; i++) {
		fake_link(fake, i, l->object.ob_type, FAKE_TYPE);
		fake_point(fake_at(fake, i), l->type.name, names[i]);
	}
	fake_link(fake, FAKE_NAME, l->object.ob_type, FAKE_STR_TYPE);
	fake_link(fake, FAKE_LINES, l->object.ob_type, FAKE_BYTES_TYPE);
	fake_link(fake, FAKE_MODULES, l->object.ob_type, FAKE_DICT_TYPE);
	fake_link(fake, FAKE_CODE, l->object.ob_type, FAKE_CODE_TYPE);
}

static inline void fake_frames(struct fake *fake)
{
	const struct py_layout *l = &fake->layout;
	bool shim = l->frame.owner != PY_ABSENT && l->skip_owner_from < 255;

	fake_link(fake, FAKE_CODE, l->code.filename, FAKE_NAME);
	fake_link(fake, FAKE_CODE, l->code.name, FAKE_NAME);
	fake_link(fake, FAKE_CODE, l->code.qualname, FAKE_NAME);
	fake_link(fake, FAKE_CODE, l->code.linetable, FAKE_LINES);
	if (l->lasti_model != PY_LASTI_POINTER)
		fake_link(fake, FAKE_CODE, l->code.code, FAKE_LINES);
	fake_put(fake_at(fake, FAKE_CODE), l->code.firstlineno, 42, 4);
	fake_put(fake_at(fake, FAKE_FRAME), l->frame.executable,
		 (uintptr_t)fake_at(fake, FAKE_CODE) | (l->tag_mask & 1), 8);
	fake_link(fake, FAKE_SHIM, l->frame.executable, FAKE_NAME);
	fake_link(fake, FAKE_SHIM, l->frame.previous, FAKE_FRAME);
	if (shim)
		fake_put(fake_at(fake, FAKE_SHIM), l->frame.owner, l->skip_owner_from, 1);
	if (l->frame_model == PY_FRAMES_CFRAME) {
		fake_link(fake, FAKE_THREAD, l->thread.frame, FAKE_CFRAME);
		fake_link(fake, FAKE_CFRAME, l->cframe.current_frame,
			  shim ? FAKE_SHIM : FAKE_FRAME);
	} else {
		fake_link(fake, FAKE_THREAD, l->thread.frame, shim ? FAKE_SHIM : FAKE_FRAME);
	}
}

static inline void fake_threads(struct fake *fake)
{
	const struct py_layout *l = &fake->layout;

	for (int i = FAKE_THREAD; i <= FAKE_THREAD_2; i++) {
		fake_link(fake, i, l->thread.interp, FAKE_INTERP);
		fake_put(fake_at(fake, i), l->thread.native_thread_id, 1234, 8);
	}
	fake_link(fake, FAKE_THREAD, l->thread.next, FAKE_THREAD_2);
	fake_link(fake, FAKE_THREAD_2, l->thread.prev, FAKE_THREAD);
	fake_link(fake, FAKE_THREAD, l->thread.datastack_chunk, FAKE_CHUNK);
	fake_put(fake_at(fake, FAKE_CHUNK), l->chunk.size, 16384, 8);
}

static inline void fake_interpreters(struct fake *fake)
{
	const struct py_layout *l = &fake->layout;
	enum fake_part part[] = { FAKE_INTERP, FAKE_SUB };

	for (int i = 0; i < 2; i++) {
		fake_link(fake, part[i], l->interpreter.modules, FAKE_MODULES);
		fake_link(fake, part[i], l->interpreter.sysdict, FAKE_MODULES);
		fake_link(fake, part[i], l->interpreter.gil, FAKE_GIL);
		fake_point(fake_at(fake, part[i]), l->interpreter.runtime, fake->runtime);
	}
	fake_link(fake, FAKE_INTERP, l->interpreter.threads_head, FAKE_THREAD);
	fake_link(fake, FAKE_SUB, l->interpreter.next, FAKE_INTERP);
	fake_put(fake_at(fake, FAKE_GIL), l->gil.locked, 1, 4);
	fake_link(fake, FAKE_GIL, l->gil.last_holder, FAKE_THREAD);
}

/*
 * Builds one for a layout: two interpreters, of which the main one has two threads, of which
 * one is in a frame. `runtime` has room for _PyRuntime, of which what is in front of the
 * members stays as it is (debug offsets); NULL to 3.6.
 */
static inline void fake_build(struct fake *fake, const struct py_layout *layout,
			      uint8_t *runtime)
{
	const struct py_layout *l = &fake->layout;

	*fake = (struct fake){ .layout = *layout, .runtime = runtime };
	fake->parts = calloc(FAKE_N_PARTS, FAKE_PART);
	fake_types(fake);
	fake_frames(fake);
	fake_threads(fake);
	fake_interpreters(fake);
	fake->interp_head = (uintptr_t)fake_at(fake, FAKE_SUB);
	fake->thread_current = (uintptr_t)fake_at(fake, FAKE_THREAD);
	if (!runtime)
		return;
	fake_put(runtime, l->runtime.initialized, 1, 4);
	fake_put(runtime, l->runtime.finalizing, 0, 8);
	fake_point(runtime, l->runtime.interpreters_head, fake_at(fake, FAKE_SUB));
	fake_point(runtime, l->runtime.main_interpreter, fake_at(fake, FAKE_INTERP));
	fake_point(runtime, l->runtime.gil_auto_interp, fake_at(fake, FAKE_INTERP));
	fake_point(runtime, l->runtime.gil_current, fake_at(fake, FAKE_THREAD));
}

static inline void fake_free(struct fake *fake)
{
	free(fake->parts);
	fake->parts = NULL;
}

#endif
