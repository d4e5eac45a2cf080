/* SPDX-License-Identifier: MIT */
#include "tui/figure.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND 1000000000ull

double figure_share(double share, double off)
{
	double whole = share < 1e9 ? (double)(uint64_t)share : share;

	return whole >= 1 && share - whole < off ? whole : share;
}

const char *figure_percent(double part, double whole, char *buf)
{
	double percent = whole > 0 ? 100 * part / whole : 0;

	if (!(whole > 0) && !(part > 0))
		snprintf(buf, FIGURE_MAX, "-");
	else if (!(percent <= 99999))
		snprintf(buf, FIGURE_MAX, ">99999%%");
	else
		snprintf(buf, FIGURE_MAX, percent < 999.95 ? "%.1f%%" : "%.0f%%", percent);
	return buf;
}

const char *figure_time(uint64_t ns, char *buf)
{
	uint64_t seconds = ns / SECOND;

	if (ns == 0)
		snprintf(buf, FIGURE_MAX, "0");
	else if (ns < SECOND / 1000)
		snprintf(buf, FIGURE_MAX, "<1ms");
	else if (ns < SECOND - SECOND / 2000)
		snprintf(buf, FIGURE_MAX, "%.0fms", (double)ns / 1e6);
	else if (seconds < 600)
		snprintf(buf, FIGURE_MAX, seconds < 100 ? "%.2fs" : "%.1fs", (double)ns / 1e9);
	else if (seconds < 3600)
		snprintf(buf, FIGURE_MAX, "%um%02us", (unsigned)(seconds / 60),
			 (unsigned)(seconds % 60));
	else if (seconds < 100 * 3600)
		snprintf(buf, FIGURE_MAX, "%uh%02um", (unsigned)(seconds / 3600),
			 (unsigned)(seconds / 60 % 60));
	else if (seconds < 1000 * 86400)
		snprintf(buf, FIGURE_MAX, "%ud%02uh", (unsigned)(seconds / 86400),
			 (unsigned)(seconds / 3600 % 24));
	else
		snprintf(buf, FIGURE_MAX, "%" PRIu64 "d", seconds / 86400);
	return buf;
}

const char *figure_count(uint64_t n, char *buf)
{
	static const char units[] = "MGTPE";
	double value = (double)n / 1e6;
	int unit = 0;

	if (n < 1000)
		snprintf(buf, FIGURE_MAX, "%" PRIu64, n);
	else if (n < 1000000)
		snprintf(buf, FIGURE_MAX, "%u,%03u", (unsigned)(n / 1000), (unsigned)(n % 1000));
	if (n < 1000000)
		return buf;
	while (value >= 999.5 && units[unit + 1]) {
		value /= 1000;
		unit++;
	}
	snprintf(buf, FIGURE_MAX, value < 9.995 ? "%.2f%c" : value < 99.95 ? "%.1f%c" : "%.0f%c",
		 value, units[unit]);
	return buf;
}

const char *figure_bytes(uint64_t bytes, char *buf)
{
	static const char units[] = "KMGTPE";
	double value = (double)bytes / 1024;
	int unit = 0;

	while (value >= 999.5 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	snprintf(buf, FIGURE_MAX,
		 unit == 0	 ? "%.0f%c" :
		 value < 9.995	 ? "%.2f%c" :
		 value < 99.95	 ? "%.1f%c" :
				   "%.0f%c",
		 value, units[unit]);
	return buf;
}

const char *figure_clock(uint64_t ns, char *buf)
{
	uint64_t seconds = ns / SECOND;

	snprintf(buf, FIGURE_MAX, "%u:%02u:%02u", (unsigned)(seconds / 3600 % 100000),
		 (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
	return buf;
}
