/* SPDX-License-Identifier: MIT */
#include "format/speedscope_reader.h"

#include <string.h>

#include "base/array.h"

/* ---- the stack ---------------------------------------------------------------------------- */

/* False: no memory. */
static bool push(struct speedscope_reader *r, uint32_t frame)
{
	uint32_t parent = r->n_steps ? r->steps[r->n_steps - 1].node : PROFILE_ROOT;
	uint32_t node = profile_node(r->profile, parent, r->locations[frame]);

	if (node == PROFILE_NONE || !array_grow(r->steps, r->n_steps, r->cap_steps))
		return false;
	r->steps[r->n_steps++] = (struct speedscope_step){ frame, node };
	return true;
}

/* Is it one of shared.frames? */
static bool is_frame(const struct speedscope_reader *r, const json_t *value)
{
	json_int_t frame = json_integer_value(value);

	return json_is_integer(value) && frame >= 0 && (uint64_t)frame < r->n_frames;
}

/* ---- weights ---------------------------------------------------------------------------- */

/* `place` and `i` are where the weight stands, for messages. */
static enum pyprof_status add_weight(struct speedscope_reader *r, long double weight,
				     uint32_t node, uint32_t marks, const char *place,
				     size_t i)
{
	uint64_t values[PROFILE_MAX_METRICS] = { 0 };
	long double exact = weight * r->kind.scale + r->carried;
	uint64_t whole;

	if (exact > 0x1p64L)
		return speedscope_fail(r, PYPROF_ERR_LIMIT,
				       "profiles[%zu].%s[%zu]: it is above 2^64", r->at, place,
				       i);
	/* What is carried is -1/2 at the least. */
	whole = exact + 0.5L >= 0x1p64L ? UINT64_MAX : (uint64_t)(exact + 0.5L);
	r->carried = whole == UINT64_MAX ? 0 : exact - (long double)whole;
	if (!whole)
		return PYPROF_OK;
	values[r->kind.metric] = whole;
	return profile_add(r->profile, node, r->thread, marks, values) ? PYPROF_OK
								       : error_nomem(r->err);
}

/* ---- sampled ---------------------------------------------------------------------------- */

static enum pyprof_status read_stack(struct speedscope_reader *r, const json_t *stack,
				     size_t i, uint32_t *marks)
{
	size_t n = json_array_size(stack), same = 0;
	bool shared = true;

	*marks = 0;
	if (!json_is_array(stack))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu].samples[%zu]: it is no array", r->at, i);
	for (size_t k = 0; k < n; k++) {
		const json_t *value = json_array_get(stack, k);
		uint32_t frame = (uint32_t)json_integer_value(value);

		if (!is_frame(r, value))
			return speedscope_fail(r, PYPROF_ERR_CORRUPT,
					       "profiles[%zu].samples[%zu][%zu]: it is none "
					       "of the %zu frames",
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

static enum pyprof_status read_sample(struct speedscope_reader *r, const json_t *stack,
				      const json_t *weight, size_t i)
{
	enum pyprof_status status;
	long double number;
	uint32_t marks;

	status = read_stack(r, stack, i, &marks);
	if (status)
		return status;
	if (!speedscope_number(weight, &number) || number < 0)
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu].weights[%zu]: it is no number from 0 up",
				       r->at, i);
	return add_weight(r, number, r->n_steps ? r->steps[r->n_steps - 1].node : PROFILE_ROOT,
			  marks, "weights", i);
}

enum pyprof_status speedscope_sampled(struct speedscope_reader *r, const json_t *profile)
{
	const json_t *samples = json_object_get(profile, "samples");
	const json_t *weights = json_object_get(profile, "weights");
	enum pyprof_status status = PYPROF_OK;

	if (!json_is_array(samples) || !json_is_array(weights))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu].%s: there is no such array", r->at,
				       json_is_array(samples) ? "weights" : "samples");
	if (json_array_size(samples) != json_array_size(weights))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu]: %zu samples, but %zu weights", r->at,
				       json_array_size(samples), json_array_size(weights));
	r->n_steps = 0;
	for (size_t i = 0; i < json_array_size(samples) && !status; i++)
		status = read_sample(r, json_array_get(samples, i), json_array_get(weights, i),
				     i);
	return status;
}

/* ---- evented ---------------------------------------------------------------------------- */

/* The stack that was open up to this event gets the time since the last one. */
static enum pyprof_status pass_time(struct speedscope_reader *r, long double time, size_t i)
{
	bool truncated;
	const struct speedscope_step *leaf;

	if (!r->n_steps)
		return PYPROF_OK;
	leaf = &r->steps[r->n_steps - 1];
	truncated = r->truncations[leaf->frame];
	if (!truncated)
		return add_weight(r, time, leaf->node, 0, "events", i);
	return add_weight(r, time, r->n_steps > 1 ? leaf[-1].node : PROFILE_ROOT,
			  PROFILE_MARK_TRUNCATED, "events", i);
}

static enum pyprof_status read_event(struct speedscope_reader *r, const json_t *event,
				     size_t i, long double *last)
{
	const char *type = speedscope_text(event, "type");
	const json_t *frame = json_object_get(event, "frame");
	enum pyprof_status status;
	long double at;

	if (strcmp(type, "O") != 0 && strcmp(type, "C") != 0)
		return speedscope_fail(
			r, PYPROF_ERR_CORRUPT,
			"profiles[%zu].events[%zu].type: it is neither \"O\" nor \"C\"", r->at,
			i);
	if (!is_frame(r, frame))
		return speedscope_fail(
			r, PYPROF_ERR_CORRUPT,
			"profiles[%zu].events[%zu].frame: it is none of the %zu frames", r->at,
			i, r->n_frames);
	if (!speedscope_number(json_object_get(event, "at"), &at))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu].events[%zu].at: it is no number", r->at,
				       i);
	if (i && at < *last)
		return speedscope_fail(
			r, PYPROF_ERR_CORRUPT,
			"profiles[%zu].events[%zu].at: it is before the event before it",
			r->at, i);
	status = pass_time(r, i ? at - *last : 0, i);
	*last = at;
	if (status)
		return status;
	if (*type == 'O')
		return push(r, (uint32_t)json_integer_value(frame)) ? PYPROF_OK
								    : error_nomem(r->err);
	if (!r->n_steps ||
	    r->steps[r->n_steps - 1].frame != (uint64_t)json_integer_value(frame))
		return speedscope_fail(
			r, PYPROF_ERR_CORRUPT,
			"profiles[%zu].events[%zu]: it closes a frame that is not the "
			"innermost open one",
			r->at, i);
	r->n_steps--;
	return PYPROF_OK;
}

enum pyprof_status speedscope_evented(struct speedscope_reader *r, const json_t *profile)
{
	const json_t *events = json_object_get(profile, "events");
	enum pyprof_status status = PYPROF_OK;
	long double last = 0;

	if (!json_is_array(events))
		return speedscope_fail(r, PYPROF_ERR_CORRUPT,
				       "profiles[%zu].events: there is no such array", r->at);
	r->n_steps = 0;
	for (size_t i = 0; i < json_array_size(events) && !status; i++)
		status = read_event(r, json_array_get(events, i), i, &last);
	if (!status && r->n_steps)
		return speedscope_fail(
			r, PYPROF_ERR_CORRUPT,
			"profiles[%zu].events: %zu frames are still open at their end", r->at,
			r->n_steps);
	return status;
}
