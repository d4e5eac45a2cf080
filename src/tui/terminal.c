/* SPDX-License-Identifier: MIT */
#include "tui/terminal.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "tui/colors.h"

/* How long a lone Esc is waited on: it may begin what a function key sends. */
#define ESCAPE_MS 25

static SCREEN *screen;
static bool utf8;
static struct termios modes; /* as they were */
static volatile sig_atomic_t is_open, asked_to_stop, continued;
static pid_t owner; /* a child that writes a file has no terminal to give back */

/* What gives the terminal back, made while it is whole. */
static char farewell[512];
static size_t farewell_len;

/* Standard error's own place, and the memory that takes it while the screen is open; -1: neither. */
static int error_place = -1, error_memory = -1;

/* ---- is there one? -------------------------------------------------------------- */

static enum pyprof_status no_terminal(const char *command, const char *what,
				      struct pyprof_error *err)
{
	error_set(err, PYPROF_ERR_USAGE, "%s shows a screen, but %s is no terminal", command,
		  what);
	error_hint(err, "without one: 'pyprof record' writes a profile, 'pyprof dump' shows the "
			"stacks of now");
	return PYPROF_ERR_USAGE;
}

enum pyprof_status terminal_check(const char *command, struct pyprof_error *err)
{
	const char *name = getenv("TERM"), *move;
	int found = 0;

	if (!isatty(STDIN_FILENO))
		return no_terminal(command, "standard input", err);
	if (!isatty(STDOUT_FILENO))
		return no_terminal(command, "standard output", err);
	if (!name || !name[0]) {
		error_set(err, PYPROF_ERR_USAGE, "TERM is not set: what kind of terminal is it?");
		error_hint(err, "most are like TERM=xterm-256color");
		return PYPROF_ERR_USAGE;
	}
	if (setupterm(NULL, STDOUT_FILENO, &found) != OK) {
		error_set(err, PYPROF_ERR_USAGE,
			  found < 0 ? "terminal '%.60s': this system has no terminfo" :
				      "terminal '%.60s' is not known here",
			  name);
		error_hint(err, "TERM=xterm-256color, or xterm, may do");
		return PYPROF_ERR_USAGE;
	}
	move = tigetstr("cup");
	del_curterm(cur_term);
	if (move && move != (char *)-1)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE, "terminal '%.60s' cannot move its cursor, as a screen needs",
		  name);
	error_hint(err, "where TERM is wrong, most are like TERM=xterm-256color");
	return PYPROF_ERR_USAGE;
}

/* ---- giving it back -------------------------------------------------------------- */

static int add_farewell(int c)
{
	if (farewell_len < sizeof(farewell))
		farewell[farewell_len++] = (char)c;
	return c;
}

static void add_capability(const char *name)
{
	const char *text = tigetstr(name);

	if (text && text != (char *)-1)
		tputs(text, 1, add_farewell);
}

static void make_farewell(void)
{
	const char *mouse = tigetstr("kmous");

	farewell_len = 0;
	if (mouse && mouse != (char *)-1)
		for (const char *c = "\033[?1006l\033[?1000l"; *c; c++)
			add_farewell(*c);
	add_capability("sgr0");
	add_capability("cnorm");
	add_capability("rmkx");
	add_capability("rmcup");
}

