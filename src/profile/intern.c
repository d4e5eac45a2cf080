/* SPDX-License-Identifier: MIT */
/*
 * Giving ids to what equals what: strings, functions, locations, nodes, processes, samples.
 *
 * Every adder does what can fail first (room in the array, the map's slot) and counts the new
 * element last, so that a failure leaves nothing behind that could be seen.
 */
#include "profile/profile.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

/* PROFILE_NONE itself is no id. */
static bool ids_left(size_t n)
{
	return n < PROFILE_NONE;
}

static uint64_t node_hash(const struct profile_node *node)
{
	return hash_u64((uint64_t)node->parent << 32 | node->location);
}

static uint64_t sample_hash(const struct profile_sample *sample)
{
	return hash_pair((uint64_t)sample->node << 32 | sample->thread,
			 (uint64_t)sample->labels << 32 | sample->marks);
}

void profile_shrink(struct profile *profile)
{
	profile->shrunk = true;
	map_deinit(&profile->node_map);
	map_deinit(&profile->sample_map);
}

/* The opposite. */
static bool grow_again(struct profile *profile)
{
	bool ok = true;

	for (size_t i = PROFILE_ROOT + 1; ok && i < profile->n_nodes; i++)
		ok = map_insert(&profile->node_map, node_hash(&profile->nodes[i]), (uint32_t)i);
	for (size_t i = 0; ok && i < profile->n_samples; i++)
		ok = map_insert(&profile->sample_map, sample_hash(&profile->samples[i]),
				(uint32_t)i);
	if (!ok)
		profile_shrink(profile);
	profile->shrunk = !ok;
	return ok;
}

struct string_key {
	const char *text;
	size_t len;
};

static bool string_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile *profile = entries;
	const struct string_key *k = key;

	return profile->string_lengths[index] == k->len &&
	       memcmp(profile->strings[index], k->text, k->len) == 0;
}

uint32_t profile_string(struct profile *profile, const char *text, size_t len)
{
	struct string_key key = { text ? text : "", len };
	uint64_t hash = hash_bytes(key.text, len);
	uint32_t id = map_find(&profile->string_map, hash, string_equal, profile, &key);
	char *copy;

	if (id != MAP_NONE)
		return id;
	if (len >= UINT32_MAX || !ids_left(profile->n_strings) ||
	    !array_grow(profile->strings, profile->n_strings, profile->cap_strings) ||
	    !array_grow(profile->string_lengths, profile->n_strings,
			profile->cap_string_lengths))
		return PROFILE_NONE;
	copy = malloc(len + 1);
	if (!copy)
		return PROFILE_NONE;
	id = (uint32_t)profile->n_strings;
	if (!map_insert(&profile->string_map, hash, id)) {
		free(copy);
		return PROFILE_NONE;
	}
	memcpy(copy, key.text, len);
	copy[len] = '\0';
	profile->strings[id] = copy;
	profile->string_lengths[id] = (uint32_t)len;
	profile->n_strings++;
	return id;
}

static bool function_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_function *f = (const struct profile_function *)entries + index;
	const struct profile_function *k = key;

	return f->name == k->name && f->file == k->file && f->start_line == k->start_line;
}

uint32_t profile_function(struct profile *profile, uint32_t name, uint32_t file,
			  int32_t start_line)
{
	struct profile_function key = { name, file, start_line };
	uint64_t hash = hash_pair((uint64_t)name << 32 | file, (uint32_t)start_line);
	uint32_t id;

	if (name >= profile->n_strings || file >= profile->n_strings)
		return PROFILE_NONE;
	id = map_find(&profile->function_map, hash, function_equal, profile->functions, &key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_functions;
	if (!ids_left(profile->n_functions) ||
	    !array_grow(profile->functions, profile->n_functions, profile->cap_functions) ||
	    !map_insert(&profile->function_map, hash, id))
		return PROFILE_NONE;
	profile->functions[profile->n_functions++] = key;
	return id;
}

static bool location_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_location *l = (const struct profile_location *)entries + index;
	const struct profile_location *k = key;

	return l->function == k->function && l->line == k->line && l->column == k->column;
}

