/* SPDX-License-Identifier: MIT */
/*
 * The notes of a core: threads and their registers, the process, its auxiliary vector, the files
 * that it had mapped. Layouts: the kernel's include/linux/elfcore.h and fs/binfmt_elf.c for 64-bit
 * machines; registers: arch/x86/include/asm/user_64.h, arch/arm64/include/uapi/asm/ptrace.h.
 */
#include <elf.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/bytes.h"
#include "base/cleanup.h"
#include "memory/core_parts.h"

/* struct elf_prstatus: u16 pr_cursig at 12, u32 pr_pid at 32, registers at 112. */
#define PRSTATUS_CURSIG 12u
#define PRSTATUS_PID	32u
#define PRSTATUS_REGS	112u
#define PRSTATUS_MAX	512u

/* struct elf_prpsinfo: u32 pr_pid at 24, pr_fname[16] at 40, pr_psargs[80] at 56. */
#define PSINFO_PID   24u
#define PSINFO_FNAME 40u
#define PSINFO_ARGS  56u
#define PSINFO_SIZE  136u

#define AUXV_MAX 4096u
#define PATH_BYTES_MAX 8192u /* the kernel's own limit is half of that */

/* What a system call returns to the kernel where a signal ended its waiting: see errno.h there. */
#define KERNEL_EINTR		    4
#define KERNEL_ERESTARTSYS	    512
#define KERNEL_ERESTART_RESTARTBLOCK 516

/* Where a machine keeps what we want, as indexes into its registers. */
struct machine {
	uint16_t elf;
	uint8_t n_regs, sp, pc;
	bool has_syscall; /* the two below tell */
	uint8_t number, result;
	uint8_t args[CORE_ARGS];
	uint8_t futex, restart; /* numbers of futex(2), and of restart_syscall(2) */
};

static const struct machine machines[] = {
	{
		.elf = EM_X86_64,
		.n_regs = 27,
		.sp = 19,
		.pc = 16,
		.has_syscall = true,
		.number = 15,		     /* orig_rax: -1 outside of any */
		.result = 10,		     /* rax */
		.args = { 14, 13, 12, 7, 9, 8 }, /* rdi, rsi, rdx, r10, r8, r9 */
		.futex = 202,
		.restart = 219,
	},
	/* That of a call that was interrupted has lost its first argument: x0 is its result. */
	{ .elf = EM_AARCH64, .n_regs = 34, .sp = 31, .pc = 32 },
};

/* A note as it lies in the file. */
struct note {
	uint32_t type;
	char name[8]; /* of the names that we know none is longer */
	uint64_t at;  /* byte of the file where its contents begin */
	uint32_t len;
};

struct reader {
	struct core_parts *parts;
	const struct machine *machine;
	struct pyprof_error *err;
	size_t cap_threads;
};

static enum pyprof_status corrupt(const struct reader *r, uint64_t at, const char *what)
{
	return error_set(r->err, PYPROF_ERR_CORRUPT, "the core file %s: %s (byte %" PRIu64 ")",
			 r->parts->path, what, at);
}

/* ---- threads ---------------------------------------------------------------------------- */

/*
 * It waited in a call: it is shown in one, and that was interrupted. One whose call had a result
 * was on its way out; so is the thread that raised a signal upon itself, by tgkill(2).
 */
static bool was_interrupted(int64_t result)
{
	return result == -KERNEL_EINTR || (result <= -KERNEL_ERESTARTSYS &&
					   result >= -KERNEL_ERESTART_RESTARTBLOCK);
}

static void take_registers(struct core_thread *thread, const struct machine *m,
			   const uint64_t *regs)
{
	int64_t number;

	thread->sp = regs[m->sp];
	thread->pc = regs[m->pc];
	thread->syscall = -1;
	if (!m->has_syscall)
		return;
	number = (int64_t)regs[m->number];
	if (number < 0 || number > INT_MAX || !was_interrupted((int64_t)regs[m->result]))
		return;
	thread->syscall = (long)number;
	for (size_t i = 0; i < CORE_ARGS; i++)
		thread->args[i] = regs[m->args[i]];
	/* A timed wait that was interrupted goes on under another number, with its arguments. */
	if (number == m->futex || number == m->restart)
		thread->futex = thread->args[0];
}

static enum pyprof_status take_thread(struct reader *r, const struct note *note)
{
	struct core *core = r->parts->core;
	const size_t need = PRSTATUS_REGS + 8u * r->machine->n_regs;
	uint64_t regs[34];
	uint8_t bytes[PRSTATUS_MAX];
	struct bytes in = bytes_of(bytes, need);
	struct core_thread *thread;

