/* SPDX-License-Identifier: MIT */
/*
 * Draws what changed between profiles, so that the tests of pictures need no command:
 *
 *	render-diff [OPTION...] BASE... -- HEAD... > OUT.svg
 *
 * Files are of any format that is read. Options: -t by thread, -p by process, -F by function, -P
 * whole paths, -s shares, -m N another metric, -W TEXT a warning, -B and -H TEXT the labels.
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

int main(int argc, char **argv)
{
	const char *warnings[16];
	struct diff_svg_opts opts = { .warnings = warnings };
	struct pyprof_error err;
	struct match_side match_sides[SIDES];
	struct match *match;
	struct pair *pair = NULL;
	size_t n[SIDES];
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
	for (split = optind; split < argc && strcmp(argv[split], "--") != 0; split++)
		;
	if (split >= argc)
		die("usage", "render-diff [OPTION...] BASE... -- HEAD...");
	n[SIDE_BASE] = (size_t)(split - optind);
	n[SIDE_HEAD] = (size_t)(argc - split - 1);
	read_side(SIDE_BASE, argv + optind, n[SIDE_BASE]);
	read_side(SIDE_HEAD, argv + split + 1, n[SIDE_HEAD]);
	memcpy(opts.sides, sides, sizeof(sides));
	for (int side = 0; side < SIDES; side++)
		match_sides[side] = (struct match_side){ .profiles = profiles[side], .n = n[side] };
	if (match_create(&match, match_sides, &err) || pair_create(&pair, match, match_sides, &err))
		die("pair", err.message);
	if (diff_svg_write(stdout, pair, &opts, &err))
		die("diff_svg_write", err.message);
	if (fflush(stdout) || ferror(stdout))
		die("write", "standard output");
	pair_destroy(pair);
	match_destroy(match);
	for (size_t i = 0; i < n_opened; i++)
		pyprof_profile_destroy(opened[i]);
	return 0;
}
