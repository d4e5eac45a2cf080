/* SPDX-License-Identifier: MIT */
/* The tree from the top down: a line a branch, thin ones folded. */
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "profile/view.h"
#include "render/amount.h"
#include "render/branches.h"
#include "render/report_parts.h"
#include "render/text.h"

#define SHARE_COLUMNS 7	   /* "100.00%" */
#define RAILS_ANY_WIDTH 100 /* levels drawn where the width is not bounded */
#define MODULES_NAMED 3	   /* of a run */
#define LEAST_PLACE 8	   /* columns that a place is worth showing in */

struct tree {
	const struct report *report;
	struct view *view;
	struct branches branches;
	struct branch_modules modules;
	bool *shown;
	uint64_t threshold;
	size_t value_columns;
	/* One character a level above the current branch: does something follow it there? */
	char *rails;
	size_t depth, cap_rails;
	uint64_t folded; /* branches that are not shown since they are thin… */
	uint64_t cut;	 /* …and since there are more than the limit */
};

/* ---- what is shown ------------------------------------------------------------- */

static int by_total(const void *a, const void *b, void *arg)
{
	const struct branch *all = arg;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (all[x].total != all[y].total)
		return all[x].total < all[y].total ? 1 : -1;
	return x < y ? -1 : x > y; /* callers first */
}

/* Of those that are thick enough the heaviest `limit`: a caller is never lighter. */
static bool keep_heaviest(struct tree *t, uint64_t limit)
{
	_cleanup_free_ uint32_t *order = calloc(t->branches.n + 1, sizeof(*order));
	size_t n = 0;

	if (!order)
		return false;
	for (uint32_t i = 1; i < t->branches.n; i++)
		if (t->shown[i])
			order[n++] = i;
	qsort_r(order, n, sizeof(*order), by_total, t->branches.all);
	for (size_t i = (size_t)limit; i < n; i++, t->cut++)
		t->shown[order[i]] = false;
	return true;
}

/* That part of the whole, and never more: doubles round, and 2^64 is no uint64_t. */
static uint64_t part_of(double share, uint64_t whole)
{
	double part = share * (double)whole;

	return part < (double)whole ? (uint64_t)part : whole;
}

static bool choose(struct tree *t)
{
	const struct report_opts *opts = t->report->opts;

	t->threshold = part_of(opts->min_share, opts->whole);
	t->shown = calloc(t->branches.n, sizeof(*t->shown));
	if (!t->shown)
		return false;
	t->shown[0] = true;
	for (size_t i = 1; i < t->branches.n; i++)
		t->shown[i] = t->branches.all[i].total && t->branches.all[i].total >= t->threshold;
	for (size_t i = 1; i < t->branches.n; i++)
		t->folded += !t->shown[i];
	return !opts->limit || opts->limit >= t->branches.n || keep_heaviest(t, opts->limit);
}

/* The first branch from `i` on, among siblings, that is shown. */
static uint32_t first_shown(const struct tree *t, uint32_t i)
{
	while (i != PROFILE_NONE && !t->shown[i])
		i = t->branches.all[i].next_sibling;
	return i;
}

/* Children that are not shown, and what they weigh together. */
static uint64_t folded_children(const struct tree *t, uint32_t branch, uint64_t *weight)
{
	uint64_t n = 0;

	*weight = 0;
	for (uint32_t i = t->branches.all[branch].first_child; i != PROFILE_NONE;
	     i = t->branches.all[i].next_sibling) {
		if (t->shown[i])
			continue;
		*weight = profile_add_saturating(*weight, t->branches.all[i].total);
		n++;
	}
	return n;
}

/* Is a line told for them? Not where all of them together are as thin as what is folded. */
static bool says_more(const struct tree *t, uint32_t branch)
{
	uint64_t weight, n = folded_children(t, branch, &weight);

	return n && weight >= t->threshold && weight;
}

/* ---- a line ---------------------------------------------------------------------- */

static void pad(struct str *line, size_t columns, size_t taken)
{
	for (; taken < columns; taken++)
		str_add_char(line, ' ');
}

static void add_right(struct str *line, size_t columns, const struct str *text)
{
	pad(line, columns, text->len);
	str_add(line, str_cstr(text), text->len);
}

