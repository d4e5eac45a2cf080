/* SPDX-License-Identifier: MIT */
#include "target/counter_error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "target/counter_event.h"
#include "target/permission.h"

/* ---- what is missing ------------------------------------------------------------------ */

static bool is_missing(int os_errno)
{
	return os_errno == ENOENT || os_errno == EOPNOTSUPP || os_errno == ENODEV ||
	       os_errno == ENXIO || os_errno == EINVAL;
}

static enum pyprof_status describe_missing(const struct counter_facts *facts,
					   const struct counter *row, struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_UNSUPPORTED, "this machine has no counter '%s'", row->name);
	error_hint(err,
		   "%s%s%sprocessors differ in what they count, and a virtual machine has "
		   "hardware counters only where its host gives it some (a virtual PMU)",
		   facts->present[0] ? "it has " : "", facts->present,
		   facts->present[0] ? "; " : "");
	return PYPROF_ERR_UNSUPPORTED;
}

static enum pyprof_status describe_no_call(const struct counter *row, struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_UNSUPPORTED,
		  "this kernel has no perf_event_open(2), which counts '%s'", row->name);
	error_hint(err, "a kernel built with CONFIG_PERF_EVENTS is needed; sandboxes such as "
			"gVisor leave the call out");
	return PYPROF_ERR_UNSUPPORTED;
}

/* ---- what is refused ------------------------------------------------------------------ */

static void refused(struct pyprof_error *err, pid_t pid, const struct counter *row, const char *why)
{
	error_set(err, PYPROF_ERR_PERMISSION, "PID %d: cannot count '%s': %s", pid, row->name,
		  why);
}

/* How to get the right; `level` is the highest that allows it without. */
static void hint_right(const struct counter_facts *facts, int level, struct pyprof_error *err)
{
	if (facts->in_container)
		error_hint(err,
			   "start the container with that capability (docker run --cap-add "
			   "PERFMON; before Linux 5.8 SYS_ADMIN), or on the host: sudo sysctl "
			   "kernel.perf_event_paranoid=%d",
			   level);
	else if (facts->root)
		error_hint(err,
			   "root has no CAP_PERFMON (before Linux 5.8: CAP_SYS_ADMIN) here, or is "
			   "so in a user namespace only: run pyprof outside of it, or allow it "
			   "to all: sysctl kernel.perf_event_paranoid=%d",
			   level);
	else
		error_hint(err,
			   "run pyprof as root (sudo pyprof ...), or allow it until the next "
			   "boot: sudo sysctl kernel.perf_event_paranoid=%d",
			   level);
}

/* User space may be counted, and this is not of it. */
static void describe_in_kernel(const struct counter_facts *facts, const struct counter *row,
			       pid_t pid, struct pyprof_error *err)
{
	refused(err, pid, row,
		"it counts what the kernel does, and kernel.perf_event_paranoid is 2, which "
		"without CAP_PERFMON allows to count user space only");
	hint_right(facts, 1, err);
}

static void describe_paranoid(const struct counter_facts *facts, const struct counter *row,
			      pid_t pid, struct pyprof_error *err)
{
	char why[200];

	snprintf(why, sizeof(why),
		 "kernel.perf_event_paranoid is %d, which allows nothing without CAP_PERFMON",
		 facts->paranoid);
	refused(err, pid, row, why);
	hint_right(facts, row->in_kernel ? 1 : 2, err);
}

static void describe_filtered(const struct counter_facts *facts, const struct counter *row,
			      pid_t pid, struct pyprof_error *err)
{
	refused(err, pid, row,
		"a seccomp filter blocks perf_event_open(2), as container runtimes do by default");
	error_hint(err,
		   "%sstart the container with docker run --cap-add PERFMON (the default profile "
		   "then allows the call; older kernels and container runtimes want SYS_ADMIN), "
		   "or with a seccomp profile of your own",
		   facts->in_container ? "" : "in a container: ");
}

static void describe_refused(const struct counter_facts *facts, const struct counter *row,
			     pid_t pid, struct pyprof_error *err)
{
	char setting[60] = "", why[200], reason[100];

	if (facts->paranoid != PARANOID_UNKNOWN)
		snprintf(setting, sizeof(setting), ", though kernel.perf_event_paranoid is %d",
			 facts->paranoid);
	snprintf(why, sizeof(why), "%s%s", strerror_r(facts->os_errno, reason, sizeof(reason)),
		 setting);
	refused(err, pid, row, why);
	error_hint(err, "a security module (SELinux, AppArmor, lockdown) may forbid it: dmesg | "
			"grep -i denied");
}

