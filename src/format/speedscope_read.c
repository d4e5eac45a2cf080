/* SPDX-License-Identifier: MIT */
#include "format/speedscope.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/json_read.h"

/* A frame of the stack that was read last, which the next one mostly shares. */
struct step {
	uint32_t frame, node;
};

/* What the weights of a profile are. */
struct kind {
	size_t metric;
	long double scale; /* of the metric's unit in one of the file's */
};

struct reader {
	struct json_read json;
	struct profile *profile;
	struct profile_metric metrics[PROFILE_MAX_METRICS]; /* texts are the tree's, or constant */
	size_t n_metrics, default_metric;
	uint32_t *locations; /* of the frames */
	bool *truncations;   /* is a frame the mark? */
	size_t n_frames;
	struct step *steps;
	size_t n_steps, cap_steps;
	struct str scratch;
	const char *exporter;	/* "" unknown */
	size_t at;		/* the profile that is read, an index */
	uint32_t thread;	/* its thread, */
	struct kind kind;	/* what it counts, */
	long double carried;	/* and what rounding left over so far */
	struct pyprof_error *err;
};

/* ---- the tree --------------------------------------------------------------------------- */

static enum pyprof_status fail(struct reader *r, enum pyprof_status status, const char *format,
			       ...) __attribute__((format(printf, 3, 4)));

/* The message begins with a place in the file. */
static enum pyprof_status fail(struct reader *r, enum pyprof_status status, const char *format,
			       ...)
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

/* Of a string that need not be there: "" then, or where it is none. */
static const char *text_at(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* The bytes of a string, until the next call; "" where it is not there, NULL: no memory. */
static const char *bytes_of(struct reader *r, const json_t *string, size_t *len)
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
static uint32_t intern(struct reader *r, const json_t *string)
{
	size_t len;
	const char *text = bytes_of(r, string, &len);

	return text ? profile_string(r->profile, text, len) : PROFILE_NONE;
}

static bool number_of(const json_t *value, long double *number)
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

	if (!number_of(value, &number) || number < 0)
		return 0;
	return number >= 0x1p64L ? UINT64_MAX : (uint64_t)number;
}

/* ---- frames ----------------------------------------------------------------------------- */

/* A line or column: 0 where it is none. */
static enum pyprof_status read_place(struct reader *r, const json_t *frame, size_t i,
				     const char *key, int32_t *place)
{
	const json_t *value = json_object_get(frame, key);
	long double number;

	*place = 0;
	if (!is_there(value))
		return PYPROF_OK;
	if (!number_of(value, &number))
		return fail(r, PYPROF_ERR_CORRUPT, "shared.frames[%zu].%s: it is no number", i,
			    key);
	if (number >= 1 && number <= INT32_MAX)
		*place = (int32_t)number;
	return PYPROF_OK;
}

static enum pyprof_status read_frame(struct reader *r, const json_t *frame, size_t i)
{
	const json_t *name = json_object_get(frame, "name");
	const json_t *file = json_object_get(frame, "file");
	int32_t line, column;
	uint32_t function;
	enum pyprof_status status;

	if (!json_is_object(frame))
		return fail(r, PYPROF_ERR_CORRUPT, "shared.frames[%zu]: it is no object", i);
	if (!json_is_string(name))
		return fail(r, PYPROF_ERR_CORRUPT, "shared.frames[%zu].name: it is no string", i);
	if (is_there(file) && !json_is_string(file))
		return fail(r, PYPROF_ERR_CORRUPT, "shared.frames[%zu].file: it is no string", i);
	status = read_place(r, frame, i, "line", &line);
	if (!status)
		status = read_place(r, frame, i, "col", &column);
	if (status)
		return status;
	function = profile_function(r->profile, intern(r, name), intern(r, file), 0);
	r->locations[i] = profile_location(r->profile, function, line, column);
	r->truncations[i] = !strcmp(text_at(frame, "pyprof"), "truncated");
	return r->locations[i] == PROFILE_NONE ? error_nomem(r->err) : PYPROF_OK;
}

