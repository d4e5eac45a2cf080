/* SPDX-License-Identifier: MIT */
/* A compare's life: options, the order of its runs, what it came to. */
#include "api/compare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "diff/looks.h"

/* ---- the folders of --keep -------------------------------------------------------- */

static const char *const folders[COMPARE_SETS][SIDES] = { { "base", "head" },
							  { "again-base", "again-head" } };

void compare_file(struct str *path, const struct pyprof_compare *compare, int set, enum side side,
		  size_t number)
{
	str_printf(path, "%s/%s/%s-%02zu.pb.gz", compare->opts.keep, folders[set][side],
		   folders[COMPARE_FIRST][side], number);
}

static bool is_empty(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *entry;
	bool empty = true;

	if (!dir)
		return true;
	while (empty && (entry = readdir(dir)) != NULL)
		empty = !strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..");
	closedir(dir);
	return empty;
}

static enum pyprof_status make_folder(const char *path, struct pyprof_error *err)
{
	struct stat st;

	if (mkdir(path, 0777) == 0)
		return PYPROF_OK;
	if (errno == EEXIST && stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		errno = ENOTDIR;
	if (errno != EEXIST)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot make the folder %.200s",
				       path);
	/* Said before anything runs. */
	if (access(path, W_OK | X_OK) < 0)
		return error_set_errno(err, PYPROF_ERR_IO, errno, "cannot write into %.200s", path);
	return PYPROF_OK;
}

/* Recordings of another compare would be read together with these. */
static enum pyprof_status make_folder_in(const char *keep, const char *name, bool make,
					 struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str path = STR_INIT;

	str_printf(&path, "%s/%s", keep, name);
	if (path.failed)
		return error_nomem(err);
	if (!is_empty(str_cstr(&path))) {
		error_set(err, PYPROF_ERR_USAGE, "%.200s: there is something in it",
			  str_cstr(&path));
		error_hint(err, "runs of another compare would be read together with these: name "
				"another folder, or empty it");
		return PYPROF_ERR_USAGE;
	}
	return make ? make_folder(str_cstr(&path), err) : PYPROF_OK;
}

/* Those of the second set are made when there is one. */
static enum pyprof_status make_folders(const struct pyprof_compare *compare, int made,
				       struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	if (!compare->opts.keep)
		return PYPROF_OK;
	status = make_folder(compare->opts.keep, err);
	for (int set = made; !status && set < COMPARE_SETS; set++)
		for (int side = 0; !status && side < SIDES; side++)
			status = make_folder_in(compare->opts.keep, folders[set][side], set == made,
						err);
	return status;
}

/* ---- its life ---------------------------------------------------------------------- */

static enum pyprof_status check_opts(const struct pyprof_compare_opts *opts,
				     struct pyprof_error *err)
{
	for (int side = 0; side < SIDES; side++)
		if (!opts->argv[side] || !opts->argv[side][0])
			return error_set(err, PYPROF_ERR_USAGE, "%s: no command to run",
					 folders[COMPARE_FIRST][side]);
	if (opts->runs < 2 || opts->runs > COMPARE_RUNS_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "runs can be 2 to %d a side",
				 COMPARE_RUNS_MAX);
	if (opts->warmup > COMPARE_WARMUP_MAX)
		return error_set(err, PYPROF_ERR_USAGE, "warm-up runs can be 0 to %d a side",
				 COMPARE_WARMUP_MAX);
	if (opts->metric && strchr(opts->metric, ','))
		return error_set(err, PYPROF_ERR_USAGE, "one metric is compared, not '%.60s'",
				 opts->metric);
	if (!opts->filter)
		return PYPROF_OK;
	if (opts->filter->granularity > PYPROF_FUNCTIONS)
		return error_set(err, PYPROF_ERR_USAGE,
				 "what is compared are functions, and the modules they are in, not "
				 "frames of whole files or modules");
	return pyprof_filter_check(opts->filter, err);
}

