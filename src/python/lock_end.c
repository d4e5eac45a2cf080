/* SPDX-License-Identifier: MIT */
#include "python/lock_end.h"

#include <string.h>

#include "base/cleanup.h"
#include "python/dict.h"
#include "python/string.h"

#define THREADS_MAX 256 /* that are asked whether the lock is theirs */

static bool ends_with(const struct str *text, const char *end)
{
	size_t len = strlen(end);

	return text->len > len && strcmp(str_cstr(text) + text->len - len, end) == 0;
}

/* Is the code that function? To 3.6 it is a method of the main thread's, under another name. */
static bool is_shutdown(const struct lock_search *search, const struct lock_code *code)
{
	_cleanup_(str_deinit) struct str name = STR_INIT, file = STR_INIT;

	if (py_string_read(search->rt, code->name, &name, NULL) ||
	    (strcmp(str_cstr(&name), "_shutdown") != 0 &&
	     strcmp(str_cstr(&name), "_exitfunc") != 0) ||
	    py_string_read(search->rt, code->filename, &file, NULL))
		return false;
	return ends_with(&file, "/threading.py") || ends_with(&file, "/threading.pyc");
}

static bool has_local(const struct lock_search *search, const struct py_frame *frame,
		      uint64_t object)
{
	uint64_t slots[LOCK_LOCALS_MAX];
	size_t n = lock_frame_locals(search->frames, frame, slots, LOCK_LOCALS_MAX);

	for (size_t i = 0; i < n; i++) {
		if (slots[i] == object)
			return true;
	}
	return false;
}

/* ---- whose lock it is ---------------------------------------------------------------- */

struct owners {
	const struct lock_search *search;
	struct lock_found *found;
	size_t n;
};

static bool take_owner(uint64_t key, uint64_t thread, void *arg)
{
	struct owners *owners = arg;
	struct lock_types *types = owners->search->types;

	(void)key;
	if (++owners->n > THREADS_MAX ||
	    owners->search->rt->target->memory->reads >= owners->search->last_read)
		return false;
	if (lock_type_of(types, thread) != LOCK_TYPE_THREAD ||
	    lock_attr(types, thread, "_tstate_lock") != owners->found->lock)
		return true;
	owners->found->within = thread;
	owners->found->within_type = LOCK_TYPE_THREAD;
	return false;
}

/* One of those in threading._active. */
static void find_owner(const struct lock_search *search, const struct py_frame *frame,
		       struct lock_found *found)
{
	struct owners owners = { .search = search, .found = found };
	uint64_t globals, active;

	if (!memory_read_u64(search->rt->target->memory,
			     frame->addr + search->rt->layout.lock.globals, &globals, NULL) &&
	    !py_dict_get(search->rt, globals, "_active", &active, NULL) && active)
		py_dict_each(search->rt, active, take_owner, &owners, NULL);
}

/*
 * To some 3.7 it joins one after the other. To 3.12 it takes locks of theirs, which it has in a
 * variable (that of the list of those is a global one); later it has all done in C.
 */
bool lock_waits_at_end(const struct lock_search *search, const struct py_frame *frame, bool leaf,
		       struct lock_found *found)
{
	const struct lock_code *code = lock_frame_code(search->frames, frame);

	if (!code || !is_shutdown(search, code))
		return false;
	if (found->within && found->within_type == LOCK_TYPE_THREAD)
		return true;
	if (!leaf || !found->lock)
		return leaf && found->parked;
	if (!has_local(search, frame, found->lock))
		return false;
	find_owner(search, frame, found);
	return true;
}
