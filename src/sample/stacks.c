/* SPDX-License-Identifier: MIT */
#include "sample/stacks.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/*
 * A frame that has not moved holds on to its code object, so an unchanged stack needs no
 * comparing, but for the odd case of another call at the same place.
 */
#define RECHECK_NS 100000000u

void stacks_init(struct stacks *stacks, struct py_runtime *rt, struct profile *profile)
{
	*stacks = (struct stacks){ .profile = profile };
	py_codes_init(&stacks->codes, rt);
}

void stacks_deinit(struct stacks *stacks)
{
	for (size_t i = 0; i < stacks->n_ids; i++)
		free(stacks->ids[i].locations);
	free(stacks->ids);
	free(stacks->to_check);
	py_codes_deinit(&stacks->codes);
	*stacks = (struct stacks){ 0 };
}

void stack_memory_deinit(struct stack_memory *memory)
{
	free(memory->entries);
	*memory = (struct stack_memory){ 0 };
}

/* ---- locations ------------------------------------------------------------------ */

/* The ids of entry `index`, emptied where they belong to what it was before. */
static struct code_ids *code_ids(struct stacks *stacks, uint32_t index)
{
	const struct py_code *code = &stacks->codes.codes[index];
	size_t want = (size_t)code->n_units + 1;
	struct profile *profile = stacks->profile;
	struct code_ids *ids;

	while (stacks->n_ids <= index) {
		if (!array_grow(stacks->ids, stacks->n_ids, stacks->cap_ids))
			return NULL;
		stacks->ids[stacks->n_ids++] = (struct code_ids){ 0 };
	}
	ids = &stacks->ids[index];
	if (ids->locations && ids->generation == code->generation &&
	    ids->epoch == stacks->codes.epoch)
		return ids;

	uint32_t name = profile_string(profile, code->name_text, code->name_len);
	uint32_t file = profile_string(profile, code->file_text, code->file_len);

	free(ids->locations);
	ids->locations = malloc(want * sizeof(ids->locations[0]));
	if (name == PROFILE_NONE || file == PROFILE_NONE || !ids->locations)
		return NULL;
	memset(ids->locations, 0xff, want * sizeof(ids->locations[0]));
	ids->n_locations = want;
	ids->function = profile_function(profile, name, file, code->firstlineno);
	ids->generation = code->generation;
	ids->epoch = stacks->codes.epoch;
	return ids->function == PROFILE_NONE ? NULL : ids;
}

static uint32_t location(struct stacks *stacks, uint32_t index, int32_t unit)
{
	struct code_ids *ids = code_ids(stacks, index);
	uint32_t *slot;

	if (!ids || (size_t)(unit + 1) >= ids->n_locations)
		return PROFILE_NONE;
	slot = &ids->locations[unit + 1];
	if (*slot == PROFILE_NONE)
		*slot = profile_location(
			stacks->profile, ids->function,
			py_code_line(&stacks->codes.codes[index], unit));
	return *slot;
}

/* ---- what has to be compared ------------------------------------------------------ */

static bool same_frame(const struct py_frame *a, const struct py_frame *b)
{
	return a->addr == b->addr && a->code == b->code && a->lasti == b->lasti &&
	       a->tlbc == b->tlbc;
}

/* How many frames from the root up are as they were in the thread's last stack. */
static size_t unchanged(const struct stacks *stacks, const struct stack_memory *memory,
			const struct py_stack *stack)
{
	size_t n = memory->n < stack->n ? memory->n : stack->n, i = 0;

	if (memory->epoch != stacks->codes.epoch)
		return 0;
	while (i < n && same_frame(&memory->entries[i].frame, &stack->frames[i]))
		i++;
	return i;
}

/* Has a code object died since the last time? Always "perhaps" where nobody counts. */
static void note_deaths(struct stacks *stacks, uint64_t interp, uint64_t now_ns)
{
	const struct py_runtime *rt = stacks->codes.rt;
	uint64_t generation = 0;

	if (rt->layout.interpreter.code_generation == PY_ABSENT ||
	    memory_read_u64(rt->target->memory,
			    interp + rt->layout.interpreter.code_generation, &generation,
			    NULL) ||
	    generation != stacks->codes.object_generation || !generation)
		stacks->trusted_since_ns = now_ns;
	stacks->codes.object_generation = generation;
}

