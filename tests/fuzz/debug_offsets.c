/* SPDX-License-Identifier: MIT */
/* The start of _PyRuntime of 3.13 and later: a layout that is taken is within bounds. */
#include "fuzz/fuzz.h"

#include "python/debug_offsets.h"

#define BOUND (16u << 20)

static void check(const struct py_layout *layout)
{
	const uint32_t offsets[] = {
		layout->runtime.interpreters_head, layout->interpreter.threads_head,
		layout->interpreter.next,	   layout->thread.next,
		layout->thread.interp,		   layout->thread.frame,
		layout->thread.thread_id,	   layout->thread.native_thread_id,
		layout->frame.previous,		   layout->frame.executable,
		layout->frame.lasti,		   layout->frame.owner,
		layout->code.filename,		   layout->code.name,
		layout->code.qualname,		   layout->code.linetable,
		layout->code.firstlineno,	   layout->code.code,
		layout->object.ob_type,		   layout->type.name,
		layout->unicode.length,		   layout->unicode.state,
		layout->bytes.size,		   layout->bytes.data,
	};

	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		FUZZ_CHECK(offsets[i] <= BOUND);
	FUZZ_CHECK(layout->frame_model == PY_FRAMES_CURRENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pyprof_error err = { 0 };
	struct py_layout layout;
	uint32_t version = 0;

	/* A reader gives what it could read, and no more than the most that there is. */
	if (size > PY_DEBUG_OFFSETS_MAX)
		return 0;
	if (py_debug_offsets_parse(data, size, &layout, &version, &err)) {
		FUZZ_CHECK(err.message[0]);
		return 0;
	}
	FUZZ_CHECK(py_debug_offsets_cookie(data, size));
	FUZZ_CHECK(py_version_supported(version) && py_version_self_describing(version));
	check(&layout);
	return 0;
}
