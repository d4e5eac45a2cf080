/* SPDX-License-Identifier: MIT */
/*
 * Values of variables, and the exception that each thread handles. As many as fit into the time that
 * threads may stand are of the moment; the others are read when the process goes on, where their
 * frames were still there before and after, and marked late.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "dump/take_state.h"
#include "python/exception.h"
#include "python/locals.h"

void take_values_free(struct take_thread *thread)
{
	for (size_t i = 0; i < thread->n_values; i++)
		take_frame_values_free(&thread->values[i]);
	free(thread->values);
	thread->values = NULL;
	thread->n_values = 0;
}

void take_frame_values_free(struct take_frame_values *values)
{
	for (size_t i = 0; i < values->n; i++) {
		free(values->values[i].name);
		free(values->values[i].type);
		free(values->values[i].text);
	}
	free(values->values);
	*values = (struct take_frame_values){ 0 };
}

/* ---- one frame ------------------------------------------------------------------------------- */

struct reading {
	struct take *take;
	struct take_frame_values *out;
	struct str text, type;
	bool timed, late_now, failed;
	enum pyprof_status status;
};

/* What is withheld is not read: only of which type it is. */
static enum pyprof_status read_text(struct reading *r, const struct py_local *local,
				    struct snapshot_value *value)
{
	struct py_values *values = &r->take->values;
	enum pyprof_status status;
	unsigned flags = 0;

	str_clear(&r->text);
	str_clear(&r->type);
	status = py_value_read_named(values, local->value, local->name, &r->text, &r->type,
				     &flags, NULL);
	if (status)
		return status;
	value->exact = !(flags & ~(unsigned)PY_VALUE_CYCLE);
	value->cut = flags & PY_VALUE_CUT;
	value->redacted = flags & PY_VALUE_REDACTED;
	return PYPROF_OK;
}

static bool add_local(const struct py_local *local, void *arg)
{
	static const enum snapshot_value_kind kinds[] = {
		[PY_LOCAL_ARGUMENT] = SNAPSHOT_ARGUMENT,
		[PY_LOCAL_VARIABLE] = SNAPSHOT_VARIABLE,
		[PY_LOCAL_FREE] = SNAPSHOT_FREE,
		[PY_LOCAL_NAME] = SNAPSHOT_NAME,
	};
	struct reading *r = arg;
	struct snapshot_value value = { .kind = kinds[local->kind],
					.object = local->value,
					.bound = local->value != 0 };

	r->late_now = r->timed && !take_has_time(r->take);
	if (r->late_now || r->take->value_bytes > TAKE_VALUES_MAX)
		return false;
	str_clear(&r->text);
	str_clear(&r->type);
	if (local->value)
		r->status = read_text(r, local, &value);
	if (r->status)
		return false;
	value.name = take_text(local->name, strlen(local->name));
	value.text = take_text(str_cstr(&r->text), r->text.len);
	value.type = take_text(str_cstr(&r->type), r->type.len);
	r->failed = !value.name || !value.text || !value.type ||
		    !array_grow(r->out->values, r->out->n, r->out->cap);
	if (r->failed) {
		free(value.name);
		free(value.text);
		free(value.type);
		return false;
	}
	r->take->value_bytes += r->text.len + r->type.len + sizeof(value);
	r->out->values[r->out->n++] = value;
	return true;
}

/*
 * Reads the values of one frame; those that could not all be read are dropped. False: no time is
 * left. Errors: NOMEM, GONE.
 */
static bool read_frame(struct take *take, const struct py_frame *frame, bool timed,
		       struct take_frame_values *out, enum pyprof_status *status)
{
	struct reading r = { .take = take, .out = out, .timed = timed };

	*status = py_locals_each(take->rt, frame, add_local, &r, NULL);
	if (r.failed)
		r.status = PYPROF_ERR_NOMEM;
	if (!*status)
		*status = r.status;
	str_deinit(&r.text);
	str_deinit(&r.type);
	out->read = !*status && !r.late_now && take->value_bytes <= TAKE_VALUES_MAX;
	if (!out->read)
		take_frame_values_free(out);
	if (*status != PYPROF_ERR_NOMEM && *status != PYPROF_ERR_GONE)
		*status = PYPROF_OK;
	return !r.late_now;
}

/* ---- while they stand ------------------------------------------------------------------------------ */

static bool make_room(struct take_thread *thread)
{
	take_values_free(thread);
	thread->values = calloc(thread->n + 1, sizeof(thread->values[0]));
	if (!thread->values)
		return false;
	thread->n_values = thread->n;
	return true;
}