/* "12.34%    1.23 s    0.42 s  ": total, and self where there is one. */
static void add_numbers(const struct tree *t, struct str *line, uint64_t total, uint64_t self)
{
	const struct report_opts *opts = t->report->opts;
	enum ink ink = opts->color ? ink_of_share(total, opts->whole) : INK_NONE;
	_cleanup_(str_deinit) struct str text = STR_INIT;

	ink_on(line, ink);
	scale_share(&text, total, opts->whole);
	add_right(line, SHARE_COLUMNS, &text);
	str_clear(&text);
	str_add_cstr(line, "  ");
	scale_value(&text, &t->report->scale, total);
	add_right(line, t->value_columns, &text);
	ink_off(line, ink);
	str_clear(&text);
	str_add_cstr(line, "  ");
	if (self)
		scale_value(&text, &t->report->scale, self);
	add_right(line, t->value_columns, &text);
	str_add_cstr(line, "  ");
	line->failed |= text.failed;
}

static size_t number_columns(const struct tree *t)
{
	return SHARE_COLUMNS + 2 + t->value_columns + 2 + t->value_columns + 2;
}

/* The lines of the tree itself; returns the columns taken. Of very many levels the last ones. */
static size_t add_rails(const struct tree *t, struct str *line, bool last)
{
	size_t width = t->report->opts->width, most = RAILS_ANY_WIDTH, from = 0, taken = 0;
	_cleanup_(str_deinit) struct str skipped = STR_INIT;

	if (!t->depth)
		return 0;
	if (width) /* half of what is left is for names */
		most = width > number_columns(t) + 16 ? (width - number_columns(t)) / 4 : 4;
	if (t->depth > most) {
		from = t->depth - most;
		str_printf(&skipped, "+%zu ", from);
		str_add(line, str_cstr(&skipped), skipped.len);
		taken = skipped.len;
		line->failed |= skipped.failed;
	}
	for (size_t i = from; i + 1 < t->depth; i++, taken += 2)
		str_add_cstr(line, t->rails[i] ? "\xe2\x94\x82 " : "  ");
	str_add_cstr(line, last ? "\xe2\x94\x94 " : "\xe2\x94\x9c ");
	return taken + 2;
}

/* A name in its ink and what follows it, dim, as far as the terminal is wide. */
static void add_texts(const struct tree *t, struct str *line, size_t taken, enum ink ink,
		      const struct str *name, const struct str *after)
{
	const struct report_opts *opts = t->report->opts;
	_cleanup_(str_deinit) struct str visible = STR_INIT;
	enum ink dim = opts->color ? INK_DIM : INK_NONE;
	size_t left = SIZE_MAX / 2;

	taken += number_columns(t);
	if (opts->width)
		left = opts->width > taken ? opts->width - taken : 0;
	if (!opts->color)
		ink = INK_NONE;
	text_visible(&visible, str_cstr(name), name->len);
	ink_on(line, ink);
	left -= text_fit(line, str_cstr(&visible), visible.len, left);
	ink_off(line, ink);
	if (after->len && left >= LEAST_PLACE + 2) {
		str_clear(&visible);
		text_visible(&visible, str_cstr(after), after->len);
		str_add_cstr(line, "  ");
		ink_on(line, dim);
		text_fit_end(line, str_cstr(&visible), visible.len, left - 2);
		ink_off(line, dim);
	}
	line->failed |= visible.failed || name->failed || after->failed;
}

static enum pyprof_status put_line(const struct tree *t, struct str *line,
				   struct pyprof_error *err)
{
	str_add_char(line, '\n');
	if (line->failed)
		return error_nomem(err);
	fwrite(line->data, 1, line->len, t->report->out);
	return PYPROF_OK;
}

/* "sqlalchemy, jinja2, …" and "41 library frames" */
static void run_texts(const struct tree *t, uint32_t branch, struct str *name,
		      struct str *after)
{
	size_t n;
	const struct branch_module *modules = branch_modules_of(&t->modules, branch, &n);

	for (size_t i = 0; i < n && i < MODULES_NAMED; i++) {
		str_add_cstr(name, i ? ", " : "");
		str_add(name, str_cstr(&t->modules.names) + modules[i].offset, modules[i].len);
	}
	if (n > MODULES_NAMED)
		str_add_cstr(name, ", \xe2\x80\xa6");
	amount_of(after, t->branches.all[branch].frames, "library frame", "library frames");
}

