/* SPDX-License-Identifier: MIT */
#include "dump/words.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>

#include "base/cleanup.h"
#include "profile/view.h"
#include "render/text.h"

const char *snapshot_state_name(enum snapshot_state state)
{
	switch (state) {
	case SNAPSHOT_RUNNING:
		return "running";
	case SNAPSHOT_SYSCALL:
		return "syscall";
	case SNAPSHOT_LOCK:
		return "lock";
	case SNAPSHOT_GIL:
		return "gil";
	case SNAPSHOT_STOPPED:
		return "stopped";
	case SNAPSHOT_ENDING:
		return "ending";
	case SNAPSHOT_CRASHED:
		return "crashed";
	case SNAPSHOT_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *snapshot_lock_name(enum snapshot_lock_kind kind)
{
	switch (kind) {
	case SNAPSHOT_NO_LOCK:
		return "none";
	case SNAPSHOT_LOCK_LOCK:
		return "lock";
	case SNAPSHOT_LOCK_RLOCK:
		return "rlock";
	case SNAPSHOT_LOCK_MUTEX:
		return "mutex";
	case SNAPSHOT_LOCK_IMPORT:
		return "import";
	case SNAPSHOT_LOCK_QUEUE:
		return "queue";
	case SNAPSHOT_LOCK_THREAD:
		return "thread";
	case SNAPSHOT_LOCK_THREADS:
		return "threads";
	case SNAPSHOT_LOCK_OTHER:
		break;
	}
	return "other";
}

const char *snapshot_value_name(enum snapshot_value_kind kind)
{
	switch (kind) {
	case SNAPSHOT_ARGUMENT:
		return "argument";
	case SNAPSHOT_FREE:
		return "free";
	case SNAPSHOT_NAME:
		return "name";
	case SNAPSHOT_VARIABLE:
		break;
	}
	return "variable";
}

const char *words_cause(enum pyprof_cause cause)
{
	switch (cause) {
	case PYPROF_CAUSE_MOVED:
		return "they changed while they were read";
	case PYPROF_CAUSE_FAULT:
		return "their memory could not be read";
	case PYPROF_CAUSE_BROKEN:
		return "the chain of frames is broken";
	case PYPROF_CAUSE_DEPTH:
		return "the stack is deeper than the limit";
	case PYPROF_CAUSE_CODE:
		return "a code object could not be read";
	case PYPROF_N_CAUSES:
		break;
	}
	return "the cause is not known";
}

void words_add(struct str *out, const char *text)
{
	if (text)
		text_visible(out, text, strlen(text));
}

void words_code_place(struct str *out, const char *file, int32_t line, const char *cwd,
		 bool full_path)
{
	_cleanup_(str_deinit) struct str shown = STR_INIT;

	if (!file || !*file)
		str_add_cstr(&shown, "?");
	else if (full_path)
		str_add_cstr(&shown, file);
	else
		view_short_path(&shown, file, cwd);
	words_add(out, str_cstr(&shown));
	out->failed |= shown.failed;
	if (line > 0)
		str_printf(out, ":%" PRId32, line);
}

/* Cut and not rounded, so that none comes out as 1000 of its unit. */
void words_time(struct str *out, uint64_t ns)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = { { 1000000000, "s" }, { 1000000, "ms" }, { 1000, "us" } };
	uint64_t s = ns / 1000000000;
	size_t i = 0;

	if (s >= 3600) {
		str_printf(out, "%" PRIu64 "h%02" PRIu64 "m", s / 3600, s / 60 % 60);
		return;
	}
	if (s >= 60) {
		str_printf(out, "%" PRIu64 "m%02" PRIu64 "s", s / 60, s % 60);
		return;
	}
	while (i + 1 < ARRAY_SIZE(units) && ns < units[i].unit)
		i++;
	str_printf(out, "%" PRIu64, ns / units[i].unit);
	if (ns < 10 * units[i].unit || i == 0)
		str_printf(out, ".%" PRIu64, ns % units[i].unit * 10 / units[i].unit);
	str_printf(out, " %s", units[i].name);
}

void words_signal(struct str *out, int number)
{
	static const char *const names[] = {
		[SIGHUP] = "HUP",   [SIGINT] = "INT",	[SIGQUIT] = "QUIT",
		[SIGILL] = "ILL",   [SIGTRAP] = "TRAP", [SIGABRT] = "ABRT",
		[SIGBUS] = "BUS",   [SIGFPE] = "FPE",	[SIGKILL] = "KILL",
		[SIGUSR1] = "USR1", [SIGSEGV] = "SEGV", [SIGUSR2] = "USR2",
		[SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
		[SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ", [SIGSYS] = "SYS",
	};

	if (number > 0 && (size_t)number < ARRAY_SIZE(names) && names[number])
		str_printf(out, "SIG%s", names[number]);
	else
		str_printf(out, "signal %d", number);
}

/* Its number, as people find it again in ps and gdb. */
static void add_id(struct str *out, const struct snapshot_thread *thread)
{
	if (thread->tid > 0)
		str_printf(out, "%d", (int)thread->tid);
	else
		str_printf(out, "ident 0x%" PRIx64, thread->ident);
}

void words_thread(struct str *out, const struct snapshot_thread *thread)
{
	if (!thread->name || !*thread->name) {
		str_add_cstr(out, "thread ");
		add_id(out, thread);
		return;
	}
	str_add_char(out, '\'');
	words_add(out, thread->name);
	str_add_cstr(out, "' (");
	add_id(out, thread);
	str_add_char(out, ')');
}

static const char *lock_words(enum snapshot_lock_kind kind)
{
	switch (kind) {
	case SNAPSHOT_LOCK_LOCK:
		return "threading.Lock";
	case SNAPSHOT_LOCK_RLOCK:
		return "threading.RLock";
	case SNAPSHOT_LOCK_MUTEX:
		return "mutex of the interpreter";
	case SNAPSHOT_LOCK_IMPORT:
		return "import lock";
	case SNAPSHOT_LOCK_QUEUE:
		return "queue.SimpleQueue";
	case SNAPSHOT_LOCK_THREAD:
		return "thread";
	case SNAPSHOT_LOCK_THREADS:
		return "threads";
	case SNAPSHOT_NO_LOCK:
	case SNAPSHOT_LOCK_OTHER:
		break;
	}
	return "lock of an unknown kind";
}

bool words_is_join(const struct snapshot_wait *wait)
{
	return wait->kind == SNAPSHOT_LOCK_THREAD;
}

/* "self.not_empty (Condition)": the name tells already what it is. */
static bool tells_kind(const char *name)
{
	size_t len = name ? strlen(name) : 0;

	return len && name[len - 1] == ')';
}

void words_lock(struct str *out, const struct snapshot_wait *wait)
{
	const char *kind = lock_words(wait->kind);
	bool named = wait->name && *wait->name;

	if (named && wait->kind == SNAPSHOT_LOCK_IMPORT) {
		str_add_cstr(out, "the ");
		words_add(out, wait->name); /* "import of json"; "import", of 2.7's only one */
		if (!strcmp(wait->name, "import"))
			str_add_cstr(out, " lock");
	} else if (named) {
		words_add(out, wait->name);
		if (wait->namesake)
			str_printf(out, " (%s at 0x%" PRIx64 ")", kind, wait->lock);
		else if (!tells_kind(wait->name))
			str_printf(out, " (%s)", kind);
	} else {
		str_printf(out, "%s %s", kind[0] == 'i' ? "an" : "a", kind);
		if (wait->lock)
			str_printf(out, " at 0x%" PRIx64, wait->lock);
	}
}

/* Who has the lock, and the frame that has it by a `with`. */
static void add_holder(struct str *out, const struct snapshot *snapshot, size_t thread,
		       bool full_path)
{
	const struct snapshot_wait *wait = &snapshot->threads[thread].wait;
	const struct snapshot_thread *holder;

	if (wait->holder >= snapshot->n_threads) {
		/* Of a condition's, or of what is no lock of the program's, nobody would
		 * ask. */
		if (wait->kind != SNAPSHOT_LOCK_OTHER && wait->kind != SNAPSHOT_LOCK_QUEUE &&
		    !tells_kind(wait->name))
			str_add_cstr(out, "; who holds it is not known");
		return;
	}
	holder = &snapshot->threads[wait->holder];
	str_add_cstr(out, ", held by ");
	if (wait->holder == thread)
		str_add_cstr(out, "this thread itself");
	else
		words_thread(out, holder);
	if (wait->holder_frame < holder->n_frames) {
		const struct snapshot_frame *frame = &holder->frames[wait->holder_frame];

		str_add_cstr(out, " in ");
		words_add(out, *frame->function ? frame->function : "?");
		str_add_cstr(out, " (");
		words_code_place(out, frame->file, frame->line, snapshot->cwd, full_path);
		str_add_char(out, ')');
	}
}

/* "thread 'importer' (24901) to end", "its threads to end, now 'a' (7)", "lock_a, held by ...". */
static void add_wait(struct str *out, const struct snapshot *snapshot, size_t thread,
		     bool full_path)
{
	const struct snapshot_wait *wait = &snapshot->threads[thread].wait;
	const struct snapshot_thread *holder = NULL;

	if (wait->holder < snapshot->n_threads && wait->holder != thread)
		holder = &snapshot->threads[wait->holder];
	if (wait->kind == SNAPSHOT_LOCK_THREADS) {
		str_add_cstr(out, "its threads to end");
		if (holder) {
			str_add_cstr(out, ", now ");
			words_thread(out, holder);
		}
	} else if (wait->kind == SNAPSHOT_LOCK_THREAD) {
		if (holder && holder->name && *holder->name)
			str_add_cstr(out, "thread ");
		if (holder)
			words_thread(out, holder);
		else if (wait->name && *wait->name)
			words_add(out, wait->name);
		else
			str_add_cstr(out, "a thread");
		str_add_cstr(out, " to end");
	} else {
		words_lock(out, wait);
		add_holder(out, snapshot, thread, full_path);
	}
}

void words_state(struct str *out, const struct snapshot *snapshot, size_t i,
		 bool full_path)
{
	const struct snapshot_thread *thread = &snapshot->threads[i];
	const char *call = thread->syscall;

	switch (thread->state) {
	case SNAPSHOT_RUNNING:
		str_add_cstr(out, "running");
		break;
	case SNAPSHOT_SYSCALL:
		str_add_cstr(out, "waiting in ");
		words_add(out, call && *call ? call : "the kernel");
		break;
	case SNAPSHOT_LOCK:
		str_add_cstr(out, "waiting for ");
		add_wait(out, snapshot, i, full_path);
		break;
	case SNAPSHOT_GIL:
		str_add_cstr(out, "waiting for the GIL");
		break;
	case SNAPSHOT_STOPPED:
		str_add_cstr(out, "stopped, by a signal or a debugger");
		break;
	case SNAPSHOT_ENDING:
		str_add_cstr(out, "exiting");
		break;
	case SNAPSHOT_CRASHED:
		str_add_cstr(out, "got ");
		words_signal(out, thread->signal);
		break;
	case SNAPSHOT_UNKNOWN:
	default:
		str_add_cstr(out, snapshot->core ? "its state is not in the core file"
						 : "its state is not known");
		break;
	}
	if (thread->holds_gil)
		str_add_cstr(out, ", holds the GIL");
	if (thread->waits_gil && thread->state != SNAPSHOT_GIL)
		str_add_cstr(out, ", waits for the GIL");
}
