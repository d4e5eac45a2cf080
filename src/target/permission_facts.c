/* SPDX-License-Identifier: MIT */
/* Looking: everything here is readable without any right over the process. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "base/cleanup.h"
#include "target/permission.h"
#include "target/procfs.h"

/* Generations to look up for ourselves among the target's ancestors. */
#define MAX_ANCESTORS 4096

static bool status_text(struct str *out, const char *dir)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/status", dir);
	return str_read_file(out, path, PROC_STATUS_MAX);
}

/* ---- ourselves -------------------------------------------------------------------- */

/* Returns our permitted capabilities. */
static uint64_t gather_ours(struct permission_facts *f)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	uint64_t effective = 0, permitted = 0, bounding = 0, mode = 0;
	char byte = 0, copy;
	struct iovec local = { .iov_base = &copy, .iov_len = 1 };
	struct iovec remote = { .iov_base = &byte, .iov_len = 1 };

	f->our_uid = getuid();
	f->our_gid = getgid();
	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) < 0)
		f->readv_errno = errno;
	if (!status_text(&text, "/proc/thread-self"))
		return 0;
	proc_status_numbers(str_cstr(&text), "CapEff", 16, &effective, 1);
	proc_status_numbers(str_cstr(&text), "CapPrm", 16, &permitted, 1);
	proc_status_numbers(str_cstr(&text), "CapBnd", 16, &bounding, 1);
	proc_status_numbers(str_cstr(&text), "Seccomp", 10, &mode, 1);
	f->have_ptrace_cap = effective >> CAP_SYS_PTRACE & 1;
	f->may_have_ptrace_cap = bounding >> CAP_SYS_PTRACE & 1;
	f->seccomp_mode = (int)mode;
	return permitted;
}

/* Docker, Podman, Kubernetes, systemd-nspawn and LXC each leave one of these. */
static bool in_container(void)
{
	static const char *const marks[] = { "/.dockerenv", "/run/.containerenv",
					     "/run/systemd/container" };
	static const char *const words[] = { "docker", "kubepods", "containerd", "lxc",
					     "libpod" };
	_cleanup_(str_deinit) struct str cgroup = STR_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (access(marks[i], F_OK) == 0)
			return true;
	if (getenv("KUBERNETES_SERVICE_HOST"))
		return true;
	str_read_file(&cgroup, "/proc/1/cgroup", 1u << 16);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strstr(str_cstr(&cgroup), words[i]))
			return true;
	return false;
}

static int yama_scope(void)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (!str_read_file(&text, "/proc/sys/kernel/yama/ptrace_scope", 64))
		return -1;
	return atoi(str_cstr(&text));
}

/* ---- the target ----------------------------------------------------------------------- */

static void gather_ids(struct permission_facts *f, const char *text)
{
	uint64_t ids[3];

	if (proc_status_numbers(text, "Uid", 10, ids, 3) >= 3) {
		f->target_ruid = (uid_t)ids[0];
		f->target_euid = (uid_t)ids[1];
		f->target_suid = (uid_t)ids[2];
	}
	if (proc_status_numbers(text, "Gid", 10, ids, 3) >= 3) {
		f->target_rgid = (gid_t)ids[0];
		f->target_egid = (gid_t)ids[1];
		f->target_sgid = (gid_t)ids[2];
	}
}

static void gather_user_name(struct permission_facts *f)
{
	char buf[4096];
	struct passwd entry, *found = NULL;

	if (getpwuid_r(f->target_euid, &entry, buf, sizeof(buf), &found) == 0 && found)
		snprintf(f->target_user, sizeof(f->target_user), "%s", found->pw_name);
}

/*
 * Files of /proc/PID belong to root where the process is not dumpable, else to its effective
 * user (task_dump_owner() in fs/proc/base.c). Of root's own processes this tells nothing.
 */
static int dumpable(const struct permission_facts *f, const char *dir)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%s/environ", dir);
	if (stat(path, &st) < 0 || f->target_euid == 0)
		return -1;
	return st.st_uid == f->target_euid;
}

/* The map of the initial namespace, below which all others are. */
static bool is_initial_map(const char *map)
{
	unsigned int inside, outside, count;

	return sscanf(map, "%u %u %u", &inside, &outside, &count) == 3 && inside == 0 &&
	       outside == 0 && count == UINT32_MAX;
}

/*
 * The namespace's link cannot be read where access is refused, which is why we are here. The
 * id maps can; another namespace has another one, as seen from here.
 */
static bool foreign_user_ns(const char *dir)
{
	char path[64], ours[64], theirs[64];
	ssize_t n, m;
	_cleanup_(str_deinit) struct str our_map = STR_INIT;
	_cleanup_(str_deinit) struct str their_map = STR_INIT;

	if (!str_read_file(&our_map, "/proc/self/uid_map", 1u << 16) ||
	    is_initial_map(str_cstr(&our_map)))
		return false;
	snprintf(path, sizeof(path), "%s/ns/user", dir);
	n = readlink("/proc/self/ns/user", ours, sizeof(ours));
	m = readlink(path, theirs, sizeof(theirs));
	if (n > 0 && m > 0)
		return n != m || memcmp(ours, theirs, (size_t)n) != 0;
	snprintf(path, sizeof(path), "%s/uid_map", dir);
	return str_read_file(&their_map, path, 1u << 16) &&
	       strcmp(str_cstr(&our_map), str_cstr(&their_map)) != 0;
}

/* Yama counts every descendant, not only children. */
static bool is_descendant(pid_t pid)
{
	for (int i = 0; i < MAX_ANCESTORS && pid > 1; i++) {
		struct proc_stat stat;
		char path[32];

		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		if (!proc_stat_read(&stat, AT_FDCWD, path))
			return false;
		if (stat.ppid == getpid())
			return true;
		pid = stat.ppid;
	}
	return false;
}

void permission_gather(struct permission_facts *f, pid_t pid, int os_errno)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	uint64_t theirs = 0, ours;
	char dir[32];

	memset(f, 0, sizeof(*f));
	f->os_errno = os_errno;
	ours = gather_ours(f);
	f->target_ruid = f->target_euid = f->target_suid = f->our_uid;
	f->target_rgid = f->target_egid = f->target_sgid = f->our_gid;
	f->target_dumpable = 1;
	f->yama_scope = yama_scope();
	f->in_container = in_container();

	snprintf(dir, sizeof(dir), "/proc/%d", pid);
	if (!status_text(&text, dir)) {
		/* ESRCH, or another reason to fail: then there is nothing to say about it. */
		f->proc_hidden = errno == ENOENT || errno == EPERM || errno == EACCES;
		return;
	}
	gather_ids(f, str_cstr(&text));
	gather_user_name(f);
	proc_status_numbers(str_cstr(&text), "CapPrm", 16, &theirs, 1);
	f->target_has_more_caps = theirs & ~ours;
	f->foreign_user_ns = foreign_user_ns(dir);
	f->is_descendant = is_descendant(pid);
	f->target_dumpable = dumpable(f, dir);
}

enum pyprof_status permission_explain(pid_t pid, int os_errno, const char *what,
				      struct pyprof_error *err)
{
	struct permission_facts facts;

	if (err) {
		permission_gather(&facts, pid, os_errno);
		permission_describe(&facts, pid, what, err);
	}
	return PYPROF_ERR_PERMISSION;
}
