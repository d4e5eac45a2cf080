/* SPDX-License-Identifier: MIT */
#include "python/proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define INTERPRETERS_MAX 256
#define THREADS_MAX	 64 /* threads whose frames are looked at */
#define SHIMS_MAX	 64 /* frames of C on top of the first one of Python */
#define ATTEMPTS	 4  /* the target goes on while we look */
#define TID_MAX		 (1u << 22)
#define LINE_MAX_	 (1 << 28)

struct proof {
	struct py_runtime *rt;
	const struct py_layout *layout;
	uint64_t interp; /* the main interpreter */
	size_t n_interpreters;
	uint64_t threads[THREADS_MAX];
	size_t n_threads;
	bool in_frame; /* proven down to a code object */
};

static bool read_word(const struct proof *p, uint64_t addr, uint64_t *out)
{
	return !memory_read_u64(p->rt->target->memory, addr, out, NULL);
}

static bool read_int(const struct proof *p, uint64_t addr, int32_t *out)
{
	return !memory_read_u32(p->rt->target->memory, addr, (uint32_t *)out, NULL);
}

#define refuse(err, ...) error_set(err, PYPROF_ERR_CORRUPT, __VA_ARGS__)

/* ---- types ------------------------------------------------------------------------- */

/*
 * A core leaves constants to the program's file. Where that is not there, the names of types cannot
 * be read, but everything that is on the heap can.
 */
static bool is_left_out(const struct proof *p, uint64_t addr)
{
	const struct target *target = p->rt->target;
	const struct mapping *m = target->core ? maps_find(&target->maps, addr) : NULL;

	return m && m->readable && !m->writable && m->inode;
}

/* Is there a type at `type` whose tp_name is `name`, or cannot be known? */
static bool type_named(const struct proof *p, uint64_t type, const char *name)
{
	char text[16];
	size_t len = strlen(name) + 1, got;
	uint64_t at;

	if (type % 8 || !read_word(p, type + p->layout->type.name, &at) || len > sizeof(text))
		return false;
	if (memory_read_prefix(p->rt->target->memory, at, text, len, &got, NULL))
		return is_left_out(p, at);
	return got == len && memcmp(text, name, len) == 0;
}

/*
 * The type of the object at `addr`, where it is called `name` and is itself a type (its own
 * type is called "type"); else 0.
 */
static uint64_t typed(const struct proof *p, uint64_t addr, const char *name)
{
	uint32_t ob_type = p->layout->object.ob_type;
	uint64_t type, meta, own;

	if (!addr || addr % 8 || !read_word(p, addr + ob_type, &type) ||
	    !type_named(p, type, name) || !read_word(p, type + ob_type, &meta) ||
	    !type_named(p, meta, "type"))
		return 0;
	/* Without names, there is one type of which every core is sure: the one that is its own. */
	if (p->rt->target->core &&
	    (type == meta || !read_word(p, meta + ob_type, &own) || own != meta))
		return 0;
	return type;
}

/* As typed(), of the object that a pointer at `at` leads to. */
static uint64_t typed_at(const struct proof *p, uint64_t at, const char *name)
{
	uint64_t addr;

	return read_word(p, at, &addr) ? typed(p, addr, name) : 0;
}

/* ---- the interpreter ----------------------------------------------------------------- */

static enum pyprof_status starting(struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_NOT_READY, "its interpreter has not started yet");
}

static enum pyprof_status finalizing(struct pyprof_error *err)
{
	return error_set(err, PYPROF_ERR_NOT_READY, "its interpreter is finalizing");
}

/* 3.7 and later: what _PyRuntime says of its own state. */
static enum pyprof_status check_runtime(const struct proof *p, struct pyprof_error *err)
{
	uint64_t runtime = p->rt->runtime, ender, head;
	int32_t initialized;

	if (!read_int(p, runtime + p->layout->runtime.initialized, &initialized) ||
	    !read_word(p, runtime + p->layout->runtime.finalizing, &ender) ||
	    !read_word(p, runtime + p->layout->runtime.interpreters_head, &head))
		return refuse(err, "_PyRuntime cannot be read");
	if (initialized != 0 && initialized != 1)
		return refuse(err, "_PyRuntime.initialized is %" PRId32, initialized);
	if (ender % 8 || head % 8)
		return refuse(err, "_PyRuntime does not begin as it should");
	if (ender)
		return finalizing(err);
	if (!initialized || !head)
		return starting(err);
	return PYPROF_OK;
}

