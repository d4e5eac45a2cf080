/* SPDX-License-Identifier: MIT */
/* From what was seen to a snapshot, which knows nothing of targets any more. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"
#include "dump/take_state.h"

/*
 * A copy in valid UTF-8. Lone surrogates, which a name may have, are written as Python's
 * "backslashreplace" does. NULL: no memory.
 */
char *take_text(const char *bytes, size_t len)
{
	struct str out = STR_INIT;
	size_t at = 0;

	if (utf8_valid((const uint8_t *)bytes, len) && !memchr(bytes, '\0', len))
		return strndup(bytes, len);
	while (at < len) {
		uint32_t code;
		size_t n = utf8_decode(bytes + at, len - at, &code);

		if (code >= 0xd800 && code <= 0xdfff)
			str_printf(&out, "\\u%04x", code);
		else if (code == 0)
			str_add_cstr(&out, "\\x00");
		else
			str_add(&out, bytes + at, n);
		at += n;
	}
	if (out.failed) {
		str_deinit(&out);
		return NULL;
	}
	return out.data ? str_take(&out) : strdup("");
}

static bool set_text(char **out, const char *text)
{
	*out = take_text(text ? text : "", text ? strlen(text) : 0);
	return *out != NULL;
}

/* ---- threads ------------------------------------------------------------------------------- */

/*
 * From 3.11 on a thread writes its number into its state when it begins; before that it runs
 * nothing.
 */
static bool is_shown(const struct take *take, const struct take_thread *thread)
{
	if (thread->how == TAKE_ENDED)
		return false;
	return thread->py->ns_tid || take->rt->layout.thread.native_thread_id == PY_ABSENT;
}

static enum snapshot_state state_of(const struct take_thread *thread)
{
	const struct thread_now *now = &thread->now;

	if (now->signal)
		return SNAPSHOT_CRASHED;
	switch (now->state) {
	case 'T':
	case 't':
		return SNAPSHOT_STOPPED;
	case 'Z':
	case 'X':
	case 'x':
		return SNAPSHOT_ENDING;
	default:
		break;
	}
	if (now->runs)
		return SNAPSHOT_RUNNING;
	if (thread->waits_gil)
		return SNAPSHOT_GIL;
	if (thread->lock.kind != PY_LOCK_NONE)
		return SNAPSHOT_LOCK;
	return now->syscall >= 0 ? SNAPSHOT_SYSCALL : SNAPSHOT_UNKNOWN;
}

/*
 * The interpreter's own number for itself. Where the layout does not have it the first one, which is
 * the last of the list, is the main one.
 */
static int64_t interpreter_id(const struct take *take, const struct take_thread *thread)
{
	const struct py_threads *threads = &take->threads;
	uint32_t offset = take->rt->layout.interpreter.id;
	uint64_t id;

	if (!threads->n_interpreters)
		return -1;
	if (thread->py->interp == threads->interpreters[threads->n_interpreters - 1].addr)
		return 0;
	if (offset == PY_ABSENT ||
	    memory_read_u64(take->rt->target->memory, thread->py->interp + offset, &id, NULL) ||
	    id > INT64_MAX)
		return -1;
	return (int64_t)id;
}

/* What the frame's variables hold: handed over. */
static void build_values(const struct take *take, struct take_thread *thread, size_t i,
			 struct snapshot_frame *out)
{
	struct take_frame_values *values;

	out->values_asked = take->opts->locals > 0;
	if (i >= thread->n_values)
		return;
	values = &thread->values[i];
	out->values = values->values;
	out->n_values = values->n;
	out->values_read = values->read;
	out->values_late = values->late;
	*values = (struct take_frame_values){ 0 };
}

static bool build_frame(const struct take *take, struct take_thread *thread, size_t i,
			struct snapshot_frame *out)
{
	const struct py_code *code = &take->codes.codes[thread->codes[i]];

	out->address = thread->frames[i].addr;
	out->code = thread->frames[i].code;
	out->line = py_code_line(code, thread->units[i]);
	out->function = take_text(code->name_text, code->name_len);
	out->file = take_text(code->file_text, code->file_len);
	build_values(take, thread, i, out);
	return out->function && out->file;
}

