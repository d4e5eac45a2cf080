/* SPDX-License-Identifier: MIT */
#include "target/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/cleanup.h"
#include "target/cmdline.h"

/* ---- the signals we were started with --------------------------------------------- */

static sigset_t initial_mask;
static sigset_t initially_ignored;

/*
 * Before main(), as whoever sets up handlers and masks in this program does so later, and
 * what was there before cannot be found out then.
 */
__attribute__((constructor)) static void remember_signals(void)
{
	sigemptyset(&initially_ignored);
	sigprocmask(SIG_SETMASK, NULL, &initial_mask);
	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction action;
		if (sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
			sigaddset(&initially_ignored, signo);
	}
}

/* In the child, all signals blocked: so no handler of ours ever runs there. */
static void restore_signals(void)
{
	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction action = { .sa_handler = SIG_DFL };
		if (signo == SIGKILL || signo == SIGSTOP)
			continue;
		if (sigismember(&initially_ignored, signo) == 1)
			action.sa_handler = SIG_IGN;
		sigaction(signo, &action, NULL); /* fails for libc's own two: no matter */
	}
	sigprocmask(SIG_SETMASK, &initial_mask, NULL);
}

/* Children of a process that ignores SIGCHLD leave no status behind. */
static void keep_exit_statuses(void)
{
	struct sigaction action;

	if (sigaction(SIGCHLD, NULL, &action) < 0)
		return;
	if (action.sa_handler == SIG_IGN || action.sa_flags & SA_NOCLDWAIT) {
		if (action.sa_handler == SIG_IGN)
			action.sa_handler = SIG_DFL;
		action.sa_flags &= ~SA_NOCLDWAIT;
		sigaction(SIGCHLD, &action, NULL);
	}
}

/* ---- starting ---------------------------------------------------------------------- */

/* Only async-signal-safe calls: the process that forked may have threads. */
__attribute__((noreturn)) static void run_child(char *const argv[], int error_pipe)
{
	int os_errno;
	ssize_t ignored;

	restore_signals();
	execvp(argv[0], argv);
	os_errno = errno;
	ignored = write(error_pipe, &os_errno, sizeof(os_errno));
	(void)ignored;
	_exit(127);
}

/*
 * execvp(3) says EACCES where it was refused a folder of PATH and found nothing in the others.
 * Is there a file of that name in any?
 */
static bool exists_in_path(const char *command)
{
	const char *path = getenv("PATH");

	for (const char *dir = path ? path : ""; *dir;) {
		_cleanup_(str_deinit) struct str file = STR_INIT;
		size_t len = strcspn(dir, ":");

		str_add(&file, dir, len);
		str_printf(&file, "%s/%s", len ? "" : ".", command);
		if (access(str_cstr(&file), F_OK) == 0)
			return true;
		dir += len + (dir[len] == ':');
	}
	return false;
}

static enum pyprof_status exec_failed(const char *command, int os_errno,
				      struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str name = STR_INIT;
	enum pyprof_status status;

	cmdline_add_argument(&name, command, strlen(command));
	if (os_errno == EACCES && !strchr(command, '/') && !exists_in_path(command))
		os_errno = ENOENT;
	switch (os_errno) {
	case ENOENT:
	case ENOTDIR:
		status = error_set_errno(err, PYPROF_ERR_NO_PROCESS, os_errno,
					 "cannot run %s", str_cstr(&name));
		error_hint(err, strchr(command, '/') ? "check the path (for a script, also "
						       "that of its interpreter)"
						     : "there is no such command in PATH");
		return status;
	case EACCES:
	case EPERM:
		status = error_set_errno(err, PYPROF_ERR_PERMISSION, os_errno,
					 "cannot run %s", str_cstr(&name));
		error_hint(err, "it must be a file that you may execute, on a file system that "
				"is not mounted noexec");
		return status;
	case ENOMEM:
		return error_nomem(err);
	default:
		return error_set_errno(err, PYPROF_ERR_IO, os_errno, "cannot run %s",
				       str_cstr(&name));
	}
}

static enum pyprof_status fork_failed(int os_errno, struct pyprof_error *err)
{
	enum pyprof_status status =
		os_errno == ENOMEM ? PYPROF_ERR_NOMEM : PYPROF_ERR_IO;

	status = error_set_errno(err, status, os_errno, "cannot start a process");
	if (os_errno == EAGAIN)
		error_hint(err, "the limit on processes is reached: ulimit -u, or the "
				"container's pids limit");
	return status;
}

/* What the child wrote before it gave up: its errno, or 0 where its exec closed the pipe. */
static int read_exec_errno(int fd)
{
	int os_errno = 0;
	ssize_t got;

	do {
		got = read(fd, &os_errno, sizeof(os_errno));
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(os_errno) ? os_errno : 0;
}

/*
 * The child is born with all signals blocked: one that arrives before it has restored the
 * defaults would else run our handler in the child.
 */
static pid_t fork_child(char *const argv[], int error_pipe)
{
	sigset_t all, before;
	int os_errno;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_child(argv, error_pipe);
	os_errno = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = os_errno;
	return pid;
}

enum pyprof_status spawn_start(pid_t *out, char *const argv[], struct pyprof_error *err)
{
	_cleanup_fd_ int reading = -1;
	_cleanup_fd_ int writing = -1;
	int fds[2], os_errno, status;
	pid_t pid;

	*out = -1;
	if (!argv[0])
		return error_set(err, PYPROF_ERR_USAGE, "no command to run");
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot make a pipe");
	reading = fds[0];
	writing = fds[1];
	keep_exit_statuses();
	pid = fork_child(argv, writing);
	if (pid < 0)
		return fork_failed(errno, err);
	close(take_fd(&writing));
	os_errno = read_exec_errno(reading);
	if (os_errno) {
		spawn_wait(pid, &status, true);
		return exec_failed(argv[0], os_errno, err);
	}
	*out = pid;
	return PYPROF_OK;
}

/* ---- ending ------------------------------------------------------------------------- */

int spawn_wait(pid_t pid, int *status, bool block)
{
	siginfo_t info = { .si_pid = 0 };
	pid_t got;

	/* The stop of a thread that we paused is not the end, and not ours to take here. */
	if (!block && waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	    (!info.si_pid || info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED))
		return 0;
	do {
		got = waitpid(pid, status, block ? 0 : WNOHANG);
	} while (got < 0 && errno == EINTR);
	return got == pid ? 1 : got == 0 ? 0 : -1;
}
