/* SPDX-License-Identifier: MIT */
#include "format/speedscope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "format/speedscope_reader.h"

/* ---- the tree --------------------------------------------------------------------------- */

enum pyprof_status speedscope_fail(struct speedscope_reader *r, enum pyprof_status status,
				   const char *format, ...)
{
	char message[256];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	return error_set(r->err, status, "speedscope, %s", message);
}

static bool is_there(const json_t *value)
{
	return value && !json_is_null(value);
}

const char *speedscope_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The bytes of a string, until the next call; "" where it is not there, NULL: no memory. */
static const char *bytes_of(struct speedscope_reader *r, const json_t *string, size_t *len)
{
	const char *text;

	*len = 0;
	if (!json_is_string(string))
		return "";
	r->scratch.failed = false;
	text = json_read_text(&r->json, string, &r->scratch, len);
	return r->scratch.failed ? NULL : text;
}

/* The id of a string's text; of "" where it is not there. */
static uint32_t intern(struct speedscope_reader *r, const json_t *string)
{
	size_t len;
	const char *text = bytes_of(r, string, &len);

	return text ? profile_string(r->profile, text, len) : PROFILE_NONE;
}

bool speedscope_number(const json_t *value, long double *number)
{
	if (json_is_integer(value))
		*number = (long double)json_integer_value(value);
	else if (json_is_real(value))
		*number = (long double)json_real_value(value);
	else
		return false;
	return true;
}

/* An id of a thread or process; 0 where it is none. */
static uint64_t id_of(const json_t *value)
{
	long double number;

	if (!speedscope_number(value, &number) || number < 0)
		return 0;
	return number >= 0x1p64L ? UINT64_MAX : (uint64_t)number;
}

/* ---- frames ----------------------------------------------------------------------------- */

/* A line or column: 0 where it is none. */
static enum pyprof_status read_place(struct speedscope_reader *r, const json_t *frame,
				     size_t i, const char *key, int32_t *place)
{
	const json_t *value = json_object_get(frame, key);
	long double number;

	*place = 0;
	if (!is_there(value))
		return PYPROF_OK;
	if (!speedscope_number(value, &number))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "shared.frames[%zu].%s: it is no number", i, key);
	if (number >= 1 && number <= INT32_MAX)
		*place = (int32_t)number;
	return PYPROF_OK;
}

static enum pyprof_status read_frame(struct speedscope_reader *r, const json_t *frame,
				     size_t i)
{
	const json_t *name = json_object_get(frame, "name");
	const json_t *file = json_object_get(frame, "file");
	int32_t line, column;
	uint32_t function;
	enum pyprof_status status;

	if (!json_is_object(frame))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "shared.frames[%zu]: it is no object", i);
	if (!json_is_string(name))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "shared.frames[%zu].name: it is no string", i);
	if (is_there(file) && !json_is_string(file))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "shared.frames[%zu].file: it is no string", i);
	status = read_place(r, frame, i, "line", &line);
	if (!status)
		status = read_place(r, frame, i, "col", &column);
	if (status)
		return status;
	function = profile_function(r->profile, intern(r, name), intern(r, file), 0);
	r->locations[i] = profile_location(r->profile, function, line, column);
	r->truncations[i] = !strcmp(speedscope_text(frame, "pyprof"), "truncated");
	return r->locations[i] == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

static enum pyprof_status read_frames(struct speedscope_reader *r)
{
	const json_t *frames =
		json_object_get(json_object_get(r->json.root, "shared"), "frames");
	enum pyprof_status status = PYPROF_OK;

	if (!json_is_array(frames))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "shared.frames: there is no such array");
	r->n_frames = json_array_size(frames);
	r->locations = malloc((r->n_frames + 1) * sizeof(*r->locations));
	r->truncations = malloc((r->n_frames + 1) * sizeof(*r->truncations));
	if (!r->locations || !r->truncations)
		return error_nomem(r->err);
	for (size_t i = 0; i < r->n_frames && !status; i++)
		status = read_frame(r, json_array_get(frames, i), i);
	return status;
}

/* ---- what a profile is of --------------------------------------------------------------- */

static const struct {
	const char *unit;
	struct profile_metric metric;
	long double scale;
} units[] = {
	{ "none", { "samples", "count" }, 1 },
	{ "nanoseconds", { "wall", "nanoseconds" }, 1 },
	{ "microseconds", { "wall", "nanoseconds" }, 1e3L },
	{ "milliseconds", { "wall", "nanoseconds" }, 1e6L },
	{ "seconds", { "wall", "nanoseconds" }, 1e9L },
	{ "bytes", { "bytes", "bytes" }, 1 },
};

