/* SPDX-License-Identifier: MIT */
/* What a struct tui holds; private to tui/. Each pane has its own part, and draws from nothing else. */
#ifndef PYPROF_TUI_STATE_H
#define PYPROF_TUI_STATE_H

#include "tui/history.h"
#include "tui/layout.h"
#include "tui/prompt.h"
#include "tui/put.h"
#include "tui/save.h"
#include "tui/table.h"
#include "tui/tui.h"

enum pane_id {
	PANE_ROWS = 0, /* functions, or lines */
	PANE_CALLS,    /* callers and callees of one */
	PANE_THREADS,
	PANE_PROCESSES,
	PANE_FLAME,
	N_PANES,
};

#define METRICS_MAX 16
#define ZOOM_MAX    64
#define MESSAGE_MAX 300

/* Rows of the library's, as a pane has asked for them. */
struct rows {
	struct pyprof_live_row *rows;
	size_t n, of, cap;
};

struct rows_pane {
	struct rows rows;
	struct cursor cursor;
	uint32_t id; /* the cursor's row, which it stays on; PYPROF_LIVE_ANY: on its place */
};

struct zoom {
	uint32_t id;
	struct pyprof_live_row row; /* as it was last seen; its names are the recorder's */
};

struct calls_pane {
	struct zoom zooms[ZOOM_MAX]; /* the last one is shown */
	size_t n_zooms;
	struct rows callers, callees;
	struct cursor cursor; /* through callers, then callees */
	uint32_t id;	      /* as above */
	bool id_is_callee;
	int callers_lines, callees_lines, callees_y; /* as drawn last */
};

struct threads_pane {
	struct pyprof_live_thread *threads;
	size_t n, of, cap;
	struct cursor cursor;
	uint32_t id;
	int sort; /* column 1 to 5 */
	bool reverse;
};

struct flame_pane {
	struct pyprof_live_box *boxes;
	size_t n, cap;
	uint64_t whole;
	size_t at; /* the selected box */
	uint32_t top; /* the depth that is drawn first */
	bool moved;
	struct zoom zooms[ZOOM_MAX];
	size_t n_zooms;
};

struct head {
	struct history cpu, gil, memory, threads, own;
	double cpu_now, gil_now, own_now; /* shares of a CPU, or of the time */
	uint64_t sampled_ns;		  /* when; 0: not yet */
	uint64_t cpu_ns, own_ns, elapsed_ns;
	struct pyprof_load load;
	struct pyprof_stats stats;
};

struct tui {
	struct tui_opts opts;
	struct pyprof_recorder *recorder;
	struct pyprof_live *live;
	struct pyprof_error err; /* what has ended it */

	/* what is asked for */
	struct pyprof_live_query query;
	const char *metrics[METRICS_MAX]; /* that `m` goes through; NULL: samples */
	char metrics_text[256];
	size_t n_metrics, metric;
	char filter[PROMPT_MAX];
	char thread_name[64], process_name[64]; /* of the query's, for the title */
	int sort; /* column 1 to 5 */
	bool all; /* percents are since the beginning, not of the last second */
	bool of_seen; /* percents are of what was seen, not of the time */
	uint64_t every_ns;

	/* of the last update: how long the spans are, and what was seen in them */
	uint64_t span_ns[PYPROF_N_SPANS], span_ticks[PYPROF_N_SPANS];
	uint64_t whole[PYPROF_N_SPANS]; /* in the query's metric */
	uint64_t reset_ns, reset_ticks; /* where "since start" starts */

	/* what is shown */
	enum pane_id pane, pane_before; /* before: where Back leads from threads, flame… */
	bool frozen, help;
	size_t help_top;
	bool over; /* the recording has ended… */
	enum pyprof_end end; /* …because of this */
	int exit_code, exit_status; /* CLD_* and what it is of, as of waitid(2); 0: not known */
	bool quit; /* q was pressed */
	struct prompt prompt;
	struct save save;
	char message[MESSAGE_MAX];
	enum style message_style;
	uint64_t message_until;

	uint64_t update_due, draw_due;
	bool dirty; /* to be drawn anew */
	bool stale; /* the pane has to ask again */

	struct head head;
	struct rows_pane rows;
	struct calls_pane calls;
	struct threads_pane threads, processes;
	struct flame_pane flame;
};

/* Commands of keys (tui/keys.h), and what a pane knows to do. */
enum command;

struct pane {
	const char *name;
	/* Asks the library for what is to be drawn in so many lines. Errors: NOMEM, USAGE. */
	enum pyprof_status (*load)(struct tui *tui, const struct area *area,
				   struct pyprof_error *err);
	void (*draw)(struct tui *tui, const struct area *area);
	/* Does what is its own of a command; false where nothing is. */
	bool (*act)(struct tui *tui, enum command command, const struct area *area);
	void (*click)(struct tui *tui, const struct area *area, int y, int x);
};

extern const struct pane rows_pane, calls_pane, threads_pane, processes_pane, flame_pane;
const struct pane *tui_pane(const struct tui *tui);

/* Where things are now. */
struct layout tui_layout(const struct tui *tui);

/* ---- for panes -------------------------------------------------------------------- */

void tui_show(struct tui *tui, enum pane_id pane);
void tui_changed(struct tui *tui); /* what is asked for: the pane asks again */
void tui_say(struct tui *tui, enum style style, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The query, with `text` (the filter) or without. */
struct pyprof_live_query tui_query(const struct tui *tui, bool filtered);

/* 100% is this much, in the query's metric. */
double tui_base(const struct tui *tui, int span);

/* The span of the percents. */
int tui_span(const struct tui *tui);

/* Is the query's metric a time? */
bool tui_metric_is_time(const struct tui *tui);
const char *tui_metric_name(const struct tui *tui);

/* Makes `row` the one that callers and callees are shown of, and shows them. */
void calls_zoom(struct tui *tui, const struct pyprof_live_row *row);

/* Only this thread's, or process's, from now on; PYPROF_LIVE_ANY: all. */
void tui_set_thread(struct tui *tui, uint32_t id, const char *name);
void tui_set_process(struct tui *tui, uint32_t id, const char *name);

#endif
