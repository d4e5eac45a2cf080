/* SPDX-License-Identifier: MIT */
/*
 * The memory of a process that is over, out of its core file: ELF, also compressed by gzip or zstd
 * (told by its bytes; unpacked into an unlinked temporary file).
 *
 * The kernel leaves out what it can find in files again: read-only pages of the program and of its
 * libraries. They are read from the files that the core names, where these are still the same
 * (build id), below `root` where given; what is missing is named. Hostile files give errors, never
 * a crash. Sources: core(5), elf(5), the kernel's fs/binfmt_elf.c (notes, NT_FILE), gdb's gcore.
 */
#ifndef PYPROF_MEMORY_CORE_H
#define PYPROF_MEMORY_CORE_H

#include "memory/memory.h"

#define CORE_THREADS_MAX  65536u
#define CORE_SEGMENTS_MAX (1u << 20) /* the kernel's usual limit is 65,530 */
#define CORE_NOTE_MAX	  (16u << 20) /* bytes of one note; the kernel writes no larger one */
#define CORE_NOTES_MAX	  (1u << 20)
#define CORE_UNPACKED_MAX (64ull << 30) /* bytes of what was compressed */
#define CORE_ARGS	  6

struct core_thread {
	pid_t tid;	/* as the core has it: in the process's own PID namespace, or ours */
	int signal;	/* the signal that it had; the first thread's ended the process */
	uint64_t sp, pc;
	long syscall;	/* number of the system call that it was in; -1 none or unknown */
	uint64_t args[CORE_ARGS];
	/* That it waited for; 0 none or unknown. Of restart_syscall(2), of whatever call goes on. */
	uint64_t futex;
};

struct core_mapping {
	uint64_t start, end, offset; /* offset: in the file, bytes */
	const char *path; /* the core's, " (deleted)" included: "" anonymous */
	bool readable, writable, executable;
};

struct core {
	uint16_t machine; /* e_machine: EM_X86_64, or EM_AARCH64 whose system calls it does not tell */
	struct core_thread *threads; /* the one that the signal came to first */
	size_t n_threads;
	struct core_mapping *mappings; /* by address */
	size_t n_mappings;
	pid_t pid;
	int signal; /* 0: it was taken of a process that went on (gcore) */
	char *command; /* as far as the core tells (80 bytes), "" unknown */
	char *name;    /* of the program, as in /proc/PID/comm; "" unknown */
	char *exe;     /* path of the program, "" unknown */
	/* The command line off its stack, a NUL behind each; 0 bytes where that cannot be read. */
	char *arguments;
	size_t arguments_len;
	/*
	 * What cannot be read, or not be trusted, a sentence each: files that are needed and not
	 * there, or others now (known when the first byte of one is asked for), a core cut short.
	 */
	char **missing;
	size_t n_missing, cap_missing;
	struct memory *memory; /* owned by the core: do not memory_destroy() it */
	void *parts;
};

struct core_opts {
	const char *exe;  /* the program's file, where it is not where the core says; NULL */
	const char *root; /* folder below which the core's paths are; NULL: / */
};

/* Errors: IO, CORRUPT (the byte is named), UNSUPPORTED (no core, another machine's), LIMIT, NOMEM. */
enum pyprof_status core_open(struct core **out, const char *path, const struct core_opts *opts,
			     struct pyprof_error *err);
void core_close(struct core *core); /* NULL is fine */

/*
 * A descriptor on the file that is mapped at `addr`, where it is known to be the same, or nothing
 * speaks against it (see `missing`). The caller closes it. -1: errno.
 */
int core_open_file(struct core *core, uint64_t addr);

#endif
