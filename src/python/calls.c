/* SPDX-License-Identifier: MIT */
#include "python/calls.h"

#include <stdlib.h>

#include "base/array.h"
#include "python/frames.h"

/* About 1.5 MB. */
#define CALLS_MAX 32768u

/* In place of a callee: any; and what instruction it is. */
#define ANY	    0
#define INSTRUCTION 1
/* In place of an instruction: the code as such. */
#define NOWHERE UINT64_MAX

/* The values. Of a call: proven; or what it has, and from which round of looks. */
#define PROVEN	    UINT32_MAX
#define WEIGHT_MASK 7u
/* Of a call of any: whether it may be a generator. */
#define SITE_GENERATORS 1u
/* Of an instruction: an enum py_returns. Of code as such: the bytes of its frames. */

void py_calls_deinit(struct py_calls *calls)
{
	map_deinit(&calls->map);
	free(calls->calls);
	*calls = (struct py_calls){ 0 };
}

void py_calls_clear(struct py_calls *calls)
{
	map_clear(&calls->map);
	calls->n = 0;
}

static uint64_t hash_call(const struct py_call *call)
{
	return hash_pair(hash_pair(call->code, call->lasti), call->callee);
}

static bool is_call(const void *entries, uint32_t index, const void *key)
{
	const struct py_call *call = (const struct py_call *)entries + index, *other = key;

	return call->code == other->code && call->lasti == other->lasti &&
	       call->callee == other->callee;
}

static struct py_call *find(const struct py_calls *calls, const struct py_call *key)
{
	uint32_t index = map_find(&calls->map, hash_call(key), is_call, calls->calls, key);

	return index == MAP_NONE ? NULL : &calls->calls[index];
}

/* NULL: no memory. */
static struct py_call *find_or_add(struct py_calls *calls, const struct py_call *key)
{
	struct py_call *call = find(calls, key);

	if (call)
		return call;
	if (calls->n == CALLS_MAX)
		py_calls_clear(calls);
	if (!array_grow(calls->calls, calls->n, calls->cap) ||
	    !map_insert(&calls->map, hash_call(key), (uint32_t)calls->n))
		return NULL;
	calls->calls[calls->n] = *key;
	return &calls->calls[calls->n++];
}

static struct py_call call_of(const struct py_frame *caller, const struct py_frame *callee)
{
	return (struct py_call){ caller->code, caller->lasti,
				 callee->code | (callee->generator ? 1 : 0), 0 };
}

static struct py_call site_of(const struct py_frame *caller)
{
	return (struct py_call){ caller->code, caller->lasti, ANY, 0 };
}

static struct py_call size_of(uint64_t code)
{
	return (struct py_call){ code, NOWHERE, ANY, 0 };
}

static void prove(struct py_calls *calls, struct py_call *call, const struct py_frame *caller,
		  bool generator)
{
	struct py_call site = site_of(caller);

	call->value = PROVEN;
	call = find_or_add(calls, &site);
	if (call && generator)
		call->value |= SITE_GENERATORS;
}

void py_calls_learn(struct py_calls *calls, const struct py_frame *caller,
		    const struct py_frame *callee, uint32_t weight, uint64_t look)
{
	struct py_call key = call_of(caller, callee), *call;
	uint32_t round = (uint32_t)(look / PY_CALLS_ROUND) & PROVEN >> 4;

	/* It has been emptied already: of no code any more. */
	if (!callee->code)
		return;
	call = find_or_add(calls, &key);
	if (!call || call->value == PROVEN)
		return;
	if (call->value / (WEIGHT_MASK + 1) != round)
		call->value = round * (WEIGHT_MASK + 1);
	call->value += weight;
	if ((call->value & WEIGHT_MASK) >= PY_CALLS_ENOUGH)
		prove(calls, call, caller, callee->generator);
}

bool py_calls_known(const struct py_calls *calls, const struct py_frame *caller,
		    const struct py_frame *callee)
{
	struct py_call key = call_of(caller, callee);
	const struct py_call *call = find(calls, &key);

	return call && call->value == PROVEN;
}

bool py_calls_site(const struct py_calls *calls, const struct py_frame *caller)
{
	struct py_call key = site_of(caller);

	return find(calls, &key) != NULL;
}

bool py_calls_generators(const struct py_calls *calls, const struct py_frame *caller)
{
	struct py_call key = site_of(caller);
	const struct py_call *site = find(calls, &key);

	return site && (site->value & SITE_GENERATORS);
}

/* ---- what was read of code -------------------------------------------------------- */

static struct py_call instruction_of(const struct py_frame *frame)
{
	return (struct py_call){ frame->code, frame->lasti, INSTRUCTION, 0 };
}

static uint32_t value_of(const struct py_calls *calls, struct py_call key)
{
	const struct py_call *call = find(calls, &key);

	return call ? call->value : 0;
}

static void set_value(struct py_calls *calls, struct py_call key, uint32_t value)
{
	struct py_call *call = find_or_add(calls, &key);

	if (call)
		call->value = value;
}

enum py_returns py_calls_returns(const struct py_calls *calls, const struct py_frame *frame)
{
	return (enum py_returns)value_of(calls, instruction_of(frame));
}

void py_calls_learn_returns(struct py_calls *calls, const struct py_frame *frame,
			    enum py_returns returns)
{
	set_value(calls, instruction_of(frame), returns);
}

uint32_t py_calls_frame_size(const struct py_calls *calls, uint64_t code)
{
	return value_of(calls, size_of(code));
}

void py_calls_learn_size(struct py_calls *calls, uint64_t code, uint32_t size)
{
	set_value(calls, size_of(code), size);
}
