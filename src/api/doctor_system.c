/* SPDX-License-Identifier: MIT */
/* The doctor's first steps: what the system says about the process, and about us. */
#include "api/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <linux/capability.h>

#include "base/cleanup.h"
#include "target/cmdline.h"
#include "target/procfs.h"

#define MAX_NESTED 32 /* as deep as the kernel lets PID namespaces be */

/* ---- identity ------------------------------------------------------------------ */

static void write_ids(struct doctor *doctor)
{
	uint64_t pids[MAX_NESTED];
	size_t n = proc_status_numbers(str_cstr(&doctor->status_text), "NSpid", 10, pids,
				       ARRAY_SIZE(pids));

	if (n > 1 && n <= ARRAY_SIZE(pids))
		doctor_line(doctor, "PID", "%d, in its own namespace %" PRIu64,
			    (int)doctor->pid, pids[n - 1]);
	else
		doctor_line(doctor, "PID", "%d", (int)doctor->pid);
}

static void write_exe(struct doctor *doctor)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;

	if (proc_read_link(&text, doctor->proc_fd, "exe"))
		doctor_line(doctor, "executable", "%s", str_cstr(&text));
	else
		doctor_line(doctor, "executable", "unknown: %s", strerror(errno));
}

static void write_command(struct doctor *doctor)
{
	_cleanup_(str_deinit) struct str bytes = STR_INIT;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	/* A cut command line will do, but the kernel gives at most this much anyway. */
	if (!proc_read(&bytes, doctor->proc_fd, "cmdline", 4u << 20)) {
		doctor_line(doctor, "command line", "unknown: %s", strerror(errno));
		return;
	}
	cmdline_format(&text, str_cstr(&bytes), bytes.len);
	doctor_line(doctor, "command line", "%s", str_cstr(&text));
}

/* "www-data (33)" */
static const char *user_text(uint64_t uid, char *buf, size_t size)
{
	const struct passwd *entry = getpwuid((uid_t)uid);

	snprintf(buf, size, "%s (%" PRIu64 ")", entry ? entry->pw_name : "?", uid);
	return buf;
}

static void write_user(struct doctor *doctor)
{
	uint64_t uids[4]; /* real, effective, saved, file system */
	char real[80], effective[80];

	if (proc_status_numbers(str_cstr(&doctor->status_text), "Uid", 10, uids, 4) != 4)
		doctor_line(doctor, "user", "unknown");
	else if (uids[0] == uids[1])
		doctor_line(doctor, "user", "%s", user_text(uids[0], real, sizeof(real)));
	else
		doctor_line(doctor, "user", "%s, effective %s",
			    user_text(uids[0], real, sizeof(real)),
			    user_text(uids[1], effective, sizeof(effective)));
}

/* /proc/stat's btime: when the system was booted, in seconds of the epoch; 0 unknown. */
static int64_t boot_time(void)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	const char *line;

	/* Machines with many CPUs and interrupts have long ones. */
	if (!str_read_file(&text, "/proc/stat", 16u << 20))
		return 0;
	line = strstr(str_cstr(&text), "\nbtime ");
	return line ? strtoll(line + strlen("\nbtime "), NULL, 10) : 0;
}