/* Where the list of interpreters begins, as far as this version lets us know. */
static enum pyprof_status first_interpreter(struct proof *p, uint64_t *out,
					    struct pyprof_error *err)
{
	struct py_runtime *rt = p->rt;
	uint64_t thread;

	*out = rt->interp_head;
	if (rt->interp_head_at) {
		if (!read_word(p, rt->interp_head_at, out))
			return refuse(err, "the list of interpreters cannot be read");
	} else if (!*out && rt->thread_current) {
		/* Set only while some thread holds the GIL. */
		if (!read_word(p, rt->thread_current, &thread))
			return refuse(err, "_PyThreadState_Current cannot be read");
		if (thread && !read_word(p, thread + p->layout->thread.interp, out))
			return refuse(err, "the current thread state cannot be read");
	}
	return *out ? PYPROF_OK : starting(err);
}

/* The main interpreter is the oldest, so the list's last. */
static enum pyprof_status main_interpreter(struct proof *p, uint64_t interp,
					   struct pyprof_error *err)
{
	uint64_t head = interp, next, main;
	size_t n;

	for (n = 0;; n++) {
		if (interp % 8 ||
		    !read_word(p, interp + p->layout->interpreter.next, &next) ||
		    n == INTERPRETERS_MAX)
			return refuse(err, "the list of interpreters does not end");
		if (!next)
			break;
		interp = next;
	}
	if (p->rt->runtime) {
		if (!read_word(p, p->rt->runtime + p->layout->runtime.main_interpreter,
			       &main) ||
		    main != interp)
			return refuse(err, "the list of interpreters does not end with "
					   "the main one");
	}
	p->interp = interp;
	p->n_interpreters = n + 1;
	p->rt->interp_head = head;
	return PYPROF_OK;
}

static enum pyprof_status check_interpreter(const struct proof *p, struct pyprof_error *err)
{
	const struct py_layout *l = p->layout;
	uint64_t back, modules;

	if (l->interpreter.runtime != PY_ABSENT &&
	    (!read_word(p, p->interp + l->interpreter.runtime, &back) ||
	     back != p->rt->runtime))
		return refuse(err, "the interpreter does not point back at _PyRuntime");
	if (!read_word(p, p->interp + l->interpreter.modules, &modules))
		return refuse(err, "the interpreter cannot be read");
	/* A program may have put something else in the place of sys.modules. */
	if (typed(p, modules, "dict") ||
	    typed_at(p, p->interp + l->interpreter.sysdict, "dict"))
		return PYPROF_OK;
	/* To 3.6 nothing else tells that Py_Initialize() or Py_Finalize() is at work. */
	if (!p->rt->runtime && !modules)
		return starting(err);
	return refuse(err, "sys.modules is no dict");
}

/* ---- threads ---------------------------------------------------------------------------- */

static enum pyprof_status check_thread(const struct proof *p, uint64_t thread,
				       struct pyprof_error *err)
{
	const struct py_layout *l = p->layout;
	uint64_t interp, tid, chunk, size;

	if (thread % 8 || !read_word(p, thread + l->thread.interp, &interp) ||
	    interp != p->interp)
		return refuse(err, "a thread state does not point back at its interpreter");
	if (l->thread.native_thread_id != PY_ABSENT &&
	    (!read_word(p, thread + l->thread.native_thread_id, &tid) || tid > TID_MAX))
		return refuse(err, "a thread state has no native thread id");
	if (l->thread.datastack_chunk == PY_ABSENT ||
	    (read_word(p, thread + l->thread.datastack_chunk, &chunk) && !chunk))
		return PYPROF_OK;
	if (chunk % 8 || !read_word(p, chunk + l->chunk.size, &size) || size % 4096 ||
	    size > (1u << 30))
		return refuse(err, "a thread state has no stack of frames");
	return PYPROF_OK;
}

static enum pyprof_status walk_threads(struct proof *p, struct pyprof_error *err)
{
	const struct py_layout *l = p->layout;
	uint64_t thread, prev;
	enum pyprof_status status;