static bool find_unit(struct profile_metric *metric, long double *scale, const char *unit)
{
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (!strcmp(unit, units[i].unit)) {
			*metric = units[i].metric;
			*scale = units[i].scale;
			return true;
		}
	}
	return false;
}

static enum pyprof_status read_kind(struct speedscope_reader *r, const json_t *profile,
				    size_t i, struct speedscope_kind *kind)
{
	const json_t *ours = json_object_get(profile, "pyprof");
	struct profile_metric metric;
	size_t m = 0;

	if (!json_is_object(profile))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu]: it is no object",
				       i);
	if (!find_unit(&metric, &kind->scale, speedscope_text(profile, "unit")))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu].unit: it is none that speedscope knows",
				       i);
	if (*speedscope_text(ours, "metric")) {
		metric = (struct profile_metric){ speedscope_text(ours, "metric"),
						  speedscope_text(ours, "unit") };
		kind->scale = 1;
	}
	while (m < r->n_metrics && (strcmp(r->metrics[m].name, metric.name) != 0 ||
				    strcmp(r->metrics[m].unit, metric.unit) != 0))
		m++;
	if (m == PROFILE_MAX_METRICS)
		return speedscope_fail(r, PYPROF_ERR_LIMIT,
				       "profiles[%zu].unit: there are more than %d kinds", i,
				       PROFILE_MAX_METRICS);
	if (m == r->n_metrics)
		r->metrics[r->n_metrics++] = metric;
	kind->metric = m;
	return PYPROF_OK;
}

/* All metrics have to be known before the first sample. */
static enum pyprof_status read_kinds(struct speedscope_reader *r, const json_t *profiles)
{
	const json_t *active = json_object_get(r->json.root, "activeProfileIndex");
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; i < json_array_size(profiles) && !status; i++) {
		struct speedscope_kind kind = { 0 };

		status = read_kind(r, json_array_get(profiles, i), i, &kind);
		if (!status && json_integer_value(active) >= 0 &&
		    (uint64_t)json_integer_value(active) == i)
			r->default_metric = kind.metric;
	}
	if (!r->n_metrics)
		r->metrics[r->n_metrics++] = units[0].metric;
	return status;
}

/* ---- whose it is ------------------------------------------------------------------------ */

/* A name that py-spy gave: [Process PID ]Thread TID "NAME". */
struct spy_name {
	uint64_t pid, tid;
	const char *own;
	size_t len;
};

/* `word`, digits and a space, behind which it moves *name. */
static bool take_number(const char **name, const char *word, uint64_t *number)
{
	const char *p = *name;

	if (strncmp(p, word, strlen(word)) != 0)
		return false;
	p += strlen(word);
	if (*p < '0' || *p > '9')
		return false;
	for (*number = 0; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(*number, 10, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(*p - '0'), number))
			return false;
	if (*p != ' ')
		return false;
	*name = p + 1;
	return true;
}

static bool split_name(struct spy_name *split, const char *name, size_t len)
{
	const char *end = name + len;

	*split = (struct spy_name){ 0 };
	if (!strncmp(name, "Process ", 8) && !take_number(&name, "Process ", &split->pid))
		return false;
	if (!take_number(&name, "Thread ", &split->tid) || *name != '"')
		return false;
	split->own = name + 1;
	if (split->own == end || end[-1] != '"')
		return false;
	split->len = (size_t)(end - split->own) - 1;
	return true;
}

static uint32_t our_thread(struct speedscope_reader *r, const json_t *ours)
{
	const json_t *thread = json_object_get(ours, "thread");
	const json_t *process = json_object_get(ours, "process");

	return profile_thread(r->profile,
			      profile_process(r->profile,
					      id_of(json_object_get(process, "id")),
					      intern(r, json_object_get(process, "command"))),
			      id_of(json_object_get(thread, "id")),
			      intern(r, json_object_get(thread, "name")));
}

/* Of a profile that another program wrote. PROFILE_NONE: no memory. */
static uint32_t their_thread(struct speedscope_reader *r, const json_t *string)
{
	struct spy_name spy;
	size_t len;
	const char *name = bytes_of(r, string, &len);

	if (!name)
		return PROFILE_NONE;
	if (strncmp(r->exporter, "py-spy@", 7) != 0 || !split_name(&spy, name, len))
		spy = (struct spy_name){ .own = name, .len = len };
	return profile_thread(r->profile, profile_process(r->profile, spy.pid, 0), spy.tid,
			      profile_string(r->profile, spy.own, spy.len));
}

static enum pyprof_status find_thread(struct speedscope_reader *r, const json_t *profile)
{
	const json_t *ours = json_object_get(profile, "pyprof");

