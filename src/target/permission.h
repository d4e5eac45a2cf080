/* SPDX-License-Identifier: MIT */
/*
 * Why the system does not let us read a process: the actual cause and its remedy, found by
 * looking (credentials, capabilities, Yama, dumpable, seccomp, user namespaces), not guessed
 * from errno.
 */
#ifndef PYPROF_TARGET_PERMISSION_H
#define PYPROF_TARGET_PERMISSION_H

#include <sys/types.h>

#include "base/error.h"

/*
 * Fills *err (status PERMISSION) for a failed access to `pid`: `os_errno` is what the
 * access gave, `what` names it ("read its memory"). Returns PERMISSION.
 */
enum pyprof_status permission_explain(pid_t pid, int os_errno, const char *what,
				      struct pyprof_error *err);

/*
 * The facts permission_explain() decides upon, gathered by it and filled in by tests.
 */
struct permission_facts {
	uid_t our_euid;
	uid_t target_ruid, target_euid, target_suid;
	bool have_ptrace_cap; /* CAP_SYS_PTRACE in our effective set */
	bool same_user_ns;
	int yama_scope; /* kernel.yama.ptrace_scope; -1 where there is no Yama */
	bool is_descendant; /* the target is a child of ours, or below one */
	bool target_dumpable; /* /proc/PID files belong to its user, not to root */
	int seccomp_mode;	/* ours: /proc/self/status Seccomp: 0, 1, 2 */
	bool in_container;
	int os_errno;
};

/* Pure: turns facts into message and hint. */
void permission_describe(const struct permission_facts *facts, pid_t pid, const char *what,
			 struct pyprof_error *err);

#endif
