/* SPDX-License-Identifier: MIT */
#include "cmd/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Those that end a recording come first. */
static const int caught[] = { SIGINT,  SIGTERM, SIGHUP,	 SIGQUIT,
			      SIGUSR1, SIGUSR2, SIGWINCH };
#define N_CAUGHT (sizeof(caught) / sizeof(caught[0]))
#define N_ENDING 3
#define N_CALLING 4 /* what runs in a group of its own does not get the terminal's QUIT */

static struct pyprof_recorder *volatile stopped_recorder;
static void (*volatile called_fn)(void *arg);
static void *volatile called_arg;
static volatile sig_atomic_t called_by;
static volatile sig_atomic_t child_pid;	  /* 0: none, or not known yet */
static volatile sig_atomic_t child_pidfd; /* 0: none; a pidfd cannot mean a later process */
static volatile sig_atomic_t child_status; /* 0: none; its /proc/PID/status, kept open */
static volatile sig_atomic_t kept[N_CAUGHT];
static volatile sig_atomic_t write_asked;

static void on_stop(int signal_number)
{
	(void)signal_number;
	if (stopped_recorder)
		pyprof_recorder_stop(stopped_recorder);
}

/* Is bit `signal_number` set in this line of a status file? "SigCgt:\t0000000180014a07". */
static bool has_signal(const char *text, const char *field, int signal_number)
{
	const char *p = strstr(text, field);
	unsigned long long mask = 0;

	if (!p)
		return false;
	for (p += strlen(field); *p == '\t' || *p == ' '; p++)
		;
	for (; (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f'); p++)
		mask = mask << 4 | (unsigned long long)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
	return mask >> (signal_number - 1) & 1;
}

/* Does the child do anything with it, and not just end? What is not known would be a risk. */
static bool child_takes(int signal_number)
{
	char text[8192];
	ssize_t got = child_status > 0 ?
			      pread((int)child_status, text, sizeof(text) - 1, 0) :
			      -1;

	if (got <= 0)
		return false;
	text[got] = '\0';
	return has_signal(text, "\nSigCgt:", signal_number) ||
	       has_signal(text, "\nSigBlk:", signal_number);
}

static void send_to_child(int signal_number)
{
	if (signal_number == SIGUSR1 && !child_takes(signal_number))
		return;
	if (child_pidfd > 0)
		syscall(SYS_pidfd_send_signal, (int)child_pidfd, signal_number, NULL, 0);
	else if (child_pid > 0)
		kill((pid_t)child_pid, signal_number);
}

static void on_pass_on(int signal_number, siginfo_t *info, void *context)
{
	int saved_errno = errno;

	(void)context;
	/* SI_KERNEL: from the terminal, which sends it to every process in front. */
	if (info->si_code > 0)
		return;
	if (signal_number == SIGUSR1)
		write_asked = 1;
	if (child_pid > 0) {
		send_to_child(signal_number);
	} else {
		for (size_t i = 0; i < N_CAUGHT; i++)
			if (caught[i] == signal_number)
				kept[i] = 1;
	}
	errno = saved_errno;
}

static bool was_ignored(int signal_number)
{
	struct sigaction old;

	return sigaction(signal_number, NULL, &old) == 0 && !(old.sa_flags & SA_SIGINFO) &&
	       old.sa_handler == SIG_IGN;
}

static void catch_all(const struct sigaction *action, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!was_ignored(caught[i]))
			sigaction(caught[i], action, NULL);
}

void signals_spare_writes(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &action, NULL);
	sigaction(SIGXFSZ, &action, NULL);
}

static void on_write(int signal_number)
{
	(void)signal_number;
	write_asked = 1;
}

void signals_catch_write(void)
{
	struct sigaction action = { .sa_handler = on_write, .sa_flags = SA_RESTART };

	sigemptyset(&action.sa_mask);
	if (!was_ignored(SIGUSR1))
		sigaction(SIGUSR1, &action, NULL);
}

bool signals_write_asked(void)
{
	bool asked = write_asked;

	if (asked)
		write_asked = 0;
	return asked;
}

void signals_in_writer(void)
{
	struct sigaction action = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < N_CAUGHT; i++)
		sigaction(caught[i], &action, NULL);
}

void signals_stop(struct pyprof_recorder *recorder)
{
	struct sigaction action = { .sa_handler = on_stop, .sa_flags = SA_RESTART };

	stopped_recorder = recorder;
	sigemptyset(&action.sa_mask);
	catch_all(&action, N_ENDING);
}

static void on_call(int signal_number)
{
	int saved_errno = errno;

	called_by = signal_number;
	if (called_fn)
		called_fn(called_arg);
	errno = saved_errno;
}

void signals_call(void (*fn)(void *arg), void *arg)
{
	struct sigaction action = { .sa_handler = on_call, .sa_flags = SA_RESTART };

	called_fn = NULL; /* one is never called with the other's argument */
	called_arg = arg;
	called_fn = fn;
	sigemptyset(&action.sa_mask);
	catch_all(&action, N_CALLING);
	action.sa_handler = SIG_DFL;
	if (!fn && !was_ignored(SIGQUIT))
		sigaction(SIGQUIT, &action, NULL);
}

int signals_called_by(void)
{
	return (int)called_by;
}

void signals_recorder_gone(void)
{
	stopped_recorder = NULL;
}

void signals_hold(void)
{
	struct sigaction action = { .sa_sigaction = on_pass_on,
				    .sa_flags = SA_RESTART | SA_SIGINFO };

	sigemptyset(&action.sa_mask);
	catch_all(&action, N_CAUGHT);
}

void signals_pass_on(pid_t child)
{
	long pidfd = syscall(SYS_pidfd_open, child, 0);
	char path[32];
	int status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)child);
	status = open(path, O_RDONLY | O_CLOEXEC);
	child_status = status > 0 ? status : 0;
	child_pidfd = pidfd > 0 ? (int)pidfd : 0;
	child_pid = child;
	for (size_t i = 0; i < N_CAUGHT; i++) {
		if (kept[i])
			send_to_child(caught[i]);
		kept[i] = 0;
	}
}

void signals_child_ended(void)
{
	int pidfd = (int)child_pidfd, status = (int)child_status;

	/* Signals that come now are kept, which is to say: forgotten. */
	child_pid = 0;
	child_pidfd = 0;
	child_status = 0;
	if (pidfd > 0)
		close(pidfd);
	if (status > 0)
		close(status);
}

void signals_may_end(bool yes)
{
	struct sigaction normal = { .sa_handler = SIG_DFL };

	if (yes && child_pid == 0)
		catch_all(&normal, N_ENDING);
}