static void frame_texts(const struct tree *t, uint32_t branch, struct str *name,
			struct str *after)
{
	const struct report_opts *opts = t->report->opts;
	struct view_text text = view_text_parts(t->view, t->branches.all[branch].text);
	int32_t line = text.line;

	if (text.kind != VIEW_FUNCTION) {
		str_add(name, text.bytes, text.len);
		return;
	}
	str_add(name, text.bytes, text.name_len);
	if (!text.has_file)
		return;
	str_add(after, text.bytes + text.name_len + 2, text.file_len);
	if (!opts->by_line && text.function != PROFILE_NONE)
		line = t->report->profile->functions[text.function].start_line;
	if (line > 0)
		str_printf(after, ":%" PRId32, line);
}

static enum pyprof_status put_branch(const struct tree *t, uint32_t i, bool last,
				     struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str line = STR_INIT, name = STR_INIT, after = STR_INIT;
	const struct branch *b = &t->branches.all[i];
	size_t taken;

	add_numbers(t, &line, b->total, b->self);
	taken = add_rails(t, &line, last);
	if (b->run)
		run_texts(t, i, &name, &after);
	else
		frame_texts(t, i, &name, &after);
	add_texts(t, &line, taken, b->library ? INK_DIM : INK_NONE, &name, &after);
	return put_line(t, &line, err);
}

/* "7 more", the last below its branch. */
static enum pyprof_status put_more(const struct tree *t, uint32_t branch, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str line = STR_INIT, name = STR_INIT, after = STR_INIT;
	uint64_t weight, n = folded_children(t, branch, &weight);
	size_t taken;

	add_numbers(t, &line, weight, 0);
	taken = add_rails(t, &line, true);
	amount_count(&name, n);
	str_add_cstr(&name, " more");
	add_texts(t, &line, taken, INK_DIM, &name, &after);
	return put_line(t, &line, err);
}

/* ---- the walk ---------------------------------------------------------------------- */

/* Is nothing told behind branch `i` below its parent? */
static bool is_last(const struct tree *t, uint32_t i)
{
	const struct branch *b = &t->branches.all[i];

	return first_shown(t, b->next_sibling) == PROFILE_NONE && !says_more(t, b->parent);
}

/* Goes below `parent`: its children are drawn one level deeper. */
static bool descend(struct tree *t, uint32_t parent)
{
	if (!array_grow(t->rails, t->depth, t->cap_rails))
		return false;
	/* What the level above looks like from below. */
	if (t->depth)
		t->rails[t->depth - 1] = !is_last(t, parent);
	t->rails[t->depth++] = 0;
	return true;
}

/* Depth first, without recursion: stacks may be deeper than ours. */
static enum pyprof_status walk(struct tree *t, struct pyprof_error *err)
{
	enum pyprof_status status = PYPROF_OK;
	uint32_t parent = 0, at = first_shown(t, t->branches.all[0].first_child);

	while (!status) {
		while (at != PROFILE_NONE) {
			status = put_branch(t, at, is_last(t, at), err);
			if (!status && !descend(t, at))
				status = error_nomem(err);
			if (status)
				return status;
			parent = at;
			at = first_shown(t, t->branches.all[at].first_child);
		}
		if (says_more(t, parent))
			status = put_more(t, parent, err);
		if (!parent)
			break;
		t->depth--;
		at = first_shown(t, t->branches.all[parent].next_sibling);
		parent = t->branches.all[parent].parent;
	}
	return status;
}

static enum pyprof_status put_titles(const struct tree *t, struct pyprof_error *err)
{
	static const char *const titles[] = { "total", "self" };
	_cleanup_(str_deinit) struct str line = STR_INIT;
	enum ink ink = t->report->opts->color ? INK_DIM : INK_NONE;

	ink_on(&line, ink);
	pad(&line, SHARE_COLUMNS, 6);
	str_add_cstr(&line, "total%");
	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		pad(&line, t->value_columns + 2, strlen(titles[i]));
		str_add_cstr(&line, titles[i]);
	}
	ink_off(&line, ink);
	return put_line(t, &line, err);
}

static enum pyprof_status say_folded(const struct tree *t, struct pyprof_error *err)
{
	const struct report_opts *opts = t->report->opts;
	_cleanup_(str_deinit) struct str thin = STR_INIT, cut = STR_INIT;
	enum pyprof_status status = PYPROF_OK;

