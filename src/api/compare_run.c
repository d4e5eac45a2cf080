/* SPDX-License-Identifier: MIT */
/* One run of a compare: launched in its own surroundings, recorded, ended, checked, kept. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "api/compare.h"
#include "api/diff_files.h"
#include "base/cleanup.h"
#include "base/log.h"

#define SEED		 "PYTHONHASHSEED="
#define GRACE_NS	 2000000000u /* from SIGTERM to SIGKILL */
#define POLL_NS		 5000000
#define GONE_NS		 200000000u /* what was killed takes a moment to be gone */
#define OUTPUT_SHOWN_MAX 4096
#define OUTPUT_MUCH	 1048576 /* bytes more that a command has written */

static const char *const side_names[SIDES] = { "base", "head" };

enum side compare_turn(size_t i)
{
	return (i % 4 == 0 || i % 4 == 3) ? SIDE_BASE : SIDE_HEAD;
}

/* ---- what a run has of its own -------------------------------------------------- */

static bool sets_seed(const char *const *env)
{
	for (; env && *env; env++)
		if (!strncmp(*env, SEED, strlen(SEED)))
			return true;
	return false;
}

/* The side's environment with a hash seed, where none is set; the caller free()s the list. */
static const char **make_env(const struct pyprof_compare *compare, enum side side, char *seed)
{
	const char *const *given = compare->opts.env[side];
	const char **env;
	size_t n = 0;

	while (given && given[n])
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (!env)
		return NULL;
	if (n)
		memcpy(env, given, n * sizeof(*env));
	if (compare->opts.hash_seed != PYPROF_SEED_KEEP && !sets_seed(given) &&
	    !getenv("PYTHONHASHSEED"))
		env[n] = seed;
	return env;
}

static struct pyprof_record_opts record_opts(const struct pyprof_compare *compare)
{
	const struct pyprof_compare_opts *opts = &compare->opts;
	struct pyprof_record_opts record = PYPROF_RECORD_OPTS_INIT;

	record.rate_hz = opts->rate_hz;
	record.subprocesses = opts->subprocesses;
	record.metrics = opts->metric;
	/* What a program waits for is a part of its wall time. */
	record.include_idle = opts->metric && !strcmp(opts->metric, "wall");
	record.duration_ns = opts->duration_ns;
	if (opts->timeout_ns && (!record.duration_ns || opts->timeout_ns < record.duration_ns))
		record.duration_ns = opts->timeout_ns;
	return record;
}

/* NULL, and *status, where it cannot be launched. */
static struct pyprof_recorder *launch(struct pyprof_compare *compare, enum side side,
				      size_t number, enum pyprof_status *status,
				      struct pyprof_error *err)
{
	const struct pyprof_compare_opts *opts = &compare->opts;
	char seed[sizeof(SEED) + 24];
	_cleanup_free_ const char **env = make_env(compare, side, seed);
	struct pyprof_record_opts record = record_opts(compare);
	struct pyprof_recorder *recorder = NULL;
	struct spawn_opts spawn = {
		.dir = opts->dir[side],
		.env = env,
		.streams = true,
		.in = compare->nothing,
		/* Standard output has the verdict. */
		.out = opts->show_output ? STDERR_FILENO : compare->output_fd,
		.err = opts->show_output ? STDERR_FILENO : compare->output_fd,
		.group = true,
	};

	if (!env) {
		*status = error_nomem(err);
		return NULL;
	}
	snprintf(seed, sizeof(seed), SEED "%zu",
		 opts->hash_seed == PYPROF_SEED_RUN ? number : (size_t)0);
	if (ftruncate(compare->output_fd, 0) < 0) {
		*status = error_set_errno(err, PYPROF_ERR_IO, errno,
					  "what the commands write has no place");
		return NULL;
	}
	compare->output_dropped = 0;
	compare->run_start_ns = clock_monotonic_ns();
	*status = recorder_launch(&recorder, opts->argv[side], &record, &spawn,
				  opts->timeout_ns ? opts->timeout_ns : UINT64_MAX, err);
	return *status ? NULL : recorder;
}

/* ---- its end -------------------------------------------------------------------- */

static bool has_ended(pid_t pid)
{
	siginfo_t info = { .si_pid = 0 };

	return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
	       (info.si_pid && info.si_code != CLD_TRAPPED && info.si_code != CLD_STOPPED);
}

/*
 * Ends the group, and only then waits for its first process, whose number keeps the group's from
 * being another's.
 */
