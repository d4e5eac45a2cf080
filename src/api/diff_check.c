/* SPDX-License-Identifier: MIT */
/* Is the head slower? The verdict, made and written. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "api/buffer.h"
#include "api/diff.h"
#include "diff/verdict_say.h"
#include "format/output.h"

#define RUNS_NEEDED 2
#define WAITS_SHARE 0.3 /* of CPU in the runs' wall time, below which they mostly wait */

/* ---- judging --------------------------------------------------------------------------- */

static enum pyprof_status check_runs(const struct pyprof_diff *diff, struct pyprof_error *err)
{
	size_t base = diff->runs[SIDE_BASE].n, head = diff->runs[SIDE_HEAD].n;

	if (diff->same.len) {
		error_set(err, PYPROF_ERR_USAGE, "%s", str_cstr(&diff->same));
		error_hint(err, "copies do not vary, which would look like runs without noise");
		return PYPROF_ERR_USAGE;
	}
	if (base >= RUNS_NEEDED && head >= RUNS_NEEDED)
		return PYPROF_OK;
	error_set(err, PYPROF_ERR_USAGE,
		  "a verdict needs %d runs a side, better ten: the base has %zu, the head %zu",
		  RUNS_NEEDED, base, head);
	error_hint(err, "what differs between two single recordings may be noise");
	return PYPROF_ERR_USAGE;
}

/* Means of what the kernel says of a side's runs, seconds; false: it is not known of all. */
static bool run_means(const struct match_side *side, double *cpu, double *wall)
{
	*cpu = *wall = 0;
	for (size_t i = 0; i < side->n; i++) {
		const struct pyprof_stats *stats = &side->profiles[i]->info.stats;

		if (!stats->run_cpu_ns || !stats->run_wall_ns)
			return false;
		*cpu += (double)stats->run_cpu_ns / 1e9 / (double)side->n;
		*wall += (double)stats->run_wall_ns / 1e9 / (double)side->n;
	}
	return true;
}

/* CPU time says little of what mostly waits. */
static bool note_waits(struct verdict *verdict, const struct pyprof_diff *diff)
{
	double cpu[SIDES], wall[SIDES], share;

	for (int side = 0; side < SIDES; side++)
		if (!run_means(&diff->sides[side], &cpu[side], &wall[side]))
			return true;
	share = (cpu[SIDE_BASE] + cpu[SIDE_HEAD]) / (wall[SIDE_BASE] + wall[SIDE_HEAD]);
	if (strcmp(diff->metric, "cpu") != 0 || share >= WAITS_SHARE)
		return true;
	return verdict_note(verdict,
			    "CPU is %.0f%% of the time that the runs took; wall time went from %.2f "
			    "to %.2f s: --metric wall judges that",
			    fmax(1, 100 * share), wall[SIDE_BASE], wall[SIDE_HEAD]);
}

static enum pyprof_status judge(struct pyprof_verdict *verdict, struct pyprof_diff *diff,
				const struct pyprof_check_opts *o,
				const struct verdict_opts *usual, struct pyprof_error *err)
{
	const double *const totals[SIDES] = { diff->runs[SIDE_BASE].totals,
					      diff->runs[SIDE_HEAD].totals };
	struct verdict_opts opts = *usual;
	const struct pyprof_rules *rules = o->rules;
	enum pyprof_status status = PYPROF_OK;

	if (!rules) {
		status = pyprof_rules_read(&verdict->rules, o, err);
		rules = verdict->rules;
	}
	if (status)
		return status;
	if (o->sensitivity > 0)
		opts.sensitivity = o->sensitivity;
	if (o->min_share > 0)
		opts.min_share = o->min_share;
	if (o->confidence > 0)
		opts.confidence = o->confidence;
	opts.rules = &rules->rules;
	status = diff_pair(diff, err);
	if (!status)
		status = runs_create(&verdict->runs, diff->match, diff->sides, diff->metric,
				     totals[SIDE_BASE] && totals[SIDE_HEAD] ? totals : NULL, err);
	if (status)
		return status;
	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < diff->runs[side].n; i++)
			verdict->runs->run[side][i].label = diff->runs[side].names[i];
	status = verdict_create(&verdict->verdict, verdict->runs, diff->pair, &opts, err);
	return status || note_waits(verdict->verdict, diff) ? status : error_nomem(err);
}

enum pyprof_status pyprof_diff_check(struct pyprof_verdict **out, struct pyprof_diff *diff,
				     const struct pyprof_check_opts *opts, struct pyprof_error *err)
{
	return diff_judge(out, diff, opts, &verdict_usual, err);
}