	if (t->folded) {
		amount_of(&thin, t->folded, "thin branch", "thin branches");
		str_printf(&thin, " %s folded, below %.4g%% (--min 0 shows all)",
			   t->folded == 1 ? "is" : "are", opts->min_share * 100);
		status = report_line(t->report, INK_DIM, &thin, err);
	}
	if (!status && t->cut) {
		amount_count(&cut, t->cut);
		str_printf(&cut, " more %s, not shown (-n 0 shows all)",
			   t->cut == 1 ? "branch" : "branches");
		status = report_line(t->report, INK_DIM, &cut, err);
	}
	return status;
}

static enum pyprof_status write_text(struct tree *t, struct pyprof_error *err)
{
	_cleanup_(str_deinit) struct str text = STR_INIT;
	enum pyprof_status status = report_head(t->report, err);

	scale_value(&text, &t->report->scale, t->branches.all[0].total);
	if (!status && text.failed)
		status = error_nomem(err);
	t->value_columns = text.len < 5 ? 5 : text.len;
	if (!status)
		status = put_titles(t, err);
	if (!status && t->branches.all[0].self) {
		_cleanup_(str_deinit) struct str line = STR_INIT, name = STR_INIT, none = STR_INIT;

		add_numbers(t, &line, t->branches.all[0].self, t->branches.all[0].self);
		str_add_cstr(&name, "(no Python frame)");
		add_texts(t, &line, 0, INK_DIM, &name, &none);
		status = put_line(t, &line, err);
	}
	if (!status)
		status = walk(t, err);
	return status ? status : say_folded(t, err);
}

/* ---- JSON: every frame of the view ------------------------------------------------- */

static void write_json_row(const struct tree *t, const struct view_node *node, uint32_t i)
{
	FILE *out = t->report->out;
	struct view_text text = view_text_parts(t->view, node->text);

	fprintf(out, "    {\"id\": %u, \"parent\": ", i);
	if (node->parent && node->parent != PROFILE_NONE)
		fprintf(out, "%u, ", node->parent);
	else
		fputs("null, ", out);
	if (!i)
		fputs("\"function\": null, \"file\": null, \"line\": null", out);
	else if (text.kind == VIEW_FUNCTION || text.kind == VIEW_TRUNCATED)
		report_json_frame(t->report, view_node_function(t->view, i), text.line);
	else
		report_json_text(t->report, "value", text.bytes, text.len);
	/* The root's total would be everything's: its row is of what has no frame. */
	fprintf(out, ", \"self\": %" PRIu64 ", \"total\": %" PRIu64 "}", node->self,
		i ? node->total : node->self);
}

static void write_json(const struct tree *t)
{
	FILE *out = t->report->out;
	size_t n;
	const struct view_node *nodes = view_nodes(t->view, &n);
	uint32_t first = nodes[0].self ? 0 : 1;

	report_json_begin(t->report, "tree");
	fprintf(out, "  \"rows_in_all\": %zu,\n  \"rows\": [", n - first);
	for (uint32_t i = first; i < n; i++) {
		fputs(i > first ? ",\n" : "\n", out);
		write_json_row(t, &nodes[i], i);
	}
	fputs("\n  ]", out);
	report_json_end(t->report);
}

enum pyprof_status report_tree(const struct report *report, struct pyprof_error *err)
{
	const struct report_opts *opts = report->opts;
	const struct view_opts view_opts = { .by_function = !opts->by_line,
					     .by_thread = opts->by_thread,
					     .by_process = opts->by_process,
					     .full_path = opts->full_path,
					     .metric = opts->metric };
	struct tree t = { .report = report };
	enum pyprof_status status = view_create(&t.view, report->profile, &view_opts, err);

	if (!status && opts->json) {
		write_json(&t);
	} else if (!status) {
		status = branches_init(&t.branches, t.view, report->profile, opts->every_frame,
				       err);
		if (!status && !choose(&t))
			status = error_nomem(err);
		if (!status)
			status = branch_modules_init(&t.modules, &t.branches, report->profile,
						     t.shown, err);
		if (!status)
			status = write_text(&t, err);
	}
	branch_modules_deinit(&t.modules);
	branches_deinit(&t.branches);
	free(t.shown);
	free(t.rails);
	view_destroy(t.view);
	return status;
}