/* What the commands write is read back only where one fails; nobody else has to see it. */
static int make_output(void)
{
	const char *folder = getenv("TMPDIR");
	_cleanup_(str_deinit) struct str path = STR_INIT;
	char *name;
	int fd;

	str_printf(&path, "%s/pyprof-output-XXXXXX", folder && folder[0] ? folder : "/tmp");
	name = path.failed ? NULL : path.data;
	fd = name ? mkostemp(name, O_CLOEXEC | O_APPEND) : -1;
	if (fd >= 0)
		unlink(name);
	return fd;
}

/* Once, before anything runs: each look judges by the same, and a pipe can be read only once. */
static enum pyprof_status read_rules(struct pyprof_compare *compare, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	compare->check = diff_check_opts(compare->opts.check);
	if (!compare->check.rules) {
		status = pyprof_rules_read(&compare->rules, &compare->check, err);
		compare->check.rules = compare->rules;
	}
	return status;
}

enum pyprof_status pyprof_compare_create(struct pyprof_compare **out,
					 const struct pyprof_compare_opts *opts,
					 struct pyprof_error *err)
{
	struct pyprof_compare *compare = calloc(1, sizeof(*compare));
	struct pyprof_compare_opts init = PYPROF_COMPARE_OPTS_INIT;
	enum pyprof_status status;

	*out = NULL;
	if (!compare)
		return error_nomem(err);
	compare->nothing = compare->output_fd = -1;
	compare->opts = init;
	memcpy(&compare->opts, opts, opts->size < sizeof(init) ? opts->size : sizeof(init));
	status = check_opts(&compare->opts, err);
	if (!status)
		status = read_rules(compare, err);
	for (int i = 0; !status && i < COMPARE_SETS * SIDES; i++) {
		struct compare_side *side = &compare->sides[i / SIDES][i % SIDES];

		side->profiles = calloc(compare->opts.runs, sizeof(struct profile *));
		if (!side->profiles)
			status = error_nomem(err);
	}
	if (!status)
		status = make_folders(compare, COMPARE_FIRST, err);
	if (!status) {
		compare->nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
		compare->output_fd = make_output();
		if (compare->nothing < 0 || compare->output_fd < 0)
			status = error_set_errno(err, PYPROF_ERR_IO, errno,
						 "what the commands write has no place");
	}
	if (status)
		pyprof_compare_destroy(compare);
	else
		*out = compare;
	return status;
}

void pyprof_compare_destroy(struct pyprof_compare *compare)
{
	if (!compare)
		return;
	for (int set = 0; set < COMPARE_SETS; set++) {
		pyprof_verdict_destroy(compare->verdicts[set]);
		pyprof_diff_destroy(compare->diffs[set]);
		for (int s = 0; s < SIDES; s++) {
			struct compare_side *side = &compare->sides[set][s];

			for (size_t i = 0; side->profiles && i < side->n; i++)
				profile_destroy(side->profiles[i]);
			free(side->profiles);
		}
	}
	if (compare->nothing >= 0)
		close(compare->nothing);
	if (compare->output_fd >= 0)
		close(compare->output_fd);
	str_deinit(&compare->output);
	pyprof_rules_destroy(compare->rules);
	free(compare);
}

void pyprof_compare_stop(struct pyprof_compare *compare)
{
	struct pyprof_recorder *recorder = compare->recorder;

	if (compare->stops < 2)
		compare->stops++;
	if (recorder)
		pyprof_recorder_stop(recorder);
}

const char *pyprof_compare_output(const struct pyprof_compare *compare)
{
	return str_cstr(&compare->output);
}

const struct pyprof_verdict *pyprof_compare_verdict(const struct pyprof_compare *compare)
{
	return compare->verdicts[COMPARE_FIRST];
}

struct pyprof_diff *pyprof_compare_diff(const struct pyprof_compare *compare)
{
	return compare->diffs[COMPARE_FIRST];
}