	p->n_threads = 0;
	if (!read_word(p, p->interp + l->interpreter.threads_head, &thread))
		return refuse(err, "the interpreter cannot be read");
	if (!thread)
		return p->rt->runtime ? starting(err) : finalizing(err);
	while (thread && p->n_threads < THREADS_MAX) {
		status = check_thread(p, thread, err);
		if (status)
			return status;
		if (l->thread.prev != PY_ABSENT &&
		    (!read_word(p, thread + l->thread.prev, &prev) ||
		     prev != (p->n_threads ? p->threads[p->n_threads - 1] : 0)))
			return refuse(err, "the list of threads does not point back");
		p->threads[p->n_threads++] = thread;
		if (!read_word(p, thread + l->thread.next, &thread))
			return refuse(err, "the list of threads cannot be read");
	}
	return PYPROF_OK;
}

/* ---- a frame and its code ----------------------------------------------------------------- */

/* The code object's fields have the types that they must have; notes these types. */
static bool check_code(struct proof *p, uint64_t code, uint64_t code_type)
{
	const struct py_layout *l = p->layout;
	bool bytes_names = l->string_model == PY_STRINGS_BYTES;
	const char *bytes_name = bytes_names ? "str" : "bytes";
	uint64_t str = typed_at(p, code + l->code.name, "str");
	uint64_t bytes = typed_at(p, code + l->code.linetable, bytes_name);
	int32_t line;

	if (!str || !bytes || !typed_at(p, code + l->code.filename, "str") ||
	    !read_int(p, code + l->code.firstlineno, &line) || line < 0 || line > LINE_MAX_)
		return false;
	if (l->code.qualname != PY_ABSENT && !typed_at(p, code + l->code.qualname, "str"))
		return false;
	if (l->lasti_model != PY_LASTI_POINTER &&
	    !typed_at(p, code + l->code.code, bytes_name))
		return false;
	p->rt->code_type = code_type;
	p->rt->bytes_type = bytes;
	if (!bytes_names)
		p->rt->unicode_type = str;
	return true;
}

enum found { FOUND_NONE, FOUND_CODE, FOUND_GARBAGE };

static bool top_frame(const struct proof *p, uint64_t thread, uint64_t *frame)
{
	if (!read_word(p, thread + p->layout->thread.frame, frame))
		return false;
	if (p->layout->frame_model != PY_FRAMES_CFRAME || !*frame)
		return true;
	return read_word(p, *frame + p->layout->cframe.current_frame, frame);
}

/* Frames through which C entered the interpreter have no code of the program. */
static bool is_shim(const struct proof *p, uint64_t frame)
{
	uint8_t owner;

	return p->layout->frame.owner != PY_ABSENT &&
	       !memory_read(p->rt->target->memory, frame + p->layout->frame.owner, &owner, 1,
			    NULL) &&
	       owner >= p->layout->skip_owner_from;
}

static enum found find_code(struct proof *p, uint64_t thread)
{
	uint64_t frame, code, type;

	if (!top_frame(p, thread, &frame))
		return FOUND_GARBAGE;
	for (size_t n = 0; frame; n++) {
		if (n == SHIMS_MAX || frame % 8 ||
		    !read_word(p, frame + p->layout->frame.executable, &code))
			return FOUND_GARBAGE;
		if (!is_shim(p, frame)) {
			code &= ~p->layout->tag_mask;
			type = typed(p, code, "code");
			return type && check_code(p, code, type) ? FOUND_CODE
								 : FOUND_GARBAGE;
		}
		if (!read_word(p, frame + p->layout->frame.previous, &frame))
			return FOUND_GARBAGE;
	}
	return FOUND_NONE;
}

static enum pyprof_status check_frames(struct proof *p, struct pyprof_error *err)
{
	bool garbage = false;

	p->in_frame = false;
	for (size_t i = 0; i < p->n_threads && !p->in_frame; i++) {
		switch (find_code(p, p->threads[i])) {
		case FOUND_CODE:
			p->in_frame = true;
			break;
		case FOUND_GARBAGE:
			garbage = true;
			break;
		case FOUND_NONE:
			break;
		}
	}
	if (garbage && !p->in_frame)
		return refuse(err, "no frame leads to a code object");
	return PYPROF_OK;
}

