/* SPDX-License-Identifier: MIT */
/* The table behind processes.h, and looking at /proc for it. Private to it and to its tests. */
#ifndef PYPROF_TARGET_PROCESS_TABLE_H
#define PYPROF_TARGET_PROCESS_TABLE_H

#include "target/processes.h"

struct process_pattern;

struct process_entry {
	struct process process;
	pid_t session;
	uint32_t round;	      /* that of the listing that has seen it last */
	uint64_t test_ns;     /* when its command line is to be looked at again */
	uint16_t test_gap_ms; /* how long that was after the last time; 0: never looked at */
	bool young;	      /* it was not there when the table was begun */
	bool readable;	      /* else only the number is known */
	bool dead;	      /* a zombie */
	bool wanted;
	bool follows; /* what comes from it is wanted too */
	bool told;
};

/* Numbers in the order they came; what became of the processes is looked up in the entries. */
struct pid_queue {
	pid_t *pids;
	size_t next; /* the first that was not dealt with yet */
	size_t n, cap;
};

struct process_table {
	int proc_fd;
	int counter_fd; /* -1: /proc has to be listed */
	pid_t self;
	pid_t left_out; /* 0: none */

	struct process_entry *entries; /* ascending by PID */
	size_t n, cap;
	struct pid_queue fresh;	  /* first seen, and not yet judged */
	struct pid_queue parents; /* followed of late, and their children not yet looked for */
	struct pid_queue news;	  /* wanted, and not yet told */

	struct process_pattern *pattern; /* or NULL */
	bool pattern_follows;
	size_t test_at;	    /* where in the entries the tests of command lines go on */
	uint64_t tested_ns; /* when they were gone through last */

	bool looked;	    /* at least once */
	bool lost;	    /* the last look failed: something may have been missed */
	uint64_t looked_ns; /* when we looked last */
	pid_t counter;	    /* the number given last, as of then */
	/* Numbers above the first and up to the second are looked at once more, at that time. */
	pid_t settle_after, settle_last;
	uint64_t settle_ns;
	uint32_t round;	   /* number of the listing that is under way, or was the last */
	bool in_round;	   /* it is under way: the position of proc_fd is where it stands */
	uint64_t round_ns; /* when the next one, or the next part of it, is due */
};

bool pid_queue_add(struct pid_queue *queue, pid_t pid); /* false: errno ENOMEM */

/* The entry of `pid`, or NULL. Valid until one is added or dropped. */
struct process_entry *process_entry_find(const struct process_table *table, pid_t pid);

/* Adds one whose PID is not there yet; NULL: errno ENOMEM. */
struct process_entry *process_entry_add(struct process_table *table,
					const struct process_entry *entry);
void process_entry_drop(struct process_table *table, struct process_entry *entry);

/* Drops what the listing number `round` has not seen. */
void process_entries_keep(struct process_table *table, uint32_t round);

/* Looks at one process: adds its entry, or renews or drops it. False: errno. */
bool process_look_at(struct process_table *table, pid_t pid);

/* Is it time to look? */
bool process_look_due(const struct process_table *table, uint64_t now_ns);

/* Brings the entries up to date; new ones are added to `fresh`. False: errno. */
bool process_look(struct process_table *table, uint64_t now_ns);

#endif