static enum pyprof_status read_frames(struct reader *r)
{
	const json_t *frames = json_object_get(json_object_get(r->json.root, "shared"), "frames");
	enum pyprof_status status = PYPROF_OK;

	if (!json_is_array(frames))
		return fail(r, PYPROF_ERR_CORRUPT, "shared.frames: there is no such array");
	r->n_frames = json_array_size(frames);
	r->locations = malloc((r->n_frames + 1) * sizeof(*r->locations));
	r->truncations = malloc((r->n_frames + 1) * sizeof(*r->truncations));
	if (!r->locations || !r->truncations)
		return error_nomem(r->err);
	for (size_t i = 0; i < r->n_frames && !status; i++)
		status = read_frame(r, json_array_get(frames, i), i);
	return status;
}

/* False: no memory. */
static bool push(struct reader *r, uint32_t frame)
{
	uint32_t parent = r->n_steps ? r->steps[r->n_steps - 1].node : PROFILE_ROOT;
	uint32_t node = profile_node(r->profile, parent, r->locations[frame]);

	if (node == PROFILE_NONE || !array_grow(r->steps, r->n_steps, r->cap_steps))
		return false;
	r->steps[r->n_steps++] = (struct step){ frame, node };
	return true;
}

/* Is it one of shared.frames? */
static bool is_frame(const struct reader *r, const json_t *value)
{
	json_int_t frame = json_integer_value(value);

	return json_is_integer(value) && frame >= 0 && (uint64_t)frame < r->n_frames;
}

/* ---- weights ---------------------------------------------------------------------------- */

/* `place` and `i` are where the weight stands, for messages. */
static enum pyprof_status add_weight(struct reader *r, long double weight, uint32_t node,
				     uint32_t marks, const char *place, size_t i)
{
	uint64_t values[PROFILE_MAX_METRICS] = { 0 };
	long double exact = weight * r->kind.scale + r->carried;
	uint64_t whole;

	if (exact > 0x1p64L)
		return fail(r, PYPROF_ERR_LIMIT, "profiles[%zu].%s[%zu]: it is above 2^64", r->at,
			    place, i);
	/* What is carried is -1/2 at the least. */
	whole = exact + 0.5L >= 0x1p64L ? UINT64_MAX : (uint64_t)(exact + 0.5L);
	r->carried = whole == UINT64_MAX ? 0 : exact - (long double)whole;
	if (!whole)
		return PYPROF_OK;
	values[r->kind.metric] = whole;
	return profile_add(r->profile, node, r->thread, marks, values) ? PYPROF_OK :
									 error_nomem(r->err);
}

/* ---- sampled ---------------------------------------------------------------------------- */

static enum pyprof_status read_stack(struct reader *r, const json_t *stack, size_t i,
				     uint32_t *marks)
{
	size_t n = json_array_size(stack), same = 0;
	bool shared = true;

	*marks = 0;
	if (!json_is_array(stack))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu].samples[%zu]: it is no array",
			    r->at, i);
	for (size_t k = 0; k < n; k++) {
		const json_t *value = json_array_get(stack, k);
		uint32_t frame = (uint32_t)json_integer_value(value);

		if (!is_frame(r, value))
			return fail(r, PYPROF_ERR_CORRUPT,
				    "profiles[%zu].samples[%zu][%zu]: it is none of the %zu frames",
				    r->at, i, k, r->n_frames);
		if (k + 1 == n && r->truncations[frame]) {
			*marks = PROFILE_MARK_TRUNCATED;
			break;
		}
		shared = shared && k < r->n_steps && r->steps[k].frame == frame;
		if (shared) {
			same++;
			continue;
		}
		if (k == same)
			r->n_steps = same;
		if (!push(r, frame))
			return error_nomem(r->err);
	}
	if (shared)
		r->n_steps = same;
	return PYPROF_OK;
}

