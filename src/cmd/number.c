/* SPDX-License-Identifier: MIT */
#include "cmd/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NS_PER_SECOND 1000000000.0
#define MAX_DIGITS    18 /* of a plain decimal; more is no number that we have a use for */

/* Is there a plain decimal ("12", "1.5", ".5") at *p? Steps over it. */
static bool take_decimal(const char **p, double *value)
{
	char digits[MAX_DIGITS + 2];
	size_t n = strspn(*p, "0123456789.");
	const char *dot = memchr(*p, '.', n);

	if (n == 0 || n >= sizeof(digits) || (dot && n == 1))
		return false;
	if (dot && memchr(dot + 1, '.', n - (size_t)(dot + 1 - *p)))
		return false;
	memcpy(digits, *p, n);
	digits[n] = '\0';
	*value = strtod(digits, NULL); /* nobody calls setlocale(): the point is a point */
	*p += n;
	return true;
}

enum pyprof_status number_rate(const char *text, double *hz, struct pyprof_error *err)
{
	const char *p = text;
	double value;

	if (!take_decimal(&p, &value))
		goto bad;
	if (*p == 'k' || *p == 'K') {
		value *= 1e3;
		p++;
	} else if (*p == 'M') {
		value *= 1e6;
		p++;
	}
	if (*p != '\0' && strcasecmp(p, "hz") != 0)
		goto bad;
	if (value < NUMBER_RATE_MIN || value > NUMBER_RATE_MAX)
		return error_set(err, PYPROF_ERR_USAGE,
				 "rate '%.60s' is out of range: 0.01 to 1M a second", text);
	*hz = value;
	return PYPROF_OK;
bad:
	return error_set(err, PYPROF_ERR_USAGE,
			 "'%.60s' is no rate: write times a second, such as 100, 2.5 or 10k",
			 text);
}

enum pyprof_status number_share(const char *text, double *share, struct pyprof_error *err)
{
	const char *p = text;
	double value;

	if (!take_decimal(&p, &value) || (*p != '\0' && strcmp(p, "%") != 0))
		return error_set(err, PYPROF_ERR_USAGE,
				 "'%.60s' is no share: write a percentage, such as 1%% or 0.5%%",
				 text);
	if (value > 100)
		return error_set(err, PYPROF_ERR_USAGE,
				 "share '%.60s' is out of range: 0%% to 100%%", text);
	*share = value / 100;
	return PYPROF_OK;
}

struct unit {
	const char *name;
	double seconds;
};

/* Larger first: a joined duration takes them in this order, each once. */
static const struct unit units[] = {
	{ "d", 86400 }, { "h", 3600 }, { "m", 60 }, { "s", 1 }, { "ms", 1e-3 },
};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

/* The unit at *p, N_UNITS where there is none. A word of letters is one unit. */
static size_t take_unit(const char **p)
{
	size_t len = strspn(*p, "abcdefghijklmnopqrstuvwxyz");

	for (size_t i = 0; i < N_UNITS; i++) {
		if (strlen(units[i].name) == len && !strncmp(*p, units[i].name, len)) {
			*p += len;
			return i;
		}
	}
	return N_UNITS;
}

/* Seconds of "1m30s" or "1.5"; false where it is neither. */
static bool parse_seconds(const char *text, double *seconds)
{
	const char *p = text;
	size_t next = 0; /* the largest unit that may still come */
	double value;

	*seconds = 0;
	do {
		if (!take_decimal(&p, &value))
			return false;
		if (*p == '\0' && next == 0) { /* no unit at all: seconds */
			*seconds = value;
			return true;
		}
		size_t unit = take_unit(&p);
		if (unit == N_UNITS || unit < next)
			return false;
		*seconds += value * units[unit].seconds;
		next = unit + 1;
	} while (*p);
	return true;
}

enum pyprof_status number_duration(const char *text, uint64_t *ns, struct pyprof_error *err)
{
	double seconds;