/* ---- its runs ------------------------------------------------------------------------ */

static void begin_phase(struct pyprof_compare *compare, enum pyprof_compare_phase phase,
			size_t runs)
{
	compare->progress.phase = phase;
	compare->progress.of = SIDES * runs;
	compare->phase_start_ns = clock_monotonic_ns();
}

static void begin_run(struct pyprof_compare *compare, size_t i, enum side side,
		      const struct compare_side sides[SIDES])
{
	struct pyprof_compare_progress *progress = &compare->progress;

	progress->run = i + 1;
	progress->side = (int)side;
	for (int s = 0; sides && s < SIDES; s++) {
		progress->n[s] = sides[s].n;
		progress->mean[s] = sides[s].n_known ?
					    sides[s].cpu_sum / (double)sides[s].n_known :
					    0;
	}
}

/* Runs from the i-th to the one before `end`, of both sides together. */
static enum pyprof_status some_runs(struct pyprof_compare *compare, struct compare_side *sides,
				    size_t i, size_t end, size_t first_number,
				    struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	for (; !status && !compare->stops && i < end; i++) {
		enum side side = compare_turn(i);

		begin_run(compare, i, side, sides);
		status = compare_one_run(compare, side, first_number + i / SIDES,
					 sides ? &sides[side] : NULL, err);
	}
	return status;
}

static enum pyprof_status warm_up(struct pyprof_compare *compare, struct pyprof_error *err)
{
	begin_phase(compare, PYPROF_COMPARE_WARMUP, compare->opts.warmup);
	return some_runs(compare, NULL, 0, SIDES * compare->opts.warmup, 1, err);
}

static enum pyprof_outcome outcome(const struct pyprof_compare *compare)
{
	return pyprof_verdict_outcome(compare->verdicts[COMPARE_FIRST]);
}

/* Before all have run: what is believed has to be much surer. */
static enum pyprof_status early_look(struct pyprof_compare *compare, size_t done, bool *clear,
				     struct pyprof_error *err)
{
	struct verdict_opts opts = verdict_usual;
	enum pyprof_status status;

	/* What these runs could have found is told as if they were all: nobody judges by an early look. */
	opts.last_alpha = opts.alpha;
	opts.last_fdr = opts.fdr;
	opts.alpha = looks_level(opts.alpha, done, compare->opts.runs);
	opts.fdr = looks_level(opts.fdr, done, compare->opts.runs);
	status = compare_judge(compare, COMPARE_FIRST, &opts, err);
	*clear = !status && looks_clear(compare->verdicts[COMPARE_FIRST]->verdict, done,
					compare->opts.runs);
	return status;
}

/* Fresh runs are to confirm it, whichever way it goes: swapped sides give the mirrored verdict. */
static bool has_changed(const struct pyprof_compare *compare)
{
	return outcome(compare) == PYPROF_OUTCOME_REGRESSION ||
	       outcome(compare) == PYPROF_OUTCOME_IMPROVEMENT;
}

/*
 * What fresh runs are to confirm may be found more easily; what is not confirmed, because it is none or
 * because nobody asks for it, may not.
 */
static enum pyprof_status last_look(struct pyprof_compare *compare, struct pyprof_error *err)
{
	enum pyprof_status status;

	if (!compare->opts.unconfirmed) {
		status = compare_judge(compare, COMPARE_FIRST, &verdict_screening, err);
		if (status || has_changed(compare))
			return status;
	}
	return compare_judge(compare, COMPARE_FIRST, &verdict_usual, err);
}

/* The runs, and looks at them: *done is how many a side there were. */
static enum pyprof_status first_set(struct pyprof_compare *compare, size_t *done,
				    struct pyprof_error *err)
{
	size_t runs = compare->opts.runs;
	struct compare_side *sides = compare->sides[COMPARE_FIRST];
	enum pyprof_status status = PYPROF_OK;
	bool clear = false;