static enum pyprof_status read_sample(struct reader *r, const json_t *stack,
				      const json_t *weight, size_t i)
{
	enum pyprof_status status;
	long double number;
	uint32_t marks;

	status = read_stack(r, stack, i, &marks);
	if (status)
		return status;
	if (!number_of(weight, &number) || number < 0)
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].weights[%zu]: it is no number from 0 up", r->at, i);
	return add_weight(r, number, r->n_steps ? r->steps[r->n_steps - 1].node : PROFILE_ROOT,
			  marks, "weights", i);
}

static enum pyprof_status read_sampled(struct reader *r, const json_t *profile)
{
	const json_t *samples = json_object_get(profile, "samples");
	const json_t *weights = json_object_get(profile, "weights");
	enum pyprof_status status = PYPROF_OK;

	if (!json_is_array(samples) || !json_is_array(weights))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu].%s: there is no such array",
			    r->at, json_is_array(samples) ? "weights" : "samples");
	if (json_array_size(samples) != json_array_size(weights))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu]: %zu samples, but %zu weights",
			    r->at, json_array_size(samples), json_array_size(weights));
	r->n_steps = 0;
	for (size_t i = 0; i < json_array_size(samples) && !status; i++)
		status = read_sample(r, json_array_get(samples, i), json_array_get(weights, i), i);
	return status;
}

/* ---- evented ---------------------------------------------------------------------------- */

/* The stack that was open up to this event gets the time since the last one. */
static enum pyprof_status pass_time(struct reader *r, long double time, size_t i)
{
	bool truncated;
	const struct step *leaf;

	if (!r->n_steps)
		return PYPROF_OK;
	leaf = &r->steps[r->n_steps - 1];
	truncated = r->truncations[leaf->frame];
	if (!truncated)
		return add_weight(r, time, leaf->node, 0, "events", i);
	return add_weight(r, time, r->n_steps > 1 ? leaf[-1].node : PROFILE_ROOT,
			  PROFILE_MARK_TRUNCATED, "events", i);
}

static enum pyprof_status read_event(struct reader *r, const json_t *event, size_t i,
				     long double *last)
{
	const char *type = text_at(event, "type");
	const json_t *frame = json_object_get(event, "frame");
	enum pyprof_status status;
	long double at;

	if (strcmp(type, "O") != 0 && strcmp(type, "C") != 0)
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].events[%zu].type: it is neither \"O\" nor \"C\"", r->at,
			    i);
	if (!is_frame(r, frame))
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].events[%zu].frame: it is none of the %zu frames", r->at,
			    i, r->n_frames);
	if (!number_of(json_object_get(event, "at"), &at))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu].events[%zu].at: it is no number",
			    r->at, i);
	if (i && at < *last)
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].events[%zu].at: it is before the event before it",
			    r->at, i);
	status = pass_time(r, i ? at - *last : 0, i);
	*last = at;
	if (status)
		return status;
	if (*type == 'O')
		return push(r, (uint32_t)json_integer_value(frame)) ? PYPROF_OK :
								      error_nomem(r->err);
	if (!r->n_steps || r->steps[r->n_steps - 1].frame != (uint64_t)json_integer_value(frame))
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].events[%zu]: it closes a frame that is not the "
			    "innermost open one",
			    r->at, i);
	r->n_steps--;
	return PYPROF_OK;
}

static enum pyprof_status read_evented(struct reader *r, const json_t *profile)
{
	const json_t *events = json_object_get(profile, "events");
	enum pyprof_status status = PYPROF_OK;
	long double last = 0;

	if (!json_is_array(events))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu].events: there is no such array",
			    r->at);
	r->n_steps = 0;
	for (size_t i = 0; i < json_array_size(events) && !status; i++)
		status = read_event(r, json_array_get(events, i), i, &last);
	if (!status && r->n_steps)
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].events: %zu frames are still open at their end", r->at,
			    r->n_steps);
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

static enum pyprof_status read_kind(struct reader *r, const json_t *profile, size_t i,
				    struct kind *kind)
{
	const json_t *ours = json_object_get(profile, "pyprof");
	struct profile_metric metric;
	size_t m = 0;