static const char *problem_of(const struct take *take, const struct take_thread *thread)
{
	if (!thread->unproven)
		return NULL;
	if (!thread->py->tid)
		return "its native thread is not known, so nothing tells whether it ran meanwhile";
	if (thread->how == TAKE_REFUSED)
		return "it may not be paused, as a debugger has it or the system does not allow it";
	if (take->opts->nonblocking)
		return "it ran while it was looked at";
	if (!take->accounts && thread->how == TAKE_ASLEEP)
		return "this kernel does not tell whether it ran meanwhile";
	return "it did not stop in time, or woke up";
}

/* What waits for the GIL or a lock does that by futex(2), also where it goes on after a pause. */
static const char *call_of(const struct take_thread *thread)
{
	bool waits = thread->waits_gil || thread->lock.kind != PY_LOCK_NONE;

	return thread->now.futex && waits ? "futex" : syscall_name(thread->now.syscall);
}

static bool build_wait(const struct take_thread *thread, struct snapshot_wait *out)
{
	const struct py_lock_thread *lock = &thread->lock;

	out->holder = out->holder_frame = SNAPSHOT_NONE;
	out->kind = (enum snapshot_lock_kind)lock->kind;
	if (lock->kind != PY_LOCK_NONE) {
		out->lock = lock->lock;
		if (thread->holder)
			out->holder = thread->holder->shown;
		if (out->holder != SNAPSHOT_NONE && lock->proof == PY_HOLDER_WITH &&
		    lock->holder_frame < thread->holder->n)
			out->holder_frame = lock->holder_frame;
		out->holder_says = lock->proof == PY_HOLDER_OWNER;
	}
	return set_text(&out->name, lock->kind == PY_LOCK_NONE ? "" : lock->name);
}

static bool build_thread(const struct take *take, struct take_thread *thread,
			 struct snapshot_thread *out)
{
	const char *call = call_of(thread);
	const char *problem = problem_of(take, thread);

	out->tid = thread->py->tid;
	out->ns_tid = thread->py->ns_tid;
	out->ident = thread->py->ident;
	out->interpreter = interpreter_id(take, thread);
	out->cpu_ns = thread->cpu_ns;
	out->cpu_known = thread->cpu_known;
	out->switches = thread->times;
	out->switches_known = thread->counted;
	out->paused = thread->paused;
	out->state = state_of(thread);
	out->signal = thread->now.signal;
	out->holds_gil = thread->holds_gil;
	out->waits_gil = thread->waits_gil;
	out->exception = thread->exception;
	thread->exception = NULL;
	out->truncated = thread->truncated;
	out->rootless = thread->rootless;
	out->unproven = thread->unproven;
	out->failed = thread->walked == PY_WALK_FAILED;
	out->cause = thread->cause;
	if (!set_text(&out->name, thread->name ? thread->name : thread->comm) || !build_wait(thread, &out->wait) ||
	    (call && !set_text(&out->syscall, call)) ||
	    (problem && !set_text(&out->problem, problem)))
		return false;
	out->frames = calloc(thread->n + 1, sizeof(out->frames[0]));
	if (!out->frames)
		return false;
	out->n_frames = thread->n;
	for (size_t i = 0; i < thread->n; i++)
		if (!build_frame(take, thread, i, &out->frames[i]))
			return false;
	return true;
}

static bool is_main(const struct take *take, const struct take_thread *thread)
{
	return thread->py->tid == take->rt->target->pid;
}

/* The order in which threads are told. */
static int before(const struct take *take, const struct take_thread *a,
		  const struct take_thread *b)
{
	if (is_main(take, a) != is_main(take, b))
		return is_main(take, a) ? -1 : 1;
	if (a->py->tid != b->py->tid)
		return a->py->tid < b->py->tid ? -1 : 1;
	if (a->py->interp != b->py->interp)
		return a->py->interp < b->py->interp ? -1 : 1;
	if (a->py->ident != b->py->ident)
		return a->py->ident < b->py->ident ? -1 : 1;
	if ((a->walked == PY_WALK_EMPTY) != (b->walked == PY_WALK_EMPTY))
		return b->walked == PY_WALK_EMPTY ? -1 : 1;
	return a->py->tstate < b->py->tstate ? -1 : a->py->tstate > b->py->tstate;
}