static void write_start(struct doctor *doctor, const struct proc_stat *stat)
{
	long hz = sysconf(_SC_CLK_TCK);
	int64_t boot = boot_time();
	char text[40];
	struct tm tm;
	time_t at;

	if (hz <= 0 || boot == 0)
		return;
	at = (time_t)(boot + (int64_t)(stat->start_time / (uint64_t)hz));
	if (localtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %z", &tm))
		doctor_line(doctor, "started", "%s (tick %" PRIu64 " after boot)", text,
			    stat->start_time);
}

static const char *state_text(char state)
{
	switch (state) {
	case 'R':
		return "running";
	case 'S':
		return "sleeping";
	case 'D':
		return "in an uninterruptible wait";
	case 'T':
		return "stopped by a signal";
	case 't':
		return "stopped by a debugger";
	case 'Z':
		return "zombie: it has exited";
	case 'X':
		return "dead";
	case 'I':
		return "idle kernel thread";
	default:
		return "unknown state";
	}
}

void doctor_identity(struct doctor *doctor)
{
	struct proc_stat stat;
	uint64_t threads;

	doctor_heading(doctor, "Identity");
	write_ids(doctor);
	write_exe(doctor);
	write_command(doctor);
	write_user(doctor);
	if (proc_stat_read(&stat, doctor->proc_fd, "stat")) {
		doctor_line(doctor, "parent", "%d", (int)stat.ppid);
		write_start(doctor, &stat);
		doctor_line(doctor, "state", "%c, %s", stat.state, state_text(stat.state));
	}
	if (proc_status_numbers(str_cstr(&doctor->status_text), "Threads", 10, &threads, 1))
		doctor_line(doctor, "threads", "%" PRIu64, threads);
}

/* ---- namespaces ------------------------------------------------------------------ */

void doctor_namespaces(struct doctor *doctor)
{
	static const char *const names[] = { "pid", "mnt", "user" };

	doctor_heading(doctor, "Namespaces");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		_cleanup_(str_deinit) struct str theirs = STR_INIT;
		_cleanup_(str_deinit) struct str ours = STR_INIT;
		char path[32], own[32];

		snprintf(path, sizeof(path), "ns/%s", names[i]);
		snprintf(own, sizeof(own), "/proc/self/ns/%s", names[i]);
		if (!proc_read_link(&theirs, doctor->proc_fd, path) ||
		    !proc_read_link(&ours, AT_FDCWD, own))
			doctor_line(doctor, names[i], "unknown: %s", strerror(errno));
		else if (!strcmp(str_cstr(&theirs), str_cstr(&ours)))
			doctor_line(doctor, names[i], "ours, %s", str_cstr(&ours));
		else
			doctor_line(doctor, names[i], "its own, %s (ours is %s)",
				    str_cstr(&theirs), str_cstr(&ours));
	}
	_cleanup_(str_deinit) struct str root = STR_INIT;
	if (proc_read_link(&root, doctor->proc_fd, "root"))
		doctor_line(doctor, "root", "%s", str_cstr(&root));
}

/* ---- access ---------------------------------------------------------------------- */

static void write_capability(struct doctor *doctor, const char *status_text)
{
	uint64_t effective;

	if (proc_status_numbers(status_text, "CapEff", 16, &effective, 1) != 1)
		return;
	doctor_line(doctor, "CAP_SYS_PTRACE",
		    effective >> CAP_SYS_PTRACE & 1 ? "yes" : "no");
}

static void write_yama(struct doctor *doctor)
{
	static const char *const scopes[] = {
		"0: whoever has the same user",
		"1: only descendants, or with CAP_SYS_PTRACE",
		"2: only with CAP_SYS_PTRACE",
		"3: nobody",
	};
	_cleanup_(str_deinit) struct str text = STR_INIT;
	size_t scope;

	if (!str_read_file(&text, "/proc/sys/kernel/yama/ptrace_scope", 64)) {
		doctor_line(doctor, "Yama", "none: %s", strerror(errno));
		return;
	}
	scope = strtoul(str_cstr(&text), NULL, 10);
	doctor_line(doctor, "Yama", "%s",
		    scope < ARRAY_SIZE(scopes) ? scopes[scope] : str_cstr(&text));
}

/* The files of a process that is not dumpable belong to root. */
static void write_dumpable(struct doctor *doctor)
{
	uint64_t uids[4];
	struct stat st;

	if (doctor->proc_fd < 0 || fstatat(doctor->proc_fd, "stat", &st, 0) != 0 ||
	    proc_status_numbers(str_cstr(&doctor->status_text), "Uid", 10, uids, 4) != 4)
		return;
	if (uids[1] == 0)
		doctor_line(doctor, "dumpable", "cannot be told: it runs as root");
	else
		doctor_line(doctor, "dumpable", st.st_uid == uids[1] ? "yes" : "no");
}

void doctor_access(struct doctor *doctor)
{
	_cleanup_(str_deinit) struct str self = STR_INIT;
	uint64_t seccomp;
	char user[80];

	doctor_heading(doctor, "Access");
	doctor_line(doctor, "we run as", "%s", user_text(geteuid(), user, sizeof(user)));
	if (str_read_file(&self, "/proc/self/status", PROC_STATUS_MAX)) {
		write_capability(doctor, str_cstr(&self));
		if (proc_status_numbers(str_cstr(&self), "Seccomp", 10, &seccomp, 1) == 1)
			doctor_line(doctor, "our seccomp", "%s",
				    seccomp ? "filtered" : "none");
	}
	write_yama(doctor);
	write_dumpable(doctor);
}
