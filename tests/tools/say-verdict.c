/* SPDX-License-Identifier: MIT */
/*
 * say-verdict CASE FORMAT [WIDTH [COLOR]]: a verdict of tests/support/made_verdict.h as people and
 * machines are told it, on standard output. Without a case it lists the cases.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/made_verdict.h"

int main(int argc, char **argv)
{
	static const char *const warnings[] = { "HEAD ran on another kernel than BASE" };
	const struct verdict_format *format;
	struct pyprof_error err = { 0 };

	/* As a program may that is built on the library: nothing may come of it. */
	setlocale(LC_ALL, "");
	if (argc < 3) {
		for (size_t i = 0; i < sizeof(made_cases) / sizeof(made_cases[0]); i++)
			puts(made_cases[i].name);
		return 0;
	}
	format = verdict_format_choose(NULL, argv[2], &err);
	if (!format || !made_verdict(argv[1])) {
		fprintf(stderr, "say-verdict: %s\n", format ? "no such case" : err.message);
		return 2;
	}
	made_opts.width = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
	made_opts.color = argc > 4;
	made_opts.warnings = warnings;
	made_opts.n_warnings = 1;
	if (verdict_say(&made, &made_opts, format, stdout, &err) || fflush(stdout)) {
		fprintf(stderr, "say-verdict: %s\n", err.message);
		return 1;
	}
	return 0;
}
