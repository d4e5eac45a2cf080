/* SPDX-License-Identifier: MIT */
/*
 * locks PID: for each thread which lock it waits for, who has it, and what exception it handles,
 * as JSON lines; then one line on the interpreter.
 *
 * locks --seeds DIR PID: writes inputs for tests/fuzz/locks.c instead, one for each thread that
 * waits, with the one that holds what it waits for.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/json.h"
#include "python/code.h"
#include "python/exception.h"
#include "python/locks.h"
#include "python/threads.h"

/* The futex that the kernel says the thread waits for; 0: none. */
static uint64_t futex_of(pid_t pid, pid_t tid)
{
	char path[64];
	long number;
	uint64_t addr;
	FILE *file;
	bool read;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	read = fscanf(file, "%ld %" SCNx64, &number, &addr) == 2;
	fclose(file);
	return read && number == SYS_futex ? addr : 0;
}

static void print_where(struct py_codes *codes, const struct py_lock_thread *threads,
			const struct py_lock_thread *thread)
{
	const struct py_frame *frame;
	bool is_new;
	uint32_t code;

	printf(", \"where\": ");
	if (thread->holder_frame == SIZE_MAX) {
		printf("null");
		return;
	}
	frame = &threads[thread->holder].frames[thread->holder_frame];
	code = py_codes_get(codes, frame->code, 0, &is_new);
	json_write_plain_cstr(stdout, code == PY_CODE_NONE ? "?" : codes->codes[code].name_text);
}

static void print_thread(struct py_runtime *rt, struct py_codes *codes,
			 const struct py_lock_thread *threads,
			 const struct py_lock_thread *thread)
{
	static const char *const kinds[] = { "none", "lock", "rlock", "mutex", "import", "queue",
					     "thread", "threads", "other" };
	static const char *const proofs[] = { "unknown", "owner", "with" };
	struct pyprof_error err = { 0 };
	uint64_t value, type;

	printf("{\"ident\": %" PRIu64 ", \"futex\": %" PRIu64 ", \"whole\": %s, \"kind\": \"%s\", "
	       "\"lock\": %" PRIu64 ", \"name\": ",
	       thread->ident, thread->futex, thread->whole ? "true" : "false",
	       kinds[thread->kind], thread->lock);
	json_write_plain_cstr(stdout, thread->name);
	printf(", \"how\": \"%s\", \"holder\": ", proofs[thread->proof]);
	if (thread->holder == PY_LOCK_NOBODY)
		printf("null");
	else
		printf("%" PRIu64, threads[thread->holder].ident);
	print_where(codes, threads, thread);
	if (py_exception_handled(rt, thread->tstate, &value, &type, &err))
		printf(", \"error\": \"%s\"", err.message);
	else
		printf(", \"handled\": %" PRIu64 ", \"type\": %" PRIu64, value, type);
	printf("}\n");
}

static void print_interpreter(struct py_runtime *rt, const struct py_threads *all)
{
	struct pyprof_error err = { 0 };
	bool collecting;
	enum pyprof_status status =
		py_gc_collecting(rt, all->interpreters[all->n_interpreters - 1].addr,
				 &collecting, &err);

	printf("{\"collecting\": %s, \"status\": \"%s\", \"layout\": \"%s\", \"reads\": %" PRIu64
	       "}\n",
	       status ? "null" : collecting ? "true" : "false", pyprof_status_name(status),
	       rt->layout.name, rt->target->memory->reads);
}

/* ---- inputs for the fuzz target ------------------------------------------------------- */

#define SEED_FRAMES 24u
#define SEED_BYTES  (48u << 10)

#define SEED_PIECES 4096u

/* A memory that keeps what is read of it, as the pieces of an input. */
struct keeper {
	struct memory memory;
	struct memory *under;
	struct str *out;
	struct memory_piece kept[SEED_PIECES];
	size_t n;
};

static bool is_kept(const struct keeper *keeper, const struct memory_piece *piece)
{
	for (size_t i = 0; i < keeper->n; i++) {
		uint64_t skip = piece->addr - keeper->kept[i].addr;

		if (skip < keeper->kept[i].len && piece->len <= keeper->kept[i].len - skip)
			return true;
	}
	return keeper->n == SEED_PIECES;
}

static size_t keeper_readv(struct memory *memory, const struct memory_piece *pieces, size_t n,
			   enum pyprof_status *status)
{
	struct keeper *keeper = (struct keeper *)memory;
	size_t done = memory_readv(keeper->under, pieces, n, status);

	for (size_t i = 0; i < done; i++) {
		uint16_t len = (uint16_t)pieces[i].len;

		if (is_kept(keeper, &pieces[i]))
			continue;
		keeper->kept[keeper->n++] = pieces[i];
		str_add(keeper->out, &pieces[i].addr, sizeof(pieces[i].addr));
		str_add(keeper->out, &len, sizeof(len));
		str_add(keeper->out, pieces[i].buf, len);
	}
	return done;
}

