/* SPDX-License-Identifier: MIT */
/*
 * Draws what changed between profiles, so that the tests of pictures need no command:
 *
 *	render-diff [OPTION...] BASE... -- HEAD... > OUT.svg
 *
 * Files are of any format that is read. Options: -t by thread, -p by process, -F by function, -P whole
 * paths, -s shares, -m N another metric, -W TEXT a warning, -B and -H TEXT the labels.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/profile_file.h"
#include "render/diff.h"

#define MAX_FILES 64

static void die(const char *what, const char *why)
{
	fprintf(stderr, "render-diff: %s: %s\n", what, why);
	exit(1);
}

static struct diff_side sides[SIDES];
static const struct profile *profiles[SIDES][MAX_FILES];
static struct pyprof_profile *opened[SIDES * MAX_FILES];
static size_t n_opened;

static void read_side(enum side side, char **paths, size_t n)
{
	struct pyprof_error err;

	if (!n || n > MAX_FILES)
		die("a side", "no file, or too many");
	for (size_t i = 0; i < n; i++) {
		struct pyprof_profile *profile;

		if (pyprof_profile_open(&profile, &(const char *){ paths[i] }, 1, NULL, &err))
			die(paths[i], err.message);
		profiles[side][i] = profile->profile;
		opened[n_opened++] = profile;
	}
	if (!sides[side].label)
		sides[side].label = paths[0];
	sides[side].runs = n;
	sides[side].command = profiles[side][0]->info.command;
	sides[side].revision = profiles[side][0]->info.revision;
	sides[side].python = profiles[side][0]->info.python_version;
	sides[side].machine = profiles[side][0]->info.machine;
	sides[side].info = n == 1 ? &profiles[side][0]->info : NULL;
}

/* The base's functions by name and file, lines as they are: what profile/pair.h does better. */
static void add_profile(struct profile *into, const struct profile *from, enum side side)
{
	uint32_t *strings = calloc(from->n_strings, sizeof(*strings));
	uint32_t *nodes = calloc(from->n_nodes, sizeof(*nodes));
	uint32_t *threads = calloc(from->n_threads + 1, sizeof(*threads));
	uint64_t values[PROFILE_MAX_METRICS] = { 0 };

	for (size_t i = 0; i < from->n_strings; i++)
		strings[i] = profile_string(into, from->strings[i], from->string_lengths[i]);
	for (size_t i = 1; i < from->n_nodes; i++) {
		const struct profile_location *l = &from->locations[from->nodes[i].location];
		const struct profile_function *f = &from->functions[l->function];
		uint32_t function = profile_function(into, strings[f->name], strings[f->file], 0);

		nodes[i] = profile_node(into, nodes[from->nodes[i].parent],
					profile_location(into, function, l->line, 0));
	}
	for (uint32_t i = 0; i < from->n_threads; i++) {
		const struct profile_thread *t = &from->threads[i];
		const struct profile_process *p = &from->processes[t->process];
		uint32_t process = profile_process(into, 1, strings[p->command]), k;

		for (k = 0; k < into->n_threads; k++)
			if (into->threads[k].name == strings[t->name])
				break;
		threads[i] = k < into->n_threads ?
				     k :
				     profile_thread(into, process, t->tid, strings[t->name]);
	}
	for (size_t i = 0; i < from->n_samples; i++) {
		const struct profile_sample *s = &from->samples[i];

		memcpy(values + (side == SIDE_BASE) * from->n_metrics,
		       from->values + i * from->n_metrics, from->n_metrics * sizeof(*values));
		profile_add(into, nodes[s->node],
			    s->thread == PROFILE_NONE ? PROFILE_NONE : threads[s->thread],
			    s->marks, values);
	}
	free(strings);
	free(nodes);
	free(threads);
}

static struct pair pair_by_hand(size_t n[SIDES])
{
	struct profile_metric metrics[PROFILE_MAX_METRICS];
	const struct profile *first = profiles[SIDE_HEAD][0];
	struct pair pair = { .n_metrics = first->n_metrics };
	struct pyprof_error err;

	for (size_t i = 0; i < 2 * first->n_metrics; i++)
		metrics[i] = first->metrics[i % first->n_metrics];
	if (profile_create(&pair.profile, metrics, 2 * first->n_metrics, &err))
		die("profile_create", err.message);
	for (int side = SIDE_HEAD; side >= SIDE_BASE; side--)
		for (size_t i = 0; i < n[side]; i++)
			add_profile(pair.profile, profiles[side][i], (enum side)side);
	profile_info_copy(&pair.profile->info, &first->info);
	profile_shrink(pair.profile);
	return pair;
}

int main(int argc, char **argv)
{
	const char *warnings[16];
	struct diff_svg_opts opts = { .warnings = warnings };
	struct pyprof_error err;
	size_t n[SIDES];
	struct pair pair;
	int split;

	for (int c; (c = getopt(argc, argv, "+tpFPsm:W:B:H:")) != -1;) {
		opts.by_thread |= c == 't';
		opts.by_process |= c == 'p';
		opts.by_function |= c == 'F';
		opts.full_path |= c == 'P';
		opts.shares |= c == 's';
		if (c == 'm')
			opts.metric = strtoul(optarg, NULL, 10);
		if (c == 'W' && opts.n_warnings < 16)
			warnings[opts.n_warnings++] = optarg;
		if (c == 'B' || c == 'H')
			sides[c == 'H' ? SIDE_HEAD : SIDE_BASE].label = optarg;
	}
	for (split = optind; split < argc && strcmp(argv[split], "--"); split++)
		;
	if (split >= argc)
		die("usage", "render-diff [OPTION...] BASE... -- HEAD...");
	n[SIDE_BASE] = (size_t)(split - optind);
	n[SIDE_HEAD] = (size_t)(argc - split - 1);
	read_side(SIDE_BASE, argv + optind, n[SIDE_BASE]);
	read_side(SIDE_HEAD, argv + split + 1, n[SIDE_HEAD]);
	memcpy(opts.sides, sides, sizeof(sides));
	pair = pair_by_hand(n);
	if (diff_svg_write(stdout, &pair, &opts, &err))
		die("diff_svg_write", err.message);
	if (fflush(stdout) || ferror(stdout))
		die("write", "standard output");
	profile_destroy(pair.profile);
	for (size_t i = 0; i < n_opened; i++)
		pyprof_profile_destroy(opened[i]);
	return 0;
}