	if (!strcmp(text, "unlimited")) {
		*ns = 0;
		return PYPROF_OK;
	}
	if (!parse_seconds(text, &seconds))
		return error_set(err, PYPROF_ERR_USAGE,
				 "'%.60s' is no duration: write seconds (30, 1.5), or with units "
				 "(500ms, 5m, 2h, 1m30s), or unlimited",
				 text);
	/* Half a nanosecond of slack: 0.001 is a little less than a millisecond. */
	if (seconds * NS_PER_SECOND + 0.5 < (double)NUMBER_DURATION_MIN ||
	    seconds * NS_PER_SECOND > (double)NUMBER_DURATION_MAX)
		return error_set(err, PYPROF_ERR_USAGE,
				 "duration '%.60s' is out of range: 1ms to 366d, or unlimited",
				 text);
	*ns = (uint64_t)(seconds * NS_PER_SECOND + 0.5);
	return PYPROF_OK;
}

enum pyprof_status number_whole(const char *text, uint64_t *number, struct pyprof_error *err)
{
	size_t len = strspn(text, "0123456789");
	uint64_t value = 0;

	if (len == 0 || text[len] != '\0')
		return error_set(err, PYPROF_ERR_USAGE,
				 "'%.60s' is no whole number: write one such as 20, or 0", text);
	for (size_t i = 0; i < len && value <= NUMBER_WHOLE_MAX; i++)
		value = value * 10 + (uint64_t)(text[i] - '0');
	if (value > NUMBER_WHOLE_MAX)
		return error_set(err, PYPROF_ERR_USAGE,
				 "'%.60s' is out of range: 0 to %llu", text, NUMBER_WHOLE_MAX);
	*number = value;
	return PYPROF_OK;
}

enum pyprof_status number_pid(const char *text, pid_t *pid, struct pyprof_error *err)
{
	size_t len = strspn(text, "0123456789");
	unsigned long value = 0;

	if (len == 0 || text[len] != '\0')
		return error_set(err, PYPROF_ERR_USAGE,
				 "'%.60s' is no process id: write a number, such as 4242", text);
	if (len <= 10)
		value = strtoul(text, NULL, 10);
	if (value < 1 || value > INT32_MAX)
		return error_set(err, PYPROF_ERR_USAGE,
				 "process id '%.60s' is out of range: 1 to %d", text, INT32_MAX);
	*pid = (pid_t)value;
	return PYPROF_OK;
}

const char *number_count_text(uint64_t n, char *buf)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, n);
	char *out = buf;

	for (int i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

const char *number_time_text(uint64_t ns, char *buf)
{
	double seconds = (double)ns / NS_PER_SECOND;
	uint64_t whole = (uint64_t)(seconds + 0.5);

	if (seconds < 0.9995)
		snprintf(buf, NUMBER_TEXT_MAX, "%.0f ms", seconds * 1e3);
	else if (seconds < 59.95)
		snprintf(buf, NUMBER_TEXT_MAX, "%.1f s", seconds);
	else if (whole < 3600)
		snprintf(buf, NUMBER_TEXT_MAX, "%" PRIu64 "m%02" PRIu64 "s", whole / 60,
			 whole % 60);
	else
		snprintf(buf, NUMBER_TEXT_MAX, "%" PRIu64 "h%02" PRIu64 "m", whole / 3600,
			 whole % 3600 / 60);
	return buf;
}

const char *number_rate_text(double hz, char *buf)
{
	if (hz >= 999.5)
		return number_count_text((uint64_t)(hz + 0.5), buf);
	snprintf(buf, NUMBER_TEXT_MAX, hz < 10 ? "%.2f" : "%.1f", hz);
	/* Zeros behind the point say nothing: there always is a point. */
	size_t len = strlen(buf);
	while (buf[len - 1] == '0')
		len--;
	if (buf[len - 1] == '.')
		len--;
	buf[len] = '\0';
	return buf;
}