/* tests/fuzz/pythons.h names a version so. */
static uint8_t python_key(const struct py_runtime *rt)
{
	return (uint8_t)((rt->version >> 16 & 0xf) + (rt->version >> 24 == 2 ? 16 : 0) +
			 (strstr(rt->layout.name, "-debug") ? 0x40 : 0) +
			 (rt->layout.free_threaded ? 0x80 : 0));
}

static void add_thread(struct str *out, const struct py_lock_thread *thread)
{
	uint8_t n = (uint8_t)(thread->n_frames < SEED_FRAMES ? thread->n_frames : SEED_FRAMES);

	str_add(out, &thread->tstate, 8);
	str_add(out, &thread->ident, 8);
	str_add(out, &thread->futex, 8);
	str_add(out, &n, 1);
	for (size_t i = thread->n_frames - n; i < thread->n_frames; i++) {
		uint8_t tlbc = (uint8_t)thread->frames[i].tlbc;

		str_add(out, &thread->frames[i].addr, 8);
		str_add(out, &thread->frames[i].code, 8);
		str_add(out, &thread->frames[i].lasti, 8);
		str_add(out, &tlbc, 1);
	}
}

static void write_seed(struct py_runtime *rt, const char *folder,
		       const struct py_lock_thread *threads, size_t i)
{
	static const struct memory_ops ops = { .name = "keeper", .readv = keeper_readv };
	struct py_lock_thread pair[2] = { threads[i] };
	_cleanup_(str_deinit) struct str out = STR_INIT;
	static struct keeper keeper;
	size_t n = 1;
	uint64_t value, type;
	char path[4096];

	if (threads[i].holder != PY_LOCK_NOBODY && threads[i].holder != i)
		pair[n++] = threads[threads[i].holder];
	keeper = (struct keeper){ .memory.ops = &ops, .under = rt->target->memory, .out = &out };
	str_add_char(&out, (char)python_key(rt));
	str_add_char(&out, (char)n);
	for (size_t k = 0; k < n; k++)
		add_thread(&out, &pair[k]);
	rt->target->memory = &keeper.memory;
	py_locks_find(rt, pair, n, 0, NULL);
	py_exception_handled(rt, pair[0].tstate, &value, &type, NULL);
	rt->target->memory = keeper.under;
	snprintf(path, sizeof(path), "%s/%s-%zu", folder, rt->layout.name, i);
	_cleanup_file_ FILE *file = out.len < SEED_BYTES ? fopen(path, "w") : NULL;
	if (file)
		fwrite(out.data, 1, out.len, file);
}

/* ---- one look ---------------------------------------------------------------------------- */

static int look(struct py_runtime *rt, const char *seeds, struct pyprof_error *err)
{
	struct py_threads all;
	struct py_walker walker;
	struct py_codes codes;
	struct py_lock_thread *threads;
	int failed = 1;

	py_threads_init(&all, rt);
	py_codes_init(&codes, rt);
	if (!py_walker_init(&walker, rt) || py_threads_refresh(&all, err))
		return 1;
	threads = calloc(all.n + 1, sizeof(*threads));
	for (size_t i = 0; threads && i < all.n; i++) {
		struct py_thread *thread = all.threads[i];
		struct py_stack stack = { 0 };

		py_walk(&walker, thread->tstate, &thread->memory, &stack);
		threads[i] = (struct py_lock_thread){
			.tstate = thread->tstate, .ident = thread->ident,
			.futex = futex_of(rt->target->pid, thread->tid),
			.frames = stack.frames, .n_frames = stack.n,
			.whole = !stack.truncated,
		};
	}
	if (threads && !py_locks_find(rt, threads, all.n, 0, err)) {
		uint64_t reads = rt->target->memory->reads;

		for (size_t i = 0; seeds && i < all.n; i++)
			write_seed(rt, seeds, threads, i);
		for (size_t i = 0; i < all.n; i++)
			print_thread(rt, &codes, threads, &threads[i]);
		rt->target->memory->reads = reads;
		print_interpreter(rt, &all);
		failed = 0;
	}
	free(threads);
	py_codes_deinit(&codes);
	py_walker_deinit(&walker);
	py_threads_deinit(&all);
	return failed;
}

int main(int argc, char **argv)
{
	struct pyprof_error err = { 0 };
	struct target *target = NULL;
	struct py_runtime rt = { 0 };
	int failed;

	if (argc != 2 && (argc != 4 || strcmp(argv[1], "--seeds") != 0)) {
		fprintf(stderr, "usage: locks [--seeds DIR] PID\n");
		return 2;
	}
	failed = target_open(&target, atoi(argv[argc - 1]), &err) ||
		 py_runtime_find(&rt, target, &err) ||
		 look(&rt, argc == 4 ? argv[2] : NULL, &err);
	if (failed)
		fprintf(stderr, "locks: %s\n", err.message);
	target_close(target);
	return failed ? 1 : 0;
}
