/* SPDX-License-Identifier: MIT */
/* From facts to the sentence that names the cause and the one that names the remedy. */
#include "target/permission.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char ADD_CAPABILITY[] =
	"start the container with it (docker run --cap-add SYS_PTRACE; in Kubernetes: "
	"securityContext.capabilities.add: [\"SYS_PTRACE\"]), or run pyprof as root on the host";

static void cause(struct pyprof_error *err, pid_t pid, const char *what, const char *why)
{
	error_set(err, PYPROF_ERR_PERMISSION, "PID %d: cannot %s: %s", pid, what, why);
}

/* Whose process it is, for a sentence: "user www-data (uid 33)". */
static void user_text(const struct permission_facts *f, char *buf, size_t size)
{
	if (f->target_user[0])
		snprintf(buf, size, "user %s (uid %u)", f->target_user, f->target_euid);
	else
		snprintf(buf, size, "uid %u", f->target_euid);
}

/* Is it the container that keeps CAP_SYS_PTRACE from whoever is in it, root too? */
static bool container_lacks_cap(const struct permission_facts *f)
{
	return f->in_container && !f->may_have_ptrace_cap;
}

/* How to get CAP_SYS_PTRACE, from where we are. */
static void hint_capability(const struct permission_facts *f, struct pyprof_error *err)
{
	if (container_lacks_cap(f))
		error_hint(err, "CAP_SYS_PTRACE is missing here: %s", ADD_CAPABILITY);
	else if (f->our_uid == 0)
		error_hint(err, "root has no CAP_SYS_PTRACE here: give it back to the service or "
				"shell that starts pyprof (systemd: CapabilityBoundingSet, "
				"AmbientCapabilities; check with: capsh --print)");
	else
		error_hint(err, "run pyprof as root: sudo pyprof ...");
}

static bool other_user(const struct permission_facts *f)
{
	return f->target_ruid != f->our_uid || f->target_euid != f->our_uid ||
	       f->target_suid != f->our_uid;
}

static bool other_group(const struct permission_facts *f)
{
	return f->target_rgid != f->our_gid || f->target_egid != f->our_gid ||
	       f->target_sgid != f->our_gid;
}

/* ---- one function a cause --------------------------------------------------------- */

static void describe_hidden(pid_t pid, const char *what, struct pyprof_error *err)
{
	cause(err, pid, what,
	      "it exists, but /proc is mounted with hidepid, which hides it from this user");
	error_hint(err, "run pyprof as root (sudo pyprof ...) or as the user of the process");
}

/* The call is refused on whatever process it is asked about. */
static void describe_blocked_call(const struct permission_facts *f, pid_t pid,
				  const char *what, struct pyprof_error *err)
{
	if (f->seccomp_mode != 2 && f->readv_errno == ENOSYS) {
		cause(err, pid, what, "this kernel has no process_vm_readv(2)");
		error_hint(err, "a kernel built with CONFIG_CROSS_MEMORY_ATTACH is needed; "
				"sandboxes such as gVisor leave the call out");
		return;
	}
	if (f->seccomp_mode != 2) {
		cause(err, pid, what, "process_vm_readv(2) is refused even on pyprof itself");
		error_hint(err, "look for a security module's denial: dmesg | grep -i denied");
		return;
	}
	cause(err, pid, what,
	      "a seccomp filter blocks process_vm_readv(2), as the default profiles of older "
	      "Docker and containerd versions do");
	error_hint(err, "start the container with docker run --cap-add SYS_PTRACE (the default "
			"profile then allows the call), or with --security-opt "
			"seccomp=unconfined or a profile of your own; in Kubernetes: "
			"securityContext.capabilities.add: [\"SYS_PTRACE\"] or "
			"seccompProfile.type: Unconfined");
}

static void describe_user_ns(const struct permission_facts *f, pid_t pid, const char *what,
			     struct pyprof_error *err)
{
	cause(err, pid, what,
	      f->have_ptrace_cap ? "it is in another user namespace, where pyprof's "
				   "CAP_SYS_PTRACE does not count"
				 : "it is in another user namespace than pyprof");
	error_hint(err,
		   "run pyprof as root outside of all containers (sudo pyprof ...), or inside "
		   "the namespace of the process: nsenter --user --target %d",
		   pid);
}

static void describe_other_user(const struct permission_facts *f, pid_t pid, const char *what,
				struct pyprof_error *err)
{
	char user[100], text[200];

	user_text(f, user, sizeof(user));
	if (f->target_euid == f->our_uid)
		snprintf(text, sizeof(text),
			 "it was started by uid %u and changed to uid %u (set-user-id)",
			 f->target_ruid != f->our_uid ? f->target_ruid : f->target_suid,
			 f->target_euid);
	else
		snprintf(text, sizeof(text), "it runs as %s, and pyprof as uid %u%s", user,
			 f->our_uid, f->our_uid ? "" : " without CAP_SYS_PTRACE");
	cause(err, pid, what, text);
	if (container_lacks_cap(f) || f->our_uid == 0)
		hint_capability(f, err);
	else if (f->target_user[0] && f->target_euid && f->target_euid != f->our_uid)
		error_hint(err,
			   "run pyprof as root (sudo pyprof ...) or as that user (sudo -u %s "
			   "pyprof ...)",
			   f->target_user);
	else
		error_hint(err, "run pyprof as root: sudo pyprof ...");
}