/* Compares the code objects of the entries from `first` on that are not known to be good. */
static void check_codes(struct stacks *stacks, struct stack_memory *memory, size_t first,
			uint64_t now_ns)
{
	size_t n = 0;

	if (!array_reserve((void **)&stacks->to_check, &stacks->cap_to_check, memory->n,
			   sizeof(stacks->to_check[0])))
		return;
	for (size_t i = first; i < memory->n; i++) {
		uint32_t index = memory->entries[i].code;
		struct py_code *code;

		if (index == PY_CODE_NONE)
			continue;
		code = &stacks->codes.codes[index];
		if (code->checked_ns >= stacks->trusted_since_ns)
			continue;
		code->checked_ns = now_ns; /* recursion asks once */
		stacks->to_check[n++] = index;
	}
	if (n)
		py_codes_check(&stacks->codes, stacks->to_check, n, now_ns);
}

/* ---- the stack --------------------------------------------------------------------- */

/*
 * Gives every new frame its code entry; returns how many frames have one. An entry read just now
 * needs no comparing.
 */
static size_t find_codes(struct stacks *stacks, struct stack_memory *memory,
			 const struct py_stack *stack, size_t kept, uint64_t now_ns)
{
	uint32_t epoch = stacks->codes.epoch;

	for (size_t i = kept; i < stack->n; i++) {
		bool is_code = true;
		uint32_t index;

		if (!array_grow(memory->entries, i, memory->cap))
			return i;
		index = py_codes_get(&stacks->codes, stack->frames[i].code, now_ns, &is_code);
		if (index == PY_CODE_NONE && is_code)
			return i;
		memory->entries[i] = (struct stack_entry){ .frame = stack->frames[i],
							   .code = index };
	}
	/* The table was full and began anew: what was found before is void. */
	if (stacks->codes.epoch != epoch)
		return 0;
	return stack->n;
}

/* Turns entries from `first` on into nodes; returns how many held. */
static size_t make_nodes(struct stacks *stacks, struct stack_memory *memory, size_t first,
			 uint32_t *node)
{
	for (size_t i = 0; i < memory->n; i++) {
		struct stack_entry *entry = &memory->entries[i];
		const struct py_code *code;
		uint32_t at;

		if (entry->code == PY_CODE_NONE) {
			entry->node = *node;
			continue;
		}
		code = &stacks->codes.codes[entry->code];
		if (i < first && entry->generation == code->generation) {
			*node = entry->node;
			continue;
		}
		first = i; /* from here on every node is another one */
		if (!code->name_text ||
		    !py_code_unit(&stacks->codes, entry->code, &entry->frame, &entry->unit))
			return i;
		entry->generation = code->generation;
		at = location(stacks, entry->code, entry->unit);
		entry->node = at == PROFILE_NONE ?
				      PROFILE_NONE :
				      profile_node(stacks->profile, *node, at);
		*node = entry->node;
		if (*node == PROFILE_NONE)
			return i;
	}
	return memory->n;
}

struct stack_result stacks_node(struct stacks *stacks, struct stack_memory *memory,
				const struct py_stack *stack, uint64_t interp,
				uint64_t now_ns)
{
	struct stack_result result = { PROFILE_ROOT, stack->truncated, stack->cause };
	size_t kept = unchanged(stacks, memory, stack), found, held;
	bool recheck = now_ns - memory->checked_ns > RECHECK_NS;

	note_deaths(stacks, interp, now_ns);
	found = find_codes(stacks, memory, stack, kept, now_ns);
	memory->n = found;
	check_codes(stacks, memory, recheck ? 0 : kept, now_ns);
	if (recheck)
		memory->checked_ns = now_ns;
	held = make_nodes(stacks, memory, kept, &result.node);
	memory->n = held;
	memory->epoch = stacks->codes.epoch;
	if (held < stack->n && result.node != PROFILE_NONE) {
		result.truncated = true;
		result.cause = PYPROF_CAUSE_CODE;
	}
	return result;
}