/* Leaf first: what is near to what the thread does is asked for most. */
static bool read_standing(struct take *take, struct take_thread *thread,
			  enum pyprof_status *status)
{
	for (size_t i = thread->n; i-- > 0;)
		if (!read_frame(take, &thread->frames[i], true, &thread->values[i], status) ||
		    *status)
			return false;
	return true;
}

/* It has woken up while its values were read: they are read anew when all go on. */
static void drop_woken(struct take *take, struct take_thread *thread)
{
	uint64_t times;

	if (thread->how != TAKE_ASLEEP || !take->live ||
	    (take_times(take, thread, &times) && times == thread->times))
		return;
	for (size_t i = 0; i < thread->n_values; i++)
		take_frame_values_free(&thread->values[i]);
}

static enum pyprof_status read_all_standing(struct take *take, bool paused)
{
	enum pyprof_status status = PYPROF_OK;

	for (size_t i = 0; i < take->threads.n && !status; i++) {
		struct take_thread *thread = take_thread(take, i);

		if (thread->unproven || thread->how == TAKE_ENDED ||
		    (thread->how == TAKE_PAUSED) != paused)
			continue;
		if (!read_standing(take, thread, &status))
			return status;
		drop_woken(take, thread);
	}
	return status;
}

enum pyprof_status take_values_now(struct take *take, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;

	if (!take->opts->locals)
		return PYPROF_OK;
	for (size_t i = 0; i < take->threads.n; i++)
		if (!make_room(take_thread(take, i)))
			return error_nomem(err);
	/* Of a process that runs on all the while nothing is of the moment. */
	if (take->live && !take->can_pause)
		return PYPROF_OK;
	/* Those that were stopped will go on at once, others later. */
	status = read_all_standing(take, true);
	if (!status)
		status = read_all_standing(take, false);
	if (status == PYPROF_ERR_NOMEM)
		return error_nomem(err);
	return PYPROF_OK;
}

/* ---- when they go on -------------------------------------------------------------------------------- */

/* How many frames, from the root up, are the calls that they were. */
static size_t still_there(struct take *take, const struct take_thread *thread)
{
	struct py_stack stack;
	size_t n = 0;

	take->walker.stands = !take->live;
	if (py_walk(&take->walker, thread->py->tstate, &thread->py->memory, &stack) !=
	    PY_WALK_STACK)
		return 0;
	while (n < stack.n && n < thread->n && stack.frames[n].addr == thread->frames[n].addr &&
	       stack.frames[n].code == thread->frames[n].code)
		n++;
	return n;
}

static enum pyprof_status read_late(struct take *take, struct take_thread *thread)
{
	enum pyprof_status status = PYPROF_OK;
	size_t before, after, missing = 0;

	for (size_t i = 0; i < thread->n_values; i++)
		missing += !thread->values[i].read;
	if (!missing || thread->how == TAKE_ENDED)
		return PYPROF_OK;
	before = still_there(take, thread);
	for (size_t i = 0; i < before && !status; i++) {
		struct take_frame_values *values = &thread->values[i];

		if (values->read)
			continue;
		read_frame(take, &thread->frames[i], false, values, &status);
		values->late = values->read;
	}
	after = still_there(take, thread);
	for (size_t i = after; i < thread->n_values; i++)
		if (thread->values[i].late)
			take_frame_values_free(&thread->values[i]);
	return status;
}

enum pyprof_status take_values_late(struct take *take, struct pyprof_error *err)
{
	for (size_t i = 0; i < take->threads.n && take->opts->locals; i++) {
		enum pyprof_status status = read_late(take, take_thread(take, i));

		if (status == PYPROF_ERR_NOMEM)
			return error_nomem(err);
		/* What is gone can be read no more; its stacks were read before. */
		if (status)
			return PYPROF_OK;
	}
	return PYPROF_OK;
}

/* ---- exceptions ------------------------------------------------------------------------------------- */

/* False: no memory. */
bool take_exception(struct take *take, struct take_thread *thread, bool stands)
{
	uint64_t tstate = thread->py->tstate, value = 0, type = 0, again, same_type;
	struct str text = STR_INIT;
	enum pyprof_status status;
	unsigned flags;

	free(thread->exception);
	thread->exception = NULL;
	if (py_exception_handled(take->rt, tstate, &value, &type, NULL) || !value)
		return true;
	status = py_value_read(&take->short_values, value, &text, NULL, &flags, NULL);
	/* Where it runs it may have handled another one by now, and the object be gone. */
	if (!status && !stands &&
	    (py_exception_handled(take->rt, tstate, &again, &same_type, NULL) || again != value))
		status = PYPROF_ERR_CORRUPT;
	if (!status)
		thread->exception = take_text(str_cstr(&text), text.len);
	str_deinit(&text);
	return status != PYPROF_ERR_NOMEM && (status || thread->exception);
}