static void describe_other_group(const struct permission_facts *f, pid_t pid,
				 const char *what, struct pyprof_error *err)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "it runs with other group ids (%u, %u, %u) than pyprof (%u)", f->target_rgid,
		 f->target_egid, f->target_sgid, f->our_gid);
	cause(err, pid, what, text);
	hint_capability(f, err);
}

static void describe_undumpable(const struct permission_facts *f, pid_t pid, const char *what,
				struct pyprof_error *err)
{
	cause(err, pid, what,
	      "it is not dumpable: it changed its user or group id, was started from a "
	      "set-id or unreadable file, or called prctl(PR_SET_DUMPABLE)");
	hint_capability(f, err);
}

static void describe_more_caps(const struct permission_facts *f, pid_t pid, const char *what,
			       struct pyprof_error *err)
{
	cause(err, pid, what, "it has capabilities that pyprof has not");
	hint_capability(f, err);
}

static void describe_yama(const struct permission_facts *f, pid_t pid, const char *what,
			  struct pyprof_error *err)
{
	char text[200];
	static const char *const meaning[] = {
		"only a process that pyprof launched",
		"only with CAP_SYS_PTRACE",
		"nothing, for anybody, until the next boot",
	};

	snprintf(text, sizeof(text), "Yama's kernel.yama.ptrace_scope is %d, which allows %s",
		 f->yama_scope, meaning[f->yama_scope > 3 ? 2 : f->yama_scope - 1]);
	cause(err, pid, what, text);
	if (f->yama_scope >= 3)
		error_hint(err, "set kernel.yama.ptrace_scope to 1 in /etc/sysctl.d and reboot: "
				"3 cannot be lowered while the system runs");
	else if (container_lacks_cap(f))
		error_hint(err, "on the host: sudo sysctl kernel.yama.ptrace_scope=0. Or %s",
			   ADD_CAPABILITY);
	else
		error_hint(err, "run pyprof as root (sudo pyprof ...)%s, or allow it until the "
				"next boot%s: sudo sysctl kernel.yama.ptrace_scope=0",
			   f->yama_scope == 1 ? ", or launch the program by it (pyprof record "
						"-- COMMAND)"
					      : "",
			   f->in_container ? " (on the host)" : "");
}

static void describe_unknown(const struct permission_facts *f, pid_t pid, const char *what,
			     struct pyprof_error *err)
{
	char reason[100], text[200];

	/* Of root's processes it does not show; it is the reason when no other is left. */
	if (f->target_dumpable < 0 && !f->have_ptrace_cap) {
		describe_undumpable(f, pid, what, err);
		return;
	}
	snprintf(text, sizeof(text), "%s, though user, capabilities and Yama allow it",
		 strerror_r(f->os_errno, reason, sizeof(reason)));
	cause(err, pid, what, text);
	if (f->have_ptrace_cap)
		error_hint(err, "a security module (SELinux, AppArmor) may forbid it: "
				"dmesg | grep -i denied");
	else
		error_hint(err, "a security module (SELinux, AppArmor) may forbid it: dmesg | "
				"grep -i denied. Or try as root: sudo pyprof ...");
}

/* ---- the decision -------------------------------------------------------------------- */

static bool yama_forbids(const struct permission_facts *f)
{
	if (f->yama_scope >= 3)
		return true;
	if (f->have_ptrace_cap || f->yama_scope <= 0)
		return false;
	return f->yama_scope == 2 || !f->is_descendant;
}

/*
 * The first that holds, in the kernel's order: what comes first would forbid it still when
 * the later ones were mended.
 */
void permission_describe(const struct permission_facts *f, pid_t pid, const char *what,
			 struct pyprof_error *err)
{
	/* With the capability, where it counts, no check of ids is made. */
	bool privileged = f->have_ptrace_cap && !f->foreign_user_ns;

	if (f->proc_hidden)
		describe_hidden(pid, what, err);
	else if (f->readv_errno)
		describe_blocked_call(f, pid, what, err);
	else if (f->foreign_user_ns)
		describe_user_ns(f, pid, what, err);
	else if (!privileged && other_user(f))
		describe_other_user(f, pid, what, err);
	else if (!privileged && other_group(f))
		describe_other_group(f, pid, what, err);
	else if (!privileged && f->target_dumpable == 0)
		describe_undumpable(f, pid, what, err);
	else if (!privileged && f->target_has_more_caps)
		describe_more_caps(f, pid, what, err);
	else if (yama_forbids(f))
		describe_yama(f, pid, what, err);
	else
		describe_unknown(f, pid, what, err);
	if (err)
		err->os_errno = f->os_errno;
}
