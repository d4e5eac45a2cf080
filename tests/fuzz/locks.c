/* SPDX-License-Identifier: MIT */
/*
 * Who waits for which lock, of every version: u8 python, u8 number of threads, each u64 thread
 * state, u64 ident, u64 futex, u8 number of frames, each u64 address, u64 code, u64 instruction,
 * u8 thread-local bytecode; then pieces of memory. `tests/tools/locks --seeds` makes such inputs
 * of a live program.
 */
#include "fuzz/fuzz.h"

#include "base/utf8.h"
#include "fuzz/pieces.h"
#include "fuzz/pythons.h"
#include "python/exception.h"
#include "python/locks.h"

#define THREADS_MAX 4u
#define FRAMES_MAX  24u
/* Some 4,096 for a thread's search, and what one dict or one frame takes beyond. */
#define READS_MAX   200000u

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	pythons_load();
	return 0;
}

static size_t read_threads(struct bytes *in, struct py_lock_thread *threads,
			   struct py_frame (*frames)[FRAMES_MAX])
{
	size_t n = bytes_u8(in) % (THREADS_MAX + 1);

	for (size_t i = 0; i < n; i++) {
		threads[i].tstate = bytes_u64(in);
		threads[i].ident = bytes_u64(in);
		threads[i].futex = bytes_u64(in);
		threads[i].n_frames = bytes_u8(in) % (FRAMES_MAX + 1);
		threads[i].frames = frames[i];
		threads[i].whole = true;
		for (size_t k = 0; k < threads[i].n_frames; k++) {
			frames[i][k].addr = bytes_u64(in);
			frames[i][k].code = bytes_u64(in);
			frames[i][k].lasti = bytes_u64(in);
			frames[i][k].tlbc = bytes_u8(in);
		}
	}
	return n;
}

static void check(const struct py_lock_thread *threads, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct py_lock_thread *thread = &threads[i];
		size_t len = strnlen(thread->name, sizeof(thread->name));

		FUZZ_CHECK(thread->kind <= PY_LOCK_OTHER);
		FUZZ_CHECK(len < sizeof(thread->name));
		FUZZ_CHECK(utf8_valid((const uint8_t *)thread->name, len));
		FUZZ_CHECK((thread->holder == PY_LOCK_NOBODY) ==
			   (thread->proof == PY_HOLDER_UNKNOWN));
		FUZZ_CHECK(thread->holder == PY_LOCK_NOBODY || thread->holder < n);
		FUZZ_CHECK((thread->holder_frame == SIZE_MAX) ==
			   (thread->proof != PY_HOLDER_WITH));
		FUZZ_CHECK(thread->holder_frame == SIZE_MAX ||
			   thread->holder_frame < threads[thread->holder].n_frames);
		if (!thread->futex)
			FUZZ_CHECK(thread->kind == PY_LOCK_NONE && !thread->lock && !len);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pieces pieces;
	static struct py_frame frames[THREADS_MAX][FRAMES_MAX];
	struct py_lock_thread threads[THREADS_MAX] = { 0 };
	struct bytes in = bytes_of(data, size);
	const struct python *python = python_of_key(bytes_u8(&in));
	size_t n = read_threads(&in, threads, frames);
	struct target target = *python->target;
	struct py_runtime rt = python->rt;
	uint64_t value, type;
	bool collecting;

	if (in.failed)
		return 0;
	pieces_init(&pieces, &in);
	target.memory = &pieces.memory;
	rt.target = &target;
	FUZZ_CHECK(!py_locks_find(&rt, threads, n, 0, NULL));
	check(threads, n);
	for (size_t i = 0; i < n; i++) {
		if (py_exception_handled(&rt, threads[i].tstate, &value, &type, NULL))
			FUZZ_CHECK(!value && !type);
		if (py_gc_collecting(&rt, threads[i].tstate, &collecting, NULL))
			FUZZ_CHECK(!collecting);
	}
	FUZZ_CHECK(pieces.memory.reads < READS_MAX);
	return 0;
}
