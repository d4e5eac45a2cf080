/* SPDX-License-Identifier: MIT */
#include "target/process_table.h"

#include <errno.h>
#include <string.h>

#include "base/array.h"

bool pid_queue_add(struct pid_queue *queue, pid_t pid)
{
	if (queue->next == queue->n)
		queue->next = queue->n = 0;
	if (!array_grow(queue->pids, queue->n, queue->cap)) {
		errno = ENOMEM;
		return false;
	}
	queue->pids[queue->n++] = pid;
	return true;
}

/* Index of the first entry whose number is not below `pid`. */
static size_t position(const struct process_table *table, pid_t pid)
{
	size_t low = 0, high = table->n;

	/* Most numbers asked for are new, and new numbers are mostly the highest. */
	if (high && table->entries[high - 1].process.pid < pid)
		return high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (table->entries[middle].process.pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct process_entry *process_entry_find(const struct process_table *table, pid_t pid)
{
	size_t at = position(table, pid);

	return at < table->n && table->entries[at].process.pid == pid ? &table->entries[at] : NULL;
}

struct process_entry *process_entry_add(struct process_table *table,
					const struct process_entry *entry)
{
	size_t at = position(table, entry->process.pid);
	struct process_entry *place;

	if (!array_grow(table->entries, table->n, table->cap)) {
		errno = ENOMEM;
		return NULL;
	}
	place = table->entries + at;
	memmove(place + 1, place, (table->n - at) * sizeof(*place));
	*place = *entry;
	table->n++;
	return place;
}

void process_entry_drop(struct process_table *table, struct process_entry *entry)
{
	size_t behind = (size_t)(table->entries + table->n - (entry + 1));

	memmove(entry, entry + 1, behind * sizeof(*entry));
	table->n--;
}

void process_entries_keep(struct process_table *table, uint32_t round)
{
	size_t n = 0;

	for (size_t i = 0; i < table->n; i++) {
		if (table->entries[i].round == round)
			table->entries[n++] = table->entries[i];
	}
	table->n = n;
}