static enum pyprof_status end_group(struct pyprof_compare *compare,
				    struct pyprof_recorder *recorder, int *exit_status,
				    struct pyprof_error *err)
{
	pid_t group = pyprof_recorder_pid(recorder);
	const struct timespec pause = { .tv_nsec = POLL_NS };
	uint64_t asked_ns = clock_monotonic_ns();
	enum pyprof_status status;

	if (!has_ended(group)) {
		kill(-group, SIGTERM);
		kill(-group, SIGCONT);
	}
	while (!has_ended(group) && compare->stops < 2 &&
	       clock_monotonic_ns() - asked_ns < GRACE_NS)
		nanosleep(&pause, NULL);
	kill(-group, SIGKILL);
	status = pyprof_recorder_wait(recorder, exit_status, err);
	/* The next run is not to have that beside it. Signal 0 harms nobody. */
	asked_ns = clock_monotonic_ns();
	while (kill(-group, 0) == 0 && clock_monotonic_ns() - asked_ns < GONE_NS)
		nanosleep(&pause, NULL);
	return status;
}

/* How it ended, if not well. */
static enum pyprof_status check_end(const struct pyprof_compare *compare, enum pyprof_end end,
				    int exit_status, struct pyprof_error *err)
{
	char text[32];

	switch (end) {
	case PYPROF_END_DURATION:
		if (compare->opts.timeout_ns &&
		    (!compare->opts.duration_ns ||
		     compare->opts.timeout_ns < compare->opts.duration_ns))
			return error_set(err, PYPROF_ERR_GONE, "it took longer than %g s",
					 (double)compare->opts.timeout_ns / 1e9);
		return PYPROF_OK;
	case PYPROF_END_EXEC:
		error_set(err, PYPROF_ERR_GONE, "it replaced itself by another program");
		error_hint(err, "--subprocesses (-s) records that one too");
		return PYPROF_ERR_GONE;
	default:
		break;
	}
	if (!exit_status || (compare->opts.ignore_failure && WIFEXITED(exit_status)))
		return PYPROF_OK;
	if (WIFSIGNALED(exit_status))
		snprintf(text, sizeof(text), "was killed by signal %d", WTERMSIG(exit_status));
	else
		snprintf(text, sizeof(text), "exited with status %d", WEXITSTATUS(exit_status));
	error_set(err, PYPROF_ERR_GONE, "it %s", text);
	if (!WIFSIGNALED(exit_status))
		error_hint(err, "a run that fails is no run; --ignore-failure takes it for one");
	return PYPROF_ERR_GONE;
}

/* The recording failed: the command's own end tells more where it was no good one. */
static enum pyprof_status tell_failure(const struct pyprof_compare *compare, enum side side,
				       enum pyprof_status status, int exit_status,
				       struct pyprof_error *err)
{
	uint64_t took_ns = clock_monotonic_ns() - compare->run_start_ns;

	if (compare->opts.timeout_ns && took_ns >= compare->opts.timeout_ns)
		return error_set(err, PYPROF_ERR_GONE,
				 "it took longer than %g s, and CPython was not seen to run in it",
				 (double)compare->opts.timeout_ns / 1e9);
	if (status == PYPROF_ERR_NOT_PYTHON && WIFEXITED(exit_status) && WEXITSTATUS(exit_status))
		return check_end(compare, PYPROF_END_EXIT, exit_status, err);
	if (status == PYPROF_ERR_NOT_PYTHON)
		error_prefix(err, "no Python was seen in '%.60s'", compare->opts.argv[side][0]);
	return status;
}

static void read_output(struct pyprof_compare *compare)
{
	char bytes[OUTPUT_SHOWN_MAX];
	off_t size = lseek(compare->output_fd, 0, SEEK_END);
	ssize_t n = pread(compare->output_fd, bytes, sizeof(bytes),
			  size > OUTPUT_SHOWN_MAX ? size - OUTPUT_SHOWN_MAX : 0);

	str_clear(&compare->output);
	if (n > 0)
		str_add(&compare->output, bytes, (size_t)n);
}

/* ---- what it is ------------------------------------------------------------------ */

static enum pyprof_status keep_file(const struct pyprof_compare *compare,
				    const struct pyprof_recorder *recorder, enum side side,
				    size_t number, int set, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str path = STR_INIT;
	struct pyprof_write_opts opts = PYPROF_WRITE_OPTS_INIT;

	if (!compare->opts.keep)
		return PYPROF_OK;
	compare_file(&path, compare, set, side, number);
	if (path.failed)
		return error_nomem(err);
	if (access(str_cstr(&path), F_OK) == 0) {
		error_set(err, PYPROF_ERR_IO, "%.200s came to be meanwhile", str_cstr(&path));
		error_hint(err, "another compare keeps its runs there too: name a folder for each");
		return PYPROF_ERR_IO;
	}
	opts.format = "pprof";
	opts.metric = compare->opts.metric; /* what is read again is judged by the same */
	return pyprof_recorder_write(recorder, str_cstr(&path), &opts, err);
}