/* ---- the GIL ---------------------------------------------------------------------------------- */

/*
 * The GIL's state lies far back in _PyRuntime, where releases of a minor have moved it: 3.7.0
 * to 3.7.3 have it 88 bytes before 3.7.4 and later (which aligned struct gc_generation
 * otherwise), and forks add fields. It holds the main interpreter at a known distance behind
 * the current thread: look for that.
 */
static void find_gil_current(struct proof *p)
{
	struct py_layout *l = &p->rt->layout;
	uint32_t distance = l->runtime.gil_auto_interp - l->runtime.gil_current;
	uint32_t first = l->runtime.main_interpreter + 8;
	uint64_t words[512], interp;
	size_t got;

	if (read_word(p, p->rt->runtime + l->runtime.gil_auto_interp, &interp) &&
	    interp == p->interp)
		return;
	if (memory_read_prefix(p->rt->target->memory, p->rt->runtime + first, words,
			       sizeof(words), &got, NULL))
		got = 0;
	for (size_t i = distance / 8; i < got / 8; i++) {
		if (words[i] != p->interp)
			continue;
		l->runtime.gil_auto_interp = first + 8 * (uint32_t)i;
		l->runtime.gil_current = l->runtime.gil_auto_interp - distance;
		return;
	}
	l->gil_model = PY_GIL_NONE;
}

static enum pyprof_status check_gil(struct proof *p, struct pyprof_error *err)
{
	const struct py_layout *l = p->layout;
	uint64_t gil, holder;
	int32_t locked;

	if (l->gil_model == PY_GIL_RUNTIME_CURRENT)
		find_gil_current(p);
	if (l->interpreter.gil == PY_ABSENT)
		return PYPROF_OK;
	if (!read_word(p, p->interp + l->interpreter.gil, &gil) || !gil || gil % 8 ||
	    !read_int(p, gil + l->gil.locked, &locked) || locked < -1 || locked > 1 ||
	    !read_word(p, gil + l->gil.last_holder, &holder) || holder % 8)
		return refuse(err, "the GIL's state makes no sense");
	return PYPROF_OK;
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static enum pyprof_status attempt(struct proof *p, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	uint64_t interp;

	if (p->rt->runtime)
		status = check_runtime(p, err);
	if (!status)
		status = first_interpreter(p, &interp, err);
	if (!status)
		status = main_interpreter(p, interp, err);
	if (!status)
		status = check_interpreter(p, err);
	if (!status)
		status = walk_threads(p, err);
	if (!status)
		status = check_gil(p, err);
	if (!status)
		status = check_frames(p, err);
	return status;
}

static void describe(const struct proof *p)
{
	snprintf(p->rt->proof, sizeof(p->rt->proof),
		 "%s → interpreter 0x%" PRIx64 " ↔ %zu%s thread state%s → %s; sys.modules "
		 "is a dict",
		 p->rt->runtime		 ? "_PyRuntime"
		 : p->rt->interp_head_at ? "interp_head"
					 : "_PyThreadState_Current",
		 p->interp, p->n_threads,
		 p->n_threads == THREADS_MAX ? " or more" : "", p->n_threads == 1 ? "" : "s",
		 p->in_frame ? "frame → code object, whose names are str"
			     : "no frame at this moment");
}

enum pyprof_status py_proof_once(struct py_runtime *rt, size_t *n_interpreters,
				 struct pyprof_error *err)
{
	struct proof p = { .rt = rt, .layout = &rt->layout };
	enum pyprof_status status = attempt(&p, err);

	if (n_interpreters)
		*n_interpreters = p.n_interpreters;
	return status;
}

enum pyprof_status py_proof(struct py_runtime *rt, struct pyprof_error *err)
{
	struct proof p = { .rt = rt, .layout = &rt->layout };
	const struct timespec pause = { .tv_nsec = 200000 };
	int attempts = target_lives(rt->target) ? ATTEMPTS : 1;
	enum pyprof_status status;

	for (int i = 1;; i++) {
		status = attempt(&p, err);
		if (status != PYPROF_ERR_CORRUPT || i == attempts)
			break;
		nanosleep(&pause, NULL);
	}
	if (status)
		return status;
	describe(&p);
	return PYPROF_OK;
}