	if (!json_is_object(profile))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles[%zu]: it is no object", i);
	if (!find_unit(&metric, &kind->scale, text_at(profile, "unit")))
		return fail(r, PYPROF_ERR_CORRUPT,
			    "profiles[%zu].unit: it is none that speedscope knows", i);
	if (*text_at(ours, "metric")) {
		metric = (struct profile_metric){ text_at(ours, "metric"), text_at(ours, "unit") };
		kind->scale = 1;
	}
	while (m < r->n_metrics && (strcmp(r->metrics[m].name, metric.name) != 0 ||
				    strcmp(r->metrics[m].unit, metric.unit) != 0))
		m++;
	if (m == PROFILE_MAX_METRICS)
		return fail(r, PYPROF_ERR_LIMIT, "profiles[%zu].unit: there are more than %d kinds",
			    i, PROFILE_MAX_METRICS);
	if (m == r->n_metrics)
		r->metrics[r->n_metrics++] = metric;
	kind->metric = m;
	return PYPROF_OK;
}

/* All metrics have to be known before the first sample. */
static enum pyprof_status read_kinds(struct reader *r, const json_t *profiles)
{
	const json_t *active = json_object_get(r->json.root, "activeProfileIndex");
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; i < json_array_size(profiles) && !status; i++) {
		struct kind kind;

		status = read_kind(r, json_array_get(profiles, i), i, &kind);
		if (json_integer_value(active) >= 0 && (uint64_t)json_integer_value(active) == i)
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

static bool split_name(struct spy_name *split, const char *name, size_t len)
{
	const char *end = name + len;
	int n = -1;

	*split = (struct spy_name){ 0 };
	if (!strncmp(name, "Process ", 8)) {
		if (sscanf(name, "Process %" SCNu64 " %n", &split->pid, &n) != 1 || n < 0)
			return false;
		name += n;
	}
	n = -1;
	if (sscanf(name, "Thread %" SCNu64 " \"%n", &split->tid, &n) != 1 || n < 0)
		return false;
	split->own = name + n;
	if (split->own == end || end[-1] != '"')
		return false;
	split->len = (size_t)(end - split->own) - 1;
	return true;
}

static uint32_t our_thread(struct reader *r, const json_t *ours)
{
	const json_t *thread = json_object_get(ours, "thread");
	const json_t *process = json_object_get(ours, "process");

	return profile_thread(r->profile,
			      profile_process(r->profile, id_of(json_object_get(process, "id")),
					      intern(r, json_object_get(process, "command"))),
			      id_of(json_object_get(thread, "id")),
			      intern(r, json_object_get(thread, "name")));
}

/* Of a profile that another program wrote. PROFILE_NONE: no memory. */
static uint32_t their_thread(struct reader *r, const json_t *string)
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

static enum pyprof_status find_thread(struct reader *r, const json_t *profile)
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

static enum pyprof_status read_profile(struct reader *r, const json_t *profile, size_t i)
{
	const char *type = text_at(profile, "type");
	enum pyprof_status status;

	r->at = i;
	r->carried = 0;
	status = read_kind(r, profile, i, &r->kind);
	if (!status)
		status = find_thread(r, profile);
	if (status)
		return status;
	if (!strcmp(type, "sampled"))
		return read_sampled(r, profile);
	if (!strcmp(type, "evented"))
		return read_evented(r, profile);
	return fail(r, PYPROF_ERR_CORRUPT,
		    "profiles[%zu].type: it is neither \"sampled\" nor \"evented\"", i);
}

/* ---- the file --------------------------------------------------------------------------- */

static void add_comment(struct reader *r, struct str *comments, const char *what,
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

static enum pyprof_status read_info(struct reader *r)
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

static enum pyprof_status read_tree(struct reader *r)
{
	const json_t *profiles = json_object_get(r->json.root, "profiles");
	enum pyprof_status status;

	if (!json_is_array(profiles))
		return fail(r, PYPROF_ERR_CORRUPT, "profiles: there is no such array");
	r->exporter = text_at(r->json.root, "exporter");
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
	struct reader r = { .err = err };
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