uint32_t profile_location(struct profile *profile, uint32_t function, int32_t line,
			  int32_t column)
{
	struct profile_location key = { function, line, column };
	uint64_t hash = hash_pair((uint64_t)function << 32 | (uint32_t)line, (uint32_t)column);
	uint32_t id;

	if (function >= profile->n_functions)
		return PROFILE_NONE;
	id = map_find(&profile->location_map, hash, location_equal, profile->locations, &key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_locations;
	if (!ids_left(profile->n_locations) ||
	    !array_grow(profile->locations, profile->n_locations, profile->cap_locations) ||
	    !map_insert(&profile->location_map, hash, id))
		return PROFILE_NONE;
	profile->locations[profile->n_locations++] = key;
	return id;
}

static bool node_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_node *n = (const struct profile_node *)entries + index;
	const struct profile_node *k = key;

	return n->parent == k->parent && n->location == k->location;
}

uint32_t profile_node(struct profile *profile, uint32_t parent, uint32_t location)
{
	struct profile_node key = { parent, location };
	uint64_t hash = node_hash(&key);
	uint32_t id;

	if (parent >= profile->n_nodes || location >= profile->n_locations ||
	    (profile->shrunk && !grow_again(profile)))
		return PROFILE_NONE;
	id = map_find(&profile->node_map, hash, node_equal, profile->nodes, &key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_nodes;
	if (!ids_left(profile->n_nodes) ||
	    !array_grow(profile->nodes, profile->n_nodes, profile->cap_nodes) ||
	    !map_insert(&profile->node_map, hash, id))
		return PROFILE_NONE;
	profile->nodes[profile->n_nodes++] = key;
	return id;
}

static bool process_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_process *p = (const struct profile_process *)entries + index;
	const struct profile_process *k = key;

	return p->pid == k->pid && p->command == k->command;
}

uint32_t profile_process(struct profile *profile, uint64_t pid, uint32_t command)
{
	struct profile_process key = { .pid = pid, .command = command };
	uint64_t hash = hash_pair(pid, command);
	uint32_t id;

	if (command >= profile->n_strings)
		return PROFILE_NONE;
	id = map_find(&profile->process_map, hash, process_equal, profile->processes, &key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_processes;
	if (!ids_left(profile->n_processes) ||
	    !array_grow(profile->processes, profile->n_processes, profile->cap_processes) ||
	    !map_insert(&profile->process_map, hash, id))
		return PROFILE_NONE;
	profile->processes[profile->n_processes++] = key;
	return id;
}

uint32_t profile_thread(struct profile *profile, uint32_t process, uint64_t tid,
			uint32_t name)
{
	uint32_t id = (uint32_t)profile->n_threads;

	if (process >= profile->n_processes || name >= profile->n_strings ||
	    !ids_left(profile->n_threads) ||
	    !array_grow(profile->threads, profile->n_threads, profile->cap_threads))
		return PROFILE_NONE;
	profile->threads[profile->n_threads++] =
		(struct profile_thread){ .process = process, .tid = tid, .name = name };
	return id;
}

static bool sample_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_sample *s = (const struct profile_sample *)entries + index;
	const struct profile_sample *k = key;

	return s->node == k->node && s->thread == k->thread && s->marks == k->marks &&
	       s->labels == k->labels;
}

static bool same_label(const struct profile_label *a, const struct profile_label *b)
{
	return a->key == b->key && a->text == b->text && a->number == b->number &&
	       a->unit == b->unit;
}

struct labels_key {
	const struct profile_label *labels;
	size_t n;
};

static bool labels_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile *profile = entries;
	const struct profile_label_set *set = &profile->label_sets[index];
	const struct labels_key *k = key;

	for (size_t i = 0; set->n == k->n && i < k->n; i++)
		if (!same_label(&profile->labels[set->first + i], &k->labels[i]))
			return false;
	return set->n == k->n;
}