/* Takes the recorder's profile over. */
static enum pyprof_status take_run(struct pyprof_compare *compare,
				   struct pyprof_recorder *recorder, enum side side, size_t number,
				   struct compare_side *into, struct pyprof_error *err)
{
	const struct pyprof_stats *stats = &recorder->profile->info.stats;
	int set = into == &compare->sides[COMPARE_AGAIN][side] ? COMPARE_AGAIN : COMPARE_FIRST;
	enum pyprof_status status = keep_file(compare, recorder, side, number, set, err);

	if (status)
		return status;
	if (stats->run_cpu_ns) {
		into->cpu_sum += (double)stats->run_cpu_ns / 1e9;
		into->n_known++;
	}
	profile_shrink(recorder->profile);
	into->profiles[into->n++] = take_ptr(recorder->profile);
	return PYPROF_OK;
}

/* ---- the run --------------------------------------------------------------------- */

/*
 * A command that writes all the time shall not fill the disk: of what it wrote only the end may be
 * shown. Where the file system cannot do that it takes as much as it takes.
 */
static void drop_output(struct pyprof_compare *compare)
{
	struct stat st;

	if (fstat(compare->output_fd, &st) < 0 ||
	    st.st_size - OUTPUT_SHOWN_MAX - compare->output_dropped < OUTPUT_MUCH)
		return;
	compare->output_dropped = st.st_size - OUTPUT_SHOWN_MAX;
	fallocate(compare->output_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
		  compare->output_dropped);
}

static void on_tick(struct pyprof_recorder *recorder, void *arg)
{
	struct pyprof_compare *compare = arg;
	struct pyprof_compare_progress *progress = &compare->progress;
	uint64_t now = clock_monotonic_ns(), phase_ns = now - compare->phase_start_ns;
	uint64_t done = progress->run - 1;

	(void)recorder;
	drop_output(compare);
	if (!compare->opts.progress)
		return;
	progress->size = sizeof(*progress);
	progress->run_ns = now - compare->run_start_ns;
	progress->elapsed_ns = now - compare->start_ns;
	progress->left_ns = 0;
	if (done) {
		uint64_t whole = (phase_ns - progress->run_ns) / done * progress->of;

		progress->left_ns = whole > phase_ns ? whole - phase_ns : 0;
	}
	compare->opts.progress(progress, compare->opts.arg);
}

static enum pyprof_status record(struct pyprof_compare *compare, struct pyprof_recorder *recorder,
				 enum side side, int *exit_status, struct pyprof_error *err)
{
	struct pyprof_error waited;
	enum pyprof_status status;
	enum pyprof_end end;

	compare->recorder = recorder;
	if (compare->stops)
		pyprof_recorder_stop(recorder);
	status = pyprof_recorder_run(recorder, on_tick, compare, &end, err);
	compare->recorder = NULL;
	if (end_group(compare, recorder, exit_status, &waited) && !status) {
		status = waited.status;
		if (err)
			*err = waited;
	}
	if (compare->stops)
		return PYPROF_OK;
	return status ? tell_failure(compare, side, status, *exit_status, err) :
			check_end(compare, end, *exit_status, err);
}

enum pyprof_status compare_one_run(struct pyprof_compare *compare, enum side side, size_t number,
				   struct compare_side *into, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	struct pyprof_recorder *recorder = launch(compare, side, number, &status, err);
	size_t n, before = into ? into->n : 0;
	int exit_status = 0;
	bool empty = false;

	if (!recorder) {
		error_prefix(err, "%s", side_names[side]);
		return status;
	}
	log_info("%s %zu: PID %d", side_names[side], number, (int)pyprof_recorder_pid(recorder));
	status = record(compare, recorder, side, &exit_status, err);
	if (!status && !compare->stops && into)
		status = take_run(compare, recorder, side, number, into, err);
	if (status)
		error_prefix(err, into ? "%s, run %zu" : "%s, warm-up %zu", side_names[side], number);
	if (status && !compare->opts.show_output)
		read_output(compare);
	n = into ? into->n : 0;
	pyprof_recorder_destroy(recorder);
	/* The recorder looks at the profile until it is gone; what is kept is whole. */
	if (!status && n > before) {
		status = diff_take_part(&into->profiles[n - 1], compare->opts.filter, NULL, &empty,
					err);
		into->n_empty += empty;
	}
	return status;
}