	begin_phase(compare, PYPROF_COMPARE_RUNS, runs);
	for (*done = 0; !status && !clear && *done < runs;) {
		status = some_runs(compare, sides, SIDES * *done, SIDES * (*done + 1), 1, err);
		if (status || compare->stops)
			return status;
		/* That they cannot be compared at all is said before all have run. */
		if (++*done == 1)
			status = compare_make_diff(compare, COMPARE_FIRST, err);
		if (!status && !compare->opts.all_runs && looks_planned(*done, runs))
			status = early_look(compare, *done, &clear, err);
	}
	return status || clear ? status : last_look(compare, err);
}

/* As many again, which the first set has not seen. */
static enum pyprof_status second_set(struct pyprof_compare *compare, size_t runs,
				     struct pyprof_error *err)
{
	enum pyprof_status status = make_folders(compare, COMPARE_AGAIN, err);

	if (status)
		return status;
	begin_phase(compare, PYPROF_COMPARE_CONFIRM, runs);
	status = some_runs(compare, compare->sides[COMPARE_AGAIN], 0, SIDES * runs, runs + 1, err);
	if (status || compare->stops)
		return status;
	status = compare_judge(compare, COMPARE_AGAIN, &verdict_screening, err);
	return status ? status : compare_confirm(compare, err);
}

/* Why there were no more runs. */
static bool note_early_end(struct verdict *verdict, size_t done, size_t runs, bool changed)
{
	double level = 100 * looks_level(verdict_usual.alpha, done, runs);

	if (!changed)
		return verdict_note(verdict, "the answer was clear after %zu of %zu runs a side", done,
				    runs);
	if (level < 0.001)
		return verdict_note(verdict,
				    "the answer was clear after %zu of %zu runs a side (a change is "
				    "believed that early at a level below 0.001%%)",
				    done, runs);
	return verdict_note(verdict,
			    "the answer was clear after %zu of %zu runs a side (a change is believed "
			    "that early at a level of %.2g%%)",
			    done, runs, level);
}

/* What the runs were is a part of the answer; `changed`: the first set's, confirmed or not. */
static enum pyprof_status note_runs(struct pyprof_compare *compare, size_t done, bool changed,
				    struct pyprof_error *err)
{
	const struct verdict_item *total;
	struct verdict *verdict = compare->verdicts[COMPARE_FIRST]->verdict;
	bool ok = true;

	if (done < compare->opts.runs)
		ok = note_early_end(verdict, done, compare->opts.runs, changed);
	if (ok && compare->verdicts[COMPARE_AGAIN] && has_changed(compare)) {
		total = &compare->verdicts[COMPARE_AGAIN]->verdict->items[0];
		ok = verdict_note(verdict,
				  "%zu fresh runs a side confirm it: there the total changed by "
				  "%+.1f%% (%+.1f to %+.1f%%)",
				  done, 100 * total->change, 100 * total->low, 100 * total->high);
	}
	return ok ? PYPROF_OK : error_nomem(err);
}

enum pyprof_status pyprof_compare_run(struct pyprof_compare *compare, bool *stopped,
				      struct pyprof_error *err)
{
	enum pyprof_status status;
	bool changed = false;
	size_t done = 0;

	*stopped = false;
	if (compare->ran)
		return error_set(err, PYPROF_ERR_USAGE, "a compare runs once; make another one");
	compare->ran = true;
	compare->start_ns = clock_monotonic_ns();
	status = warm_up(compare, err);
	if (!status && !compare->stops)
		status = first_set(compare, &done, err);
	if (!status && !compare->stops)
		changed = has_changed(compare);
	if (changed && !compare->opts.unconfirmed)
		status = second_set(compare, done, err);
	if (!status && !compare->stops)
		status = note_runs(compare, done, changed, err);
	*stopped = !status && compare->stops;
	return status;
}
