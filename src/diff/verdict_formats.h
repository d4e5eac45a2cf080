/* SPDX-License-Identifier: MIT */
/* The rows of verdict_say.c's table; of use to it alone. */
#ifndef PYPROF_DIFF_VERDICT_FORMATS_H
#define PYPROF_DIFF_VERDICT_FORMATS_H

#include "diff/verdict_say.h"

extern const struct verdict_format verdict_format_text;
extern const struct verdict_format verdict_format_markdown;
extern const struct verdict_format verdict_format_json;
extern const struct verdict_format verdict_format_junit;
extern const struct verdict_format verdict_format_github;
extern const struct verdict_format verdict_format_gitlab;
extern const struct verdict_format verdict_format_sarif;

#endif
