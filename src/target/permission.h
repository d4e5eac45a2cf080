/* SPDX-License-Identifier: MIT */
/*
 * Why the system does not let us read a process: the actual cause and its remedy, found by
 * looking (credentials, capabilities, Yama, dumpable, seccomp, user namespaces), not guessed
 * from errno. The kernel's own order of checks is that of __ptrace_may_access() and of
 * yama_ptrace_access_check(); see ptrace(2), "Ptrace access mode checking".
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

/* The facts that permission_describe() decides upon. */
struct permission_facts {
	uid_t our_uid; /* real ids: what process_vm_readv(2) is checked with */
	gid_t our_gid;
	uid_t target_ruid, target_euid, target_suid;
	gid_t target_rgid, target_egid, target_sgid;
	char target_user[64];	   /* name of target_euid, "" unknown */
	bool have_ptrace_cap;	   /* CAP_SYS_PTRACE in our effective set */
	bool may_have_ptrace_cap;  /* and in our bounding set: root gets it here */
	bool target_has_more_caps; /* permitted capabilities that we have not */
	bool foreign_user_ns;	   /* in a user namespace that is neither ours nor below it */
	int yama_scope;	      /* kernel.yama.ptrace_scope; -1 where there is no Yama */
	bool is_descendant;   /* the target is a child of ours, or below one */
	int target_dumpable;  /* 1: /proc/PID files belong to its user, 0: to root, -1: both */
	bool proc_hidden;     /* /proc does not show us the process (mount option hidepid) */
	/*
	 * What process_vm_readv(2) gives on ourselves, which the kernel always grants: 0, or
	 * the errno by which the call is blocked as such, whomever it is asked about.
	 */
	int readv_errno;
	int seccomp_mode; /* ours: /proc/self/status Seccomp: 0, 1 strict, 2 filter */
	bool in_container;
	int os_errno; /* of the access that failed */
};

/* Finds them out. What cannot be found is taken for no obstacle. */
void permission_gather(struct permission_facts *facts, pid_t pid, int os_errno);

/* Pure: turns facts into message and hint. */
void permission_describe(const struct permission_facts *facts, pid_t pid, const char *what,
			 struct pyprof_error *err);

#endif