/* For signal handlers. */
static void give_back(void)
{
	size_t done = 0;

	if (!is_open || getpid() != owner)
		return;
	is_open = 0;
	while (done < farewell_len) {
		ssize_t n = write(STDOUT_FILENO, farewell + done, farewell_len - done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	tcsetattr(STDIN_FILENO, TCSANOW, &modes);
	if (error_place >= 0)
		dup2(error_place, STDERR_FILENO);
}

static void on_stop(int number)
{
	(void)number;
	asked_to_stop = 1;
}

static void on_continue(int number)
{
	(void)number;
	continued = 1;
}

/* Those that would end us: crashes whoever handles them, others where nobody does. */
static const int deadly[] = { SIGSEGV, SIGBUS,	SIGILL,	 SIGFPE,  SIGABRT, SIGSYS,  SIGQUIT,
			      SIGTERM, SIGINT,	SIGHUP,	 SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU,
			      SIGPIPE, SIGXFSZ, SIGPROF, SIGVTALRM };
#define N_CRASHES 6

static struct sigaction before_deadly[ARRAY_SIZE(deadly)], before_stop, before_continue;
static bool replaced[ARRAY_SIZE(deadly)], replaced_stop, replaced_continue;

/* Gives the terminal back, and lets happen what would have happened without us. */
static void on_death(int number)
{
	int saved_errno = errno;

	give_back();
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (deadly[i] == number)
			sigaction(number, &before_deadly[i], NULL);
	errno = saved_errno;
	raise(number);
}

static bool replace(int number, bool handled, const struct sigaction *action,
		    struct sigaction *before)
{
	bool ours_to_take;

	if (sigaction(number, NULL, before) < 0)
		return false;
	ours_to_take = before->sa_flags & SA_SIGINFO ? handled :
		       handled			     ? before->sa_handler != SIG_IGN :
						       before->sa_handler == SIG_DFL;
	return ours_to_take && sigaction(number, action, NULL) == 0;
}

static void catch_signals(void)
{
	static char stack_memory[1 << 16]; /* a stack that overflowed is no place for a handler */
	stack_t stack = { .ss_sp = stack_memory, .ss_size = sizeof(stack_memory) };
	struct sigaction death = { .sa_handler = on_death,
				   .sa_flags = SA_NODEFER | SA_ONSTACK };
	struct sigaction stop = { .sa_handler = on_stop, .sa_flags = SA_RESTART };
	struct sigaction cont = { .sa_handler = on_continue, .sa_flags = SA_RESTART };

	sigaltstack(&stack, NULL);
	sigemptyset(&death.sa_mask);
	sigemptyset(&stop.sa_mask);
	sigemptyset(&cont.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		replaced[i] = replace(deadly[i], i < N_CRASHES, &death, &before_deadly[i]);
	replaced_stop = replace(SIGTSTP, false, &stop, &before_stop);
	replaced_continue = replace(SIGCONT, false, &cont, &before_continue);
}

static void release_signals(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(deadly); i++)
		if (replaced[i])
			sigaction(deadly[i], &before_deadly[i], NULL);
	if (replaced_stop)
		sigaction(SIGTSTP, &before_stop, NULL);
	if (replaced_continue)
		sigaction(SIGCONT, &before_continue, NULL);
}

/* ---- standard error, while the screen is there ------------------------------------- */

static void keep_errors(void)
{
	if (!isatty(STDERR_FILENO))
		return;
	fflush(stderr);
	error_memory = memfd_create("pyprof-stderr", MFD_CLOEXEC);
	error_place = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	if (error_memory >= 0 && error_place >= 0)
		dup2(error_memory, STDERR_FILENO);
}

static void show_errors(void)
{
	char bytes[4096];
	off_t at = 0;
	ssize_t n;

	fflush(stderr);
	if (error_place >= 0 && error_memory >= 0) {
		dup2(error_place, STDERR_FILENO);
		while ((n = pread(error_memory, bytes, sizeof(bytes), at)) > 0 &&
		       write(STDERR_FILENO, bytes, (size_t)n) == n)
			at += n;
	}
	if (error_place >= 0)
		close(error_place);
	if (error_memory >= 0)
		close(error_memory);
	error_place = error_memory = -1;
}

/* Where the screen is not one of its own, what comes next begins in an empty line. */
static void leave_screen(void)
{
	const char *back = tigetstr("rmcup");

	if (!back || back == (char *)-1) {
		colors_set(STYLE_PLAIN);
		move(LINES - 1, 0);
		clrtoeol();
		refresh();
	}
	endwin();
}

/* ---- open and closed ---------------------------------------------------------------- */

static void set_modes(void)
{
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	curs_set(0);
	/* All: curses would wait for the next event instead of telling of one that is not wanted. */
	mousemask(ALL_MOUSE_EVENTS, NULL);
	mouseinterval(0); /* no waiting for what a click may become */
}

enum pyprof_status terminal_open(struct pyprof_error *err)
{
	static bool registered;

	if (is_open)
		return PYPROF_OK;
	setlocale(LC_CTYPE, "");
	utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	/* In the background this stops us, until we are brought to the front. */
	if (tcgetattr(STDIN_FILENO, &modes) < 0 ||
	    tcsetattr(STDIN_FILENO, TCSADRAIN, &modes) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "the terminal");
	fflush(stdout);
	catch_signals(); /* first: curses would handle some of them itself */
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		release_signals();
		return error_set(err, PYPROF_ERR_IO, "terminal '%.60s' cannot be used",
				 getenv("TERM") ? getenv("TERM") : "");
	}
	make_farewell();
	keep_errors();
	owner = getpid();
	is_open = 1;
	set_modes();
	if (!registered)
		registered = atexit(terminal_close) == 0;
	return PYPROF_OK;
}

bool terminal_is_open(void)
{
	return is_open;
}

bool terminal_is_utf8(void)
{
	return utf8;
}

void terminal_close(void)
{
	if (!is_open)
		return;
	curs_set(1);
	leave_screen();
	is_open = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
	release_signals();
	show_errors();
	delscreen(screen);
	screen = NULL;
}

/* ---- what happens to it --------------------------------------------------------------- */

/* As a shell's job: the terminal is as it was while we are stopped. */
static void stop_here(void)
{
	struct sigaction normal = { .sa_handler = SIG_DFL }, ours;

	asked_to_stop = 0;
	leave_screen();
	is_open = 0;
	sigemptyset(&normal.sa_mask);
	sigaction(SIGTSTP, &normal, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
	is_open = 1;
}

static bool has_new_size(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col ||
	    (size.ws_row == LINES && size.ws_col == COLS))
		return false;
	return resizeterm(size.ws_row, size.ws_col) == OK;
}

static bool is_gone(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) > 0 && (fd.revents & (POLLHUP | POLLERR | POLLNVAL));
}

bool terminal_takes_output(void)
{
	struct pollfd fd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return poll(&fd, 1, 0) > 0;
}

enum terminal_event terminal_events(void)
{
	bool again = false;

	if (is_gone())
		return TERMINAL_GONE;
	if (asked_to_stop) {
		stop_here();
		continued = 1;
	}
	if (continued) {
		continued = 0;
		/* The shell had it, maybe with us stopped before we could leave it. */
		reset_prog_mode();
		refresh();
		curs_set(0);
		clearok(curscr, TRUE);
		again = true;
	}
	return has_new_size() || again ? TERMINAL_RESIZED : TERMINAL_SAME;
}