static int compare_threads(const void *a, const void *b, void *arg)
{
	return before(arg, (*(struct py_thread *const *)a)->user_data,
		      (*(struct py_thread *const *)b)->user_data);
}

/*
 * Up to 3.11 a thread state bears the ident and the number of who made it until the thread that it is
 * for has begun: it is told behind its maker, or would be, as it has no frames.
 */
static bool is_unborn(const struct take *take, size_t i)
{
	const struct take_thread *thread = take_thread(take, i), *other;

	if (i == 0 || thread->walked != PY_WALK_EMPTY)
		return false;
	other = take_thread(take, i - 1);
	return other->py->tid == thread->py->tid && other->py->interp == thread->py->interp &&
	       other->py->ident == thread->py->ident;
}

/* Who is known by ident alone is its maker: by that one's name, or as the holder of a lock. */
static void stand_for(struct take_thread *unborn, struct take_thread *maker)
{
	unborn->unborn = true;
	unborn->shown = maker->shown;
	if (!maker->name) {
		maker->name = unborn->name;
		unborn->name = NULL;
	}
}

static bool build_threads(struct take *take, struct snapshot *out)
{
	struct take_thread *maker = NULL;
	size_t n = take->threads.n, shown = 0;

	qsort_r(take->threads.threads, n, sizeof(struct py_thread *), compare_threads, take);
	out->threads = calloc(n + 1, sizeof(out->threads[0]));
	if (!out->threads)
		return false;
	for (size_t i = 0; i < n; i++) {
		struct take_thread *thread = take_thread(take, i);

		if (is_unborn(take, i)) {
			stand_for(thread, maker);
			continue;
		}
		maker = thread;
		thread->shown = is_shown(take, thread) ? shown++ : SNAPSHOT_NONE;
	}
	for (size_t i = 0; i < n; i++) {
		struct take_thread *thread = take_thread(take, i);

		if (thread->shown == SNAPSHOT_NONE || thread->unborn)
			continue;
		out->n_threads++;
		if (!build_thread(take, thread, &out->threads[thread->shown]))
			return false;
	}
	return true;
}

/* ---- the process ------------------------------------------------------------------------------ */

static bool build_process(const struct take *take, struct snapshot *out)
{
	const struct target *target = take->rt->target;
	char version[32];

	out->pid = target->pid;
	py_version_text(take->rt->version, version, sizeof(version));
	out->taken_ns = take->moment_ns;
	out->taken_realtime_ns = take->realtime_ns;
	out->paused_ns = take->paused_ns;
	out->n_paused = take->n_paused;
	out->one_moment = take->one_moment;
	out->locals = take->opts->locals;
	out->free_threaded = take->rt->layout.free_threaded;
	out->gil_known = take->gil_known && !take->no_gil;
	out->collecting = take->collecting;
	out->collecting_known = take->collecting_known;
	return set_text(&out->version, version) && set_text(&out->command, target->cmdline) &&
	       set_text(&out->exe, target->exe) && set_text(&out->cwd, target->cwd);
}

static bool add_missing(struct snapshot *out, const char *sentence)
{
	size_t cap = out->n_missing;

	return array_grow(out->missing, out->n_missing, cap) &&
	       set_text(&out->missing[out->n_missing++], sentence);
}

enum pyprof_status take_build(struct take *take, struct snapshot *out, struct pyprof_error *err)
{
	bool ok = build_process(take, out) && build_threads(take, out);

	if (ok && !take->whole_list)
		ok = add_missing(out, "the list of threads could not be read to its end: others may be missing");
	return ok ? PYPROF_OK : error_nomem(err);
}