/* ---- the decision --------------------------------------------------------------------- */

static bool is_refusal(int os_errno)
{
	return os_errno == EPERM || os_errno == EACCES;
}

enum pyprof_status counter_describe(const struct counter_facts *facts, const struct counter *row,
				    pid_t pid, struct pyprof_error *err)
{
	/* A refusal comes before the question whether there is such a counter. */
	int cause = is_refusal(facts->os_errno) && facts->self_errno ? facts->self_errno
								     : facts->os_errno;
	enum pyprof_status status = PYPROF_ERR_PERMISSION;

	if (facts->filtered && (facts->self_errno == EPERM || facts->self_errno == ENOSYS))
		describe_filtered(facts, row, pid, err);
	else if (cause == ENOSYS)
		status = describe_no_call(row, err);
	else if (is_missing(cause))
		status = describe_missing(facts, row, err);
	else if (!facts->self_errno)
		/* We may count ourselves, but not this process. */
		permission_explain(pid, facts->os_errno, "count what it does", err);
	else if (facts->paranoid > 2)
		describe_paranoid(facts, row, pid, err);
	else if (facts->paranoid == 2 && row->in_kernel)
		describe_in_kernel(facts, row, pid, err);
	else
		describe_refused(facts, row, pid, err);
	if (err)
		err->os_errno = facts->os_errno;
	return status;
}

/* ---- looking -------------------------------------------------------------------------- */

/* 0, or why our own thread cannot be counted. */
static int try_self(const struct counter *row, bool user_only)
{
	_cleanup_fd_ int fd = counter_event_open(row, 0, -1, user_only);

	return fd < 0 ? errno : 0;
}

static void gather_present(struct counter_facts *facts)
{
	size_t len = 0;

	for (size_t i = 0; counter_row(i); i++) {
		const struct counter *row = counter_row(i);

		if (len < sizeof(facts->present) && try_self(row, !row->in_kernel) == 0)
			len += (size_t)snprintf(facts->present + len, sizeof(facts->present) - len,
						"%s%s", len ? ", " : "", row->name);
	}
}

static int paranoid_level(void)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	int level;

	if (!str_read_file(&text, "/proc/sys/kernel/perf_event_paranoid", 64) ||
	    sscanf(str_cstr(&text), "%d", &level) != 1)
		return PARANOID_UNKNOWN;
	return level;
}

static void gather(struct counter_facts *facts, const struct counter *row, pid_t pid, int os_errno)
{
	struct permission_facts process;

	permission_gather(&process, pid, os_errno);
	*facts = (struct counter_facts){
		.os_errno = os_errno,
		.self_errno = try_self(row, !row->in_kernel),
		.paranoid = paranoid_level(),
		.filtered = process.seccomp_mode == 2,
		.in_container = process.in_container,
		.root = process.our_uid == 0,
	};
	gather_present(facts);
}

static void hint_descriptors(const struct counter_set *set, struct pyprof_error *err)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	error_hint(err,
		   "each thread needs %zu descriptors, and pyprof may have %llu: raise the limit "
		   "(ulimit -n)",
		   set->n, (unsigned long long)limit.rlim_cur);
}

enum pyprof_status counter_explain(const struct counter_set *set, size_t failed, pid_t pid,
				   pid_t tid, int os_errno, struct pyprof_error *err)
{
	const struct counter *row = set->rows[failed];
	struct counter_facts facts;

	if (os_errno == ESRCH)
		return error_set(err, PYPROF_ERR_GONE, "thread %d of PID %d has ended", tid, pid);
	if (os_errno == ENOMEM)
		return error_nomem(err);
	if (is_refusal(os_errno) || is_missing(os_errno) || os_errno == ENOSYS) {
		gather(&facts, row, pid, os_errno);
		return counter_describe(&facts, row, pid, err);
	}
	error_set_errno(err, PYPROF_ERR_IO, os_errno, "PID %d: cannot count '%s'", pid, row->name);
	if (os_errno == EMFILE)
		hint_descriptors(set, err);
	return PYPROF_ERR_IO;
}