enum pyprof_status diff_judge(struct pyprof_verdict **out, struct pyprof_diff *diff,
			      const struct pyprof_check_opts *opts,
			      const struct verdict_opts *usual, struct pyprof_error *err)
{
	const struct pyprof_check_opts o = diff_check_opts(opts);
	struct pyprof_verdict *verdict;
	enum pyprof_status status = check_runs(diff, err);

	*out = NULL;
	if (status)
		return status;
	verdict = calloc(1, sizeof(*verdict));
	if (!verdict)
		return error_nomem(err);
	verdict->diff = diff;
	status = judge(verdict, diff, &o, usual, err);
	if (status)
		pyprof_verdict_destroy(verdict);
	else
		*out = verdict;
	return status;
}

void pyprof_verdict_destroy(struct pyprof_verdict *verdict)
{
	if (!verdict)
		return;
	verdict_destroy(verdict->verdict);
	runs_destroy(verdict->runs);
	pyprof_rules_destroy(verdict->rules);
	free(verdict);
}

enum pyprof_outcome pyprof_verdict_outcome(const struct pyprof_verdict *verdict)
{
	switch (verdict->verdict->outcome) {
	case VERDICT_PASS:
		return PYPROF_OUTCOME_PASS;
	case VERDICT_REGRESSION:
		return PYPROF_OUTCOME_REGRESSION;
	case VERDICT_IMPROVEMENT:
		return PYPROF_OUTCOME_IMPROVEMENT;
	case VERDICT_INCONCLUSIVE:
		break;
	}
	return PYPROF_OUTCOME_INCONCLUSIVE;
}

/* ---- telling it ---------------------------------------------------------------------------- */

static struct verdict_side side_of(const struct pyprof_diff *diff, int side)
{
	const struct diff_side *said = &diff->said[side];

	return (struct verdict_side){ .label = said->label,
				      .command = said->command,
				      .revision = said->revision,
				      .python = said->python,
				      .machine = said->machine,
				      .folder = diff->sides[side].profiles[0]->info.cwd };
}

static struct pyprof_verdict_write_opts own_opts(const struct pyprof_verdict_write_opts *opts)
{
	struct pyprof_verdict_write_opts o = PYPROF_VERDICT_WRITE_OPTS_INIT;

	if (opts)
		memcpy(&o, opts, opts->size < sizeof(o) ? opts->size : sizeof(o));
	return o;
}

static enum pyprof_status tell(const struct pyprof_verdict *verdict,
			       const struct pyprof_verdict_write_opts *o,
			       const struct verdict_format *format, FILE *out,
			       struct pyprof_error *err)
{
	const struct pyprof_diff *diff = verdict->diff;
	const struct verdict_say_opts opts = {
		.sides = { side_of(diff, SIDE_BASE), side_of(diff, SIDE_HEAD) },
		.match = diff->match,
		.picture = o->picture,
		.root = o->root,
		.tool_command = o->command,
		.color = o->color,
		.width = o->width,
		.warnings = diff->warnings,
		.n_warnings = diff->n_warnings,
	};

	return verdict_say(verdict->verdict, &opts, format, out, err);
}

enum pyprof_status pyprof_verdict_output_check(const char *path, const char *format,
					       const char **format_name, struct pyprof_error *err)
{
	const struct verdict_format *chosen = verdict_format_choose(path, format, err);

	if (!chosen)
		return PYPROF_ERR_USAGE;
	if (format_name)
		*format_name = chosen->name;
	return output_check(path, err);
}

enum pyprof_status pyprof_verdict_write(const struct pyprof_verdict *verdict, const char *path,
					const struct pyprof_verdict_write_opts *opts,
					struct pyprof_error *err)
{
	const struct pyprof_verdict_write_opts o = own_opts(opts);
	const struct verdict_format *format = verdict_format_choose(path, o.format, err);
	struct output output;
	enum pyprof_status status;

	if (!format)
		return PYPROF_ERR_USAGE;
	status = output_open(&output, path, err);
	if (status)
		return status;
	status = tell(verdict, &o, format, output.file, err);
	if (!status)
		status = output_commit(&output, err);
	output_abandon(&output);
	return status;
}

enum pyprof_status pyprof_verdict_print(const struct pyprof_verdict *verdict, FILE *out,
					const struct pyprof_verdict_write_opts *opts,
					struct pyprof_error *err)
{
	const struct pyprof_verdict_write_opts o = own_opts(opts);
	const struct verdict_format *format = verdict_format_choose("-", o.format, err);
	struct buffer buffer;
	enum pyprof_status status;

	if (!format)
		return PYPROF_ERR_USAGE;
	status = buffer_open(&buffer, err);
	if (status)
		return status;
	status = tell(verdict, &o, format, buffer.file, err);
	return buffer_close(&buffer, out, status, err);
}
