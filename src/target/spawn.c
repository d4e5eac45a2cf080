/* SPDX-License-Identifier: MIT */
#include "target/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* What the child could not do, by its errno; in the pipe. */
struct child_failure {
	int os_errno;
	bool at_dir;
};

/*
 * A duplicate of 3 or above each, before the standard ones are replaced: those given may be among
 * these.
 */
static bool take_streams(const struct spawn_opts *opts)
{
	int fds[3] = { fcntl(opts->in, F_DUPFD_CLOEXEC, 3), fcntl(opts->out, F_DUPFD_CLOEXEC, 3),
		       fcntl(opts->err, F_DUPFD_CLOEXEC, 3) };

	for (int i = 0; i < 3; i++)
		if (fds[i] < 0 || dup2(fds[i], i) < 0)
			return false;
	return true;
}

/* What is not in our group gets no Ctrl-\ of the terminal's, and is not to outlive us either. */
static void take_group(pid_t parent)
{
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) /* it was too late for that */
		_exit(127);
}

/*
 * Only async-signal-safe calls: the process that forked may have threads. `envp` NULL: the
 * environment as it is.
 */
__attribute__((noreturn)) static void run_child(char *const argv[], char *const *envp,
						const struct spawn_opts *opts, int error_pipe,
						pid_t parent)
{
	struct child_failure failure = { 0 };
	ssize_t ignored;

	failure.at_dir = opts->dir && chdir(opts->dir) < 0;
	if (!failure.at_dir && (!opts->streams || take_streams(opts))) {
		if (opts->group)
			take_group(parent);
		restore_signals();
		if (envp)
			environ = (char **)envp; /* whose PATH is looked at, as a shell would */
		execvp(argv[0], argv);
	}
	failure.os_errno = errno;
	ignored = write(error_pipe, &failure, sizeof(failure));
	(void)ignored;
	_exit(127);
}

static size_t name_length(const char *setting)
{
	return strcspn(setting, "=") + 1;
}

/* Is this one of the environment replaced by one of `with`? */
static bool is_replaced(const char *setting, const char *const *with)
{
	size_t len = name_length(setting);

	for (size_t i = 0; with[i]; i++)
		if (name_length(with[i]) == len && !strncmp(with[i], setting, len))
			return true;
	return false;
}

/* Our environment with what is in `with`, for the caller to free(); texts are the owners'. */
static char **make_environment(const char *const *with)
{
	size_t n = 0, n_with = 0, at = 0;
	char **envp;

	while (environ && environ[n])
		n++;
	while (with[n_with])
		n_with++;
	envp = calloc(n + n_with + 1, sizeof(*envp));
	if (!envp)
		return NULL;
	for (size_t i = 0; i < n; i++)
		if (!is_replaced(environ[i], with))
			envp[at++] = environ[i];
	/* Of one that is there twice the last one holds, as in a shell. */
	for (size_t i = 0; i < n_with; i++)
		if (!is_replaced(with[i], with + i + 1))
			envp[at++] = (char *)with[i];
	return envp;
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

/* What the child wrote before it gave up; its errno is 0 where its exec closed the pipe. */
static struct child_failure read_failure(int fd)
{
	struct child_failure failure = { 0 };
	ssize_t got;

	do {
		got = read(fd, &failure, sizeof(failure));
	} while (got < 0 && errno == EINTR);
	return got == (ssize_t)sizeof(failure) ? failure : (struct child_failure){ 0 };
}

static enum pyprof_status dir_failed(const char *dir, int os_errno, struct pyprof_error *err)
{
	return error_set_errno(err,
			       os_errno == ENOENT || os_errno == ENOTDIR ? PYPROF_ERR_NO_PROCESS :
									   PYPROF_ERR_IO,
			       os_errno, "cannot run anything in %.200s", dir);
}

/*
 * The child is born with all signals blocked: one that arrives before it has restored the
 * defaults would else run our handler in the child.
 */
static pid_t fork_child(char *const argv[], char *const *envp, const struct spawn_opts *opts,
			int error_pipe)
{
	pid_t pid, parent = getpid();
	sigset_t all, before;
	int os_errno;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = fork();
	if (pid == 0)
		run_child(argv, envp, opts, error_pipe, parent);
	os_errno = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = os_errno;
	return pid;
}

enum pyprof_status spawn_start(pid_t *out, char *const argv[], struct pyprof_error *err)
{
	return spawn_start_with(out, argv, NULL, err);
}

enum pyprof_status spawn_start_with(pid_t *out, char *const argv[], const struct spawn_opts *opts,
				    struct pyprof_error *err)
{
	static const struct spawn_opts as_we_are;
	_cleanup_fd_ int reading = -1;
	_cleanup_fd_ int writing = -1;
	_cleanup_free_ char **envp = NULL;
	struct child_failure failure;
	int fds[2], status;
	pid_t pid;

	if (!opts)
		opts = &as_we_are;

	*out = -1;
	if (!argv[0])
		return error_set(err, PYPROF_ERR_USAGE, "no command to run");
	if (opts->env && !(envp = make_environment(opts->env)))
		return error_nomem(err);
	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot make a pipe");
	reading = fds[0];
	writing = fds[1];
	keep_exit_statuses();
	pid = fork_child(argv, envp, opts, writing);
	if (pid < 0)
		return fork_failed(errno, err);
	close(take_fd(&writing));
	failure = read_failure(reading);
	if (failure.os_errno) {
		spawn_wait(pid, &status, true);
		return failure.at_dir ? dir_failed(opts->dir, failure.os_errno, err) :
					exec_failed(argv[0], failure.os_errno, err);
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

bool spawn_cpu_time(pid_t pid, uint64_t *ns)
{
	siginfo_t info = { .si_pid = 0 };
	struct rusage usage = { 0 };

	/* The system call, unlike waitid(3), tells this without taking the status. */
	if (syscall(SYS_waitid, P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, &usage) != 0 ||
	    !info.si_pid || info.si_code == CLD_TRAPPED || info.si_code == CLD_STOPPED)
		return false;
	*ns = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000 +
	      (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000;
	return true;
}