	if (note->len < need || !core_pread(r->parts->fd, note->at, bytes, need))
		return corrupt(r, note->at, "a thread's NT_PRSTATUS is too short");
	if (core->n_threads == CORE_THREADS_MAX)
		return error_set(r->err, PYPROF_ERR_LIMIT,
				 "the core file %s has more than %u threads", r->parts->path,
				 CORE_THREADS_MAX);
	if (!array_grow(core->threads, core->n_threads, r->cap_threads))
		return error_nomem(r->err);
	thread = &core->threads[core->n_threads];
	*thread = (struct core_thread){ .syscall = -1 };
	in.pos = PRSTATUS_CURSIG;
	thread->signal = bytes_u16(&in);
	in.pos = PRSTATUS_PID;
	thread->tid = bytes_i32(&in);
	in.pos = PRSTATUS_REGS;
	memcpy(regs, bytes + in.pos, 8u * r->machine->n_regs);
	if (thread->tid <= 0)
		return corrupt(r, note->at + PRSTATUS_PID, "a thread's id is none");
	take_registers(thread, r->machine, regs);
	core->n_threads++;
	return PYPROF_OK;
}

/* ---- the process ------------------------------------------------------------------------- */

static enum pyprof_status take_process(struct reader *r, const struct note *note)
{
	struct core *core = r->parts->core;
	uint8_t bytes[PSINFO_SIZE];
	struct bytes in = bytes_of(bytes, sizeof(bytes));
	const char *name = (const char *)bytes + PSINFO_FNAME;
	const char *args = (const char *)bytes + PSINFO_ARGS;

	if (core->pid)
		return PYPROF_OK;
	if (note->len < PSINFO_SIZE || !core_pread(r->parts->fd, note->at, bytes, sizeof(bytes)))
		return corrupt(r, note->at, "NT_PRPSINFO is too short");
	in.pos = PSINFO_PID;
	core->pid = bytes_i32(&in);
	if (core->pid <= 0)
		return corrupt(r, note->at + PSINFO_PID, "the process's id is none");
	free(core->name);
	free(core->command);
	core->name = strndup(name, PSINFO_ARGS - PSINFO_FNAME);
	core->command = strndup(args, PSINFO_SIZE - PSINFO_ARGS);
	if (!core->name || !core->command)
		return error_nomem(r->err);
	for (size_t len = strlen(core->command); len && core->command[len - 1] == ' '; len--)
		core->command[len - 1] = '\0';
	return PYPROF_OK;
}

static enum pyprof_status take_auxv(struct reader *r, const struct note *note)
{
	struct core_parts *parts = r->parts;
	size_t len = note->len < AUXV_MAX ? note->len : AUXV_MAX;

	if (parts->auxv || !len)
		return PYPROF_OK;
	parts->auxv = malloc(len);
	if (!parts->auxv)
		return error_nomem(r->err);
	if (core_pread(parts->fd, note->at, parts->auxv, len))
		parts->auxv_len = len;
	return PYPROF_OK;
}

/* ---- files --------------------------------------------------------------------------------- */

static int by_start(const void *a, const void *b)
{
	const struct core_range *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

/* u64 start, end, offset in units of `page`; *names is where the next path begins. */
static const char *take_range(struct bytes *in, struct bytes *names, uint64_t page,
			      struct core_range *range)
{
	const char *end;

	range->start = bytes_u64(in);
	range->end = bytes_u64(in);
	if (__builtin_mul_overflow(bytes_u64(in), page, &range->offset))
		return "an offset in NT_FILE is too large";
	if (in->failed || range->start >= range->end)
		return "a range in NT_FILE is empty";
	range->path = (const char *)names->data + names->pos;
	end = memchr(range->path, '\0', bytes_left(names));
	if (!end)
		return "a path in NT_FILE has no end";
	if (end - range->path > PATH_BYTES_MAX)
		return "a path in NT_FILE is longer than any can be";
	names->pos += (size_t)(end - range->path) + 1;
	return NULL;
}

static enum pyprof_status take_ranges(struct reader *r, const struct note *note)
{
	struct core_parts *parts = r->parts;
	struct bytes in = bytes_of(parts->range_text, note->len), names = in;
	uint64_t count = bytes_u64(&in), page = bytes_u64(&in);

	if (in.failed || count > bytes_left(&in) / 24)
		return corrupt(r, note->at, "NT_FILE is too short for what it counts");
	names.pos = 16 + 24 * (size_t)count;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t at = note->at + in.pos;
		struct core_range range;
		const char *wrong = take_range(&in, &names, page, &range);

		if (wrong)
			return corrupt(r, at, wrong);
		if (!array_grow(parts->ranges, parts->n_ranges, parts->cap_ranges))
			return error_nomem(r->err);
		parts->ranges[parts->n_ranges++] = range;
	}
	if (parts->n_ranges)
		qsort(parts->ranges, parts->n_ranges, sizeof(parts->ranges[0]), by_start);
	for (size_t i = 1; i < parts->n_ranges; i++)
		if (parts->ranges[i].start < parts->ranges[i - 1].end)
			return corrupt(r, note->at, "ranges in NT_FILE overlap");
	return PYPROF_OK;
}