	r->thread = PROFILE_NONE;
	if (!json_is_object(ours))
		r->thread = their_thread(r, json_object_get(profile, "name"));
	else if (json_is_object(json_object_get(ours, "thread")))
		r->thread = our_thread(r, ours);
	else
		return PYPROF_OK;
	return r->thread == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

static enum pyprof_status read_profile(struct speedscope_reader *r, const json_t *profile,
				       size_t i)
{
	const char *type = speedscope_text(profile, "type");
	enum pyprof_status status;

	r->at = i;
	r->carried = 0;
	status = read_kind(r, profile, i, &r->kind);
	if (!status)
		status = find_thread(r, profile);
	if (status)
		return status;
	if (!strcmp(type, "sampled"))
		return speedscope_sampled(r, profile);
	if (!strcmp(type, "evented"))
		return speedscope_evented(r, profile);
	return speedscope_fail(r, PYPROF_ERR_CORRUPT,
			       "profiles[%zu].type: it is neither \"sampled\" nor \"evented\"",
			       i);
}

/* ---- the file --------------------------------------------------------------------------- */

static void add_comment(struct speedscope_reader *r, struct str *comments, const char *what,
			const json_t *string)
{
	size_t len;
	const char *text = bytes_of(r, string, &len);

	comments->failed |= !text;
	if (!len)
		return;
	str_printf(comments, "%s%s: ", comments->len ? "\n" : "", what);
	str_add(comments, text, len);
}

static enum pyprof_status read_info(struct speedscope_reader *r)
{
	struct profile_info *info = &r->profile->info;
	const json_t *name = json_object_get(r->json.root, "name");
	_cleanup_(str_deinit) struct str text = STR_INIT;
	bool ours = !strncmp(r->exporter, "pyprof@", 7);
	char **to = ours ? &info->command : &info->comments;
	size_t len;

	if (ours) {
		const char *command = bytes_of(r, name, &len);

		text.failed = !command;
		str_add(&text, command, len);
	} else {
		add_comment(r, &text, "exporter", json_object_get(r->json.root, "exporter"));
		add_comment(r, &text, "name", name);
	}
	if (!text.failed && !text.len)
		return PYPROF_OK;
	*to = str_take(&text);
	return *to ? PYPROF_OK : error_nomem(r->err);
}

static enum pyprof_status read_tree(struct speedscope_reader *r)
{
	const json_t *profiles = json_object_get(r->json.root, "profiles");
	enum pyprof_status status;

	if (!json_is_array(profiles))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles: there is no such array");
	r->exporter = speedscope_text(r->json.root, "exporter");
	status = read_kinds(r, profiles);
	if (!status)
		status = profile_create(&r->profile, r->metrics, r->n_metrics, r->err);
	if (!status) {
		r->profile->default_metric = r->default_metric;
		status = read_info(r);
	}
	if (!status)
		status = read_frames(r);
	for (size_t i = 0; i < json_array_size(profiles) && !status; i++)
		status = read_profile(r, json_array_get(profiles, i), i);
	return status;
}

enum pyprof_status speedscope_read(struct profile **out, const char *bytes, size_t len,
				   struct pyprof_error *err)
{
	struct speedscope_reader r = { .err = err };
	enum pyprof_status status = json_read(&r.json, "speedscope", bytes, len, err);

	*out = NULL;
	if (status)
		return status;
	status = read_tree(&r);
	json_read_deinit(&r.json);
	free(r.locations);
	free(r.truncations);
	free(r.steps);
	str_deinit(&r.scratch);
	if (status)
		profile_destroy(r.profile);
	else
		*out = r.profile;
	return status;
}

/* ---- whether it is one ------------------------------------------------------------------ */

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
		p++;
	return p;
}

/*
 * Is p behind a key whose value is a string that ends like the schema's address? The rest of
 * it may be written with other escapes.
 */
static bool names_schema(const char *p, const char *end)
{
	static const char name[] = "file-format-schema.json";
	const char *quote;

	p = skip_space(p, end);
	if (p == end || *p != ':')
		return false;
	p = skip_space(p + 1, end);
	if (p == end || *p != '"')
		return false;
	quote = memchr(p + 1, '"', (size_t)(end - p - 1));
	return quote && (size_t)(quote - p) > strlen(name) &&
	       !memcmp(quote - strlen(name), name, strlen(name));
}

bool speedscope_detect(const char *bytes, size_t len)
{
	/* In a string the quotes would be escaped. */
	static const char mark[] = "\xef\xbb\xbf", key[] = "\"$schema\"";
	const char *end = bytes + len, *p = bytes;

	if (len >= strlen(mark) && !memcmp(bytes, mark, strlen(mark)))
		p += strlen(mark);
	p = skip_space(p, end);
	if (p == end || *p != '{')
		return false;
	while ((p = memmem(p, (size_t)(end - p), key, strlen(key)))) {
		p += strlen(key);
		if (names_schema(p, end))
			return true;
	}
	return false;
}