/* Appends the labels; they count only once the set does. */
static bool store_labels(struct profile *profile, const struct labels_key *key)
{
	for (size_t i = 0; i < key->n; i++) {
		const struct profile_label *l = &key->labels[i];

		if (l->key >= profile->n_strings || l->text >= profile->n_strings ||
		    l->unit >= profile->n_strings)
			return false;
	}
	if (!array_reserve((void **)&profile->labels, &profile->cap_labels,
			   profile->n_labels + key->n, sizeof(*profile->labels)))
		return false;
	memcpy(profile->labels + profile->n_labels, key->labels,
	       key->n * sizeof(*profile->labels));
	return true;
}

uint32_t profile_label_set(struct profile *profile, const struct profile_label *labels,
			   size_t n)
{
	struct labels_key key = { labels, n };
	uint64_t hash = n;
	uint32_t id;

	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++) {
		hash = hash_pair(hash, (uint64_t)labels[i].key << 32 | labels[i].text);
		hash = hash_pair(hash ^ labels[i].unit, (uint64_t)labels[i].number);
	}
	id = map_find(&profile->label_map, hash, labels_equal, profile, &key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_label_sets;
	if (!ids_left(profile->n_label_sets) || !ids_left(profile->n_labels + n) ||
	    !array_grow(profile->label_sets, profile->n_label_sets, profile->cap_label_sets) ||
	    !store_labels(profile, &key) || !map_insert(&profile->label_map, hash, id))
		return PROFILE_NONE;
	profile->label_sets[profile->n_label_sets++] =
		(struct profile_label_set){ (uint32_t)profile->n_labels, (uint32_t)n };
	profile->n_labels += n;
	return id;
}

static bool mapping_equal(const void *entries, uint32_t index, const void *key)
{
	const struct profile_mapping *m = (const struct profile_mapping *)entries + index;
	const struct profile_mapping *k = key;

	return m->start == k->start && m->limit == k->limit && m->offset == k->offset &&
	       m->file == k->file && m->build_id == k->build_id;
}

uint32_t profile_mapping(struct profile *profile, const struct profile_mapping *mapping)
{
	uint64_t hash = hash_pair(hash_pair(mapping->start, mapping->limit ^ mapping->offset),
				  (uint64_t)mapping->file << 32 | mapping->build_id);
	uint32_t id;

	if (mapping->file >= profile->n_strings || mapping->build_id >= profile->n_strings)
		return PROFILE_NONE;
	id = map_find(&profile->mapping_map, hash, mapping_equal, profile->mappings, mapping);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_mappings;
	if (!ids_left(profile->n_mappings) ||
	    !array_grow(profile->mappings, profile->n_mappings, profile->cap_mappings) ||
	    !map_insert(&profile->mapping_map, hash, id))
		return PROFILE_NONE;
	profile->mappings[profile->n_mappings++] = *mapping;
	return id;
}

uint32_t profile_sample(struct profile *profile, const struct profile_sample *key)
{
	uint64_t hash = sample_hash(key);
	size_t metrics = profile->n_metrics;
	uint32_t id;

	if (key->node >= profile->n_nodes || key->labels >= profile->n_label_sets ||
	    (key->thread >= profile->n_threads && key->thread != PROFILE_NONE) ||
	    (profile->shrunk && !grow_again(profile)))
		return PROFILE_NONE;
	id = map_find(&profile->sample_map, hash, sample_equal, profile->samples, key);
	if (id != MAP_NONE)
		return id;
	id = (uint32_t)profile->n_samples;
	if (!ids_left(profile->n_samples) ||
	    !array_grow(profile->samples, profile->n_samples, profile->cap_samples) ||
	    !array_reserve((void **)&profile->values, &profile->cap_values,
			   (profile->n_samples + 1) * metrics, sizeof(*profile->values)) ||
	    (profile->watched &&
	     !array_grow(profile->next_touched, profile->n_samples, profile->cap_touched)) ||
	    !map_insert(&profile->sample_map, hash, id))
		return PROFILE_NONE;
	memset(profile->values + id * metrics, 0, metrics * sizeof(*profile->values));
	if (profile->watched)
		profile->next_touched[id] = PROFILE_NONE;
	profile->samples[profile->n_samples++] = *key;
	return id;
}