static enum pyprof_status take_files(struct reader *r, const struct note *note)
{
	struct core_parts *parts = r->parts;

	if (parts->range_text || !note->len)
		return PYPROF_OK;
	if (note->len > CORE_NOTE_MAX)
		return error_set(r->err, PYPROF_ERR_LIMIT,
				 "the core file %s: NT_FILE has more than %u MiB (byte %" PRIu64
				 ")", parts->path, CORE_NOTE_MAX >> 20, note->at);
	parts->range_text = malloc(note->len);
	if (!parts->range_text)
		return error_nomem(r->err);
	if (!core_pread(parts->fd, note->at, parts->range_text, note->len))
		return corrupt(r, note->at, "NT_FILE cannot be read");
	return take_ranges(r, note);
}

/* ---- all of them ------------------------------------------------------------------------------ */

static uint64_t padded(uint64_t len)
{
	return (len + 3) & ~(uint64_t)3;
}

/* The note at byte *at, which becomes that of the next. False: it runs over `end`. */
static bool next_note(int fd, uint64_t *at, uint64_t end, struct note *note)
{
	Elf64_Nhdr header;

	memset(note, 0, sizeof(*note));
	if (end - *at < sizeof(header) || !core_pread(fd, *at, &header, sizeof(header)))
		return false;
	note->type = header.n_type;
	note->len = header.n_descsz;
	note->at = *at + sizeof(header) + padded(header.n_namesz);
	if (note->at > end || header.n_descsz > end - note->at)
		return false;
	if (header.n_namesz < sizeof(note->name) &&
	    !core_pread(fd, *at + sizeof(header), note->name, header.n_namesz))
		return false;
	*at = note->at + padded(header.n_descsz);
	if (*at > end)
		*at = end;
	return true;
}

static enum pyprof_status take_note(struct reader *r, const struct note *note)
{
	if (strcmp(note->name, "CORE") != 0)
		return PYPROF_OK;
	switch (note->type) {
	case NT_PRSTATUS:
		return take_thread(r, note);
	case NT_PRPSINFO:
		return take_process(r, note);
	case NT_AUXV:
		return take_auxv(r, note);
	case NT_FILE:
		return take_files(r, note);
	default:
		return PYPROF_OK;
	}
}

enum pyprof_status core_read_notes(struct core_parts *parts, uint64_t at, uint64_t len,
				   struct pyprof_error *err)
{
	struct core *core = parts->core;
	struct reader r = { .parts = parts, .err = err, .cap_threads = core->n_threads };
	uint64_t end = at + len;
	bool cut = end > parts->size;
	size_t n = 0;
	enum pyprof_status status = PYPROF_OK;
	struct note note;

	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].elf == core->machine)
			r.machine = &machines[i];
	if (!r.machine) /* core_read_headers() takes no others */
		return error_set(err, PYPROF_ERR_UNSUPPORTED, "%s is of machine %u", parts->path,
				 core->machine);
	if (cut)
		end = at < parts->size ? parts->size : at;
	while (status == PYPROF_OK && at < end) {
		if (!next_note(parts->fd, &at, end, &note)) {
			if (cut)
				break;
			return corrupt(&r, at, "a note runs over the end of the notes");
		}
		if (++n > CORE_NOTES_MAX)
			return error_set(err, PYPROF_ERR_LIMIT,
					 "the core file %s has more than %u notes", parts->path,
					 CORE_NOTES_MAX);
		status = take_note(&r, &note);
	}
	if (status || !cut)
		return status;
	if (!core_miss(core, "the core file ends within its notes (byte %" PRIu64
		       "): threads may be missing", parts->size))
		return error_nomem(err);
	return PYPROF_OK;
}
