/* SPDX-License-Identifier: MIT */
#include "render/picture.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "render/fold.h"
#include "render/markup.h"
#include "render/amount.h"
#include "render/palette.h"
#include "render/paragraph.h"
#include "render/text.h"

/* Positions are in hundredths of a pixel, so that they add up and need no float. */
#define PX 100u

enum {
	MARGIN = 12,
	GRAPH_WIDTH = PICTURE_WIDTH - 2 * MARGIN,
	GRAPH_TOP = 64,
	ROW = 17,
	BOX_HEIGHT = 16,
	BAR_HEIGHT = 2, /* of a picture_fill */
	EMPTY_HEIGHT = 80, /* of the graph that has no boxes */
	LINE = 16,	   /* of the notes */
	PADDING = 3,	   /* between a box's edge and its text */
	MIN_COLUMNS = 3,   /* shorter texts say nothing */
};

/* Advance of a column, in hundredths: 0.6 em, as most monospace fonts have it. */
#define BOX_FONT     11
#define BOX_COLUMN   660u
#define TITLE_FONT   15
#define TITLE_COLUMN 900u

#define INK "#1f1f1f"

struct picture {
	const struct view *view;
	const struct paint *paint;
	const struct notes *notes;
	const struct picture_look *look; /* NULL: none */
	struct fold fold;
	struct paragraph words; /* the notes, in lines that fit */
	struct str scratch, label, name;
};

struct px {
	char text[32];
};

static struct px px(uint64_t hundredths)
{
	struct px p;

	snprintf(p.text, sizeof(p.text), "%" PRIu64 ".%02u", hundredths / PX,
		 (unsigned)(hundredths % PX));
	return p;
}

static unsigned graph_height(const struct picture *picture)
{
	return picture->notes->total ? picture->fold.levels * ROW : EMPTY_HEIGHT;
}

unsigned picture_height(const struct picture *picture)
{
	return GRAPH_TOP + graph_height(picture) + 2 * LINE +
	       (unsigned)picture->words.n * LINE + MARGIN;
}

/* ---- words --------------------------------------------------------------------- */

/*
 * Begins a line of `len` bytes of visible text, pressed into `columns` that are `column`
 * hundredths wide each. Where a glyph may be of another width than its columns, glyphs are
 * pressed, not only the spaces between them.
 */
static void open_text(FILE *out, const char *class, uint64_t x, uint64_t y, uint64_t column,
		      size_t columns, size_t len)
{
	fputs("<text stroke=\"none\"", out);
	if (class)
		fprintf(out, " class=\"%s\"", class);
	if (columns != len)
		fputs(" lengthAdjust=\"spacingAndGlyphs\"", out);
	fprintf(out, " x=\"%s\" y=\"%s\" textLength=\"%s\">", px(x).text, px(y).text,
		px(columns * column).text);
}

static void put_text(FILE *out, const char *class, uint64_t x, uint64_t y, uint64_t column,
		     const struct str *visible, size_t columns)
{
	open_text(out, class, x, y, column, columns, visible->len);
	markup_xml(out, str_cstr(visible), visible->len);
	fputs("</text>\n", out);
}

/* Raw text, made visible and cut to the picture's width. */
static void put_heading(struct picture *picture, FILE *out, const char *class,
			unsigned baseline, uint64_t column, const struct str *text)
{
	struct str *visible = &picture->scratch, *cut = &picture->label;
	size_t columns;

	str_clear(visible);
	str_clear(cut);
	text_visible(visible, str_cstr(text), text->len);
	columns = text_fit(cut, str_cstr(visible), visible->len, GRAPH_WIDTH * PX / column);
	put_text(out, class, MARGIN * PX, baseline * PX, column, cut, columns);
}

static void put_title(struct picture *picture, FILE *out)
{
	fprintf(out, "<g font-size=\"%d\" font-weight=\"bold\">\n", TITLE_FONT);
	put_heading(picture, out, "title", 26, TITLE_COLUMN, &picture->notes->title);
	fputs("</g>\n", out);
	put_heading(picture, out, "dim", 46, BOX_COLUMN, &picture->notes->subtitle);
}

/* ---- boxes ----------------------------------------------------------------------- */

/* The frame's whole text, or what a gathering box stands for. */
static void describe_box(const struct picture *picture, const struct fold_box *box,
			 struct str *out)
{
	const char *text;
	size_t n, len;

	if (box->more) {
		str_add_cstr(out, "\xe2\x80\xa6 ");
		amount_count(out, box->more);
		str_add_cstr(out, " more");
	} else if (box->node == 0) {
		str_add_cstr(out, "all");
	} else {
		text = view_text(picture->view, view_nodes(picture->view, &n)[box->node].text,
				 &len);
		text_visible(out, text, len);
	}
}

static struct picture_fill fill_of_color(unsigned color)
{
	struct picture_fill fill = {
		.fill = color == PALETTE_TRUNCATED ? "url(#hatch)" : palette_light(color)
	};

	snprintf(fill.class, sizeof(fill.class), "c%u", color);
	return fill;
}

static struct picture_fill box_fill(const struct picture *picture, const struct fold_box *box)
{
	size_t n;

	if (picture->look)
		return picture->look->fill(picture->look->arg,
					   (size_t)(box - picture->fold.boxes));
	if (box->more)
		return fill_of_color(PALETTE_MORE);
	return fill_of_color(paint_text(picture->paint, picture->view,
					view_nodes(picture->view, &n)[box->node].text));
}

static void add_value(const struct picture *picture, uint64_t weight, struct str *out)
{
	const struct profile_metric *metric = picture->notes->metric;

	if (picture->look)
		picture->look->value(picture->look->arg, weight, out);
	else
		amount_value(out, weight, metric->name, metric->unit);
}

static void tell_weight(const struct picture *picture, const struct fold_box *box,
			struct str *out)
{
	add_value(picture, box->weight, out);
	str_add_cstr(out, ", ");
	amount_percent(out, box->weight, picture->notes->total);
}

static void put_tooltip(struct picture *picture, FILE *out, const struct fold_box *box)
{
	struct str *label = &picture->label;

	fputs("<title>", out);
	markup_xml(out, str_cstr(&picture->scratch), picture->scratch.len);
	str_clear(label);
	if (picture->look)
		picture->look->tell(picture->look->arg, (size_t)(box - picture->fold.boxes), label);
	else
		tell_weight(picture, box, label);
	fputs("\n", out);
	markup_xml(out, str_cstr(label), label->len);
	fputs("</title>", out);
}

/* Where the name ends in the frame's visible text; the rest, its file, is set lighter. */
static size_t name_length(struct picture *picture, const struct fold_box *box)
{
	struct view_text parts;
	size_t n;

	parts = view_text_parts(picture->view, view_nodes(picture->view, &n)[box->node].text);
	if (box->more || box->node == 0 || parts.kind != VIEW_FUNCTION || !parts.has_file)
		return SIZE_MAX;
	str_clear(&picture->name);
	text_visible(&picture->name, parts.bytes, parts.name_len);
	return picture->name.len;
}

static void put_label(struct picture *picture, FILE *out, const struct fold_box *box,
		      uint64_t x, uint64_t y, size_t room)
{
	struct str *label = &picture->label;
	size_t columns, name = name_length(picture, box);

	str_clear(label);
	columns = text_fit(label, str_cstr(&picture->scratch), picture->scratch.len, room);
	if (!columns)
		return;
	open_text(out, NULL, x, y, BOX_COLUMN, columns, label->len);
	if (name < label->len && memcmp(label->data, picture->scratch.data, name) == 0) {
		markup_xml(out, label->data, name);
		fputs("<tspan class=\"where\" fill-opacity=\"" PALETTE_FAINT "\">", out);
		markup_xml(out, label->data + name, label->len - name);
		fputs("</tspan>", out);
	} else {
		markup_xml(out, label->data, label->len);
	}
	fputs("</text>", out);
}

static void put_rect(FILE *out, const struct picture_fill *fill, const char *x, const char *width,
		     uint64_t y)
{
	fprintf(out, "<rect class=\"%s\" fill=\"%s\"", fill->class, fill->fill);
	if (fill->edge)
		fprintf(out, " stroke=\"%s\" stroke-dasharray=\"3 2\"", fill->edge);
	fprintf(out, " x=\"%s\" y=\"%" PRIu64 "\" width=\"%s\" height=\"%d\"/>", x, y, width,
		BOX_HEIGHT);
	if (fill->bar)
		fprintf(out,
			"<rect class=\"new\" fill=\"%s\" stroke=\"none\" x=\"%s\" y=\"%" PRIu64
			"\" width=\"%s\" height=\"%d\"/>",
			fill->bar, x, y, width, BAR_HEIGHT);
}

static void put_box(struct picture *picture, FILE *out, const struct fold_box *box)
{
	const uint64_t width = GRAPH_WIDTH * PX, total = picture->notes->total;
	uint64_t x = amount_scale(box->start, width, total);
	uint64_t w = amount_scale(box->start + box->weight, width, total) - x;
	uint64_t y = GRAPH_TOP + (uint64_t)(picture->fold.levels - 1 - box->level) * ROW;
	uint64_t room = w > 2 * PADDING * PX ? (w - 2 * PADDING * PX) / BOX_COLUMN : 0;
	struct picture_fill fill = box_fill(picture, box);

	str_clear(&picture->scratch);
	describe_box(picture, box, &picture->scratch);
	fputs("<g>", out);
	put_tooltip(picture, out, box);
	put_rect(out, &fill, px(MARGIN * PX + x).text, px(w).text, y);
	if (room >= MIN_COLUMNS)
		put_label(picture, out, box, (MARGIN + PADDING) * PX + x, (y + 12) * PX, room);
	fputs("</g>\n", out);
}

static void put_graph(struct picture *picture, FILE *out)
{
	fputs("<g id=\"frames\" fill=\"" PALETTE_TEXT "\" stroke=\"#ffffff\" "
	      "stroke-width=\".5\" xml:space=\"preserve\">\n", out);
	for (size_t i = 0; i < picture->fold.n; i++)
		put_box(picture, out, &picture->fold.boxes[i]);
	fputs("</g>\n", out);
}

/* ---- the whole -------------------------------------------------------------------- */

static void put_swatch(FILE *out, unsigned x, unsigned y, const struct picture_fill *fill)
{
	fprintf(out, "<rect class=\"%s\" fill=\"%s\"", fill->class, fill->fill);
	if (fill->edge)
		fprintf(out, " stroke=\"%s\" stroke-dasharray=\"3 2\"", fill->edge);
	fprintf(out, " x=\"%u\" y=\"%u\" width=\"7\" height=\"11\"/>", x, y);
	if (fill->bar)
		fprintf(out,
			"<rect class=\"new\" fill=\"%s\" x=\"%u\" y=\"%u\" width=\"7\" "
			"height=\"%d\"/>",
			fill->bar, x, y, BAR_HEIGHT);
}

/* Gives where the next key begins. */
static unsigned put_key(struct picture *picture, FILE *out, const struct picture_key *key,
			unsigned x, unsigned baseline)
{
	struct str *label = &picture->label;

	for (size_t k = 0; k < key->n_fills; k++, x += 7)
		put_swatch(out, x, baseline - 9, &key->fills[k]);
	str_clear(label);
	str_add_cstr(label, key->text);
	put_text(out, "dim", (x + 6) * PX, baseline * PX, BOX_COLUMN, label, label->len);
	return x + 6 + (unsigned)(label->len * BOX_COLUMN / PX) + 20;
}

static void put_legend(struct picture *picture, FILE *out, unsigned baseline)
{
	unsigned x = MARGIN;

	for (size_t i = 0; picture->look && i < picture->look->n_keys; i++)
		x = put_key(picture, out, &picture->look->keys[i], x, baseline);
	for (size_t i = 0; !picture->look && i < PALETTE_KEYS; i++) {
		struct picture_key key = { .text = palette_keys[i].text,
					   .n_fills = PALETTE_KEY_COLORS };

		if (!paint_uses(picture->paint, i))
			continue;
		for (unsigned k = 0; k < PALETTE_KEY_COLORS; k++)
			key.fills[k] = fill_of_color(palette_keys[i].colors[k]);
		x = put_key(picture, out, &key, x, baseline);
	}
}

static void put_notes(struct picture *picture, FILE *out)
{
	unsigned y = GRAPH_TOP + graph_height(picture) + LINE;

	put_legend(picture, out, y);
	for (size_t i = 0; i < picture->words.n; i++) {
		const struct paragraph_line *line = &picture->words.lines[i];

		y += LINE;
		put_text(out, "dim", MARGIN * PX, (y + 6) * PX, BOX_COLUMN, &line->text,
			 line->columns);
	}
}

static void put_empty(struct picture *picture, FILE *out)
{
	struct str *label = &picture->label;

	str_clear(label);
	str_add(label, str_cstr(&picture->notes->empty), picture->notes->empty.len);
	put_text(out, NULL, MARGIN * PX, (GRAPH_TOP + EMPTY_HEIGHT / 2) * PX, BOX_COLUMN, label,
		 label->len);
}

enum pyprof_status picture_write(struct picture *picture, FILE *out,
				 struct pyprof_error *err)
{
	fprintf(out, "<rect class=\"paper\" fill=\"#ffffff\" width=\"%d\" height=\"%u\"/>\n",
		PICTURE_WIDTH, picture_height(picture));
	fprintf(out,
		"<g class=\"ink\" fill=\"%s\" font-size=\"%d\" font-family=\"%s\">\n",
		INK, BOX_FONT,
		"ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace");
	put_title(picture, out);
	if (picture->notes->total)
		put_graph(picture, out);
	else
		put_empty(picture, out);
	put_notes(picture, out);
	fputs("</g>\n", out);
	if (picture->scratch.failed || picture->label.failed || picture->name.failed)
		return error_nomem(err);
	return PYPROF_OK;
}

/* What the picture left out of the tree, in one more line of the notes. */
static void note_folded(struct picture *picture, struct str *out)
{
	const struct fold *fold = &picture->fold;

	if (!fold->folded_frames)
		return;
	str_add_cstr(out, "In this picture ");
	amount_of(out, fold->folded_frames, "frame is", "frames are");
	str_add_cstr(out, " folded away, ");
	if (!picture->look || picture->look->value) {
		add_value(picture, fold->folded_weight, out);
		str_add_cstr(out, " (");
	}
	amount_percent(out, fold->folded_weight, picture->notes->total);
	if (!picture->look || picture->look->value)
		str_add_cstr(out, ")");
	if (fold->all_levels > PICTURE_LEVELS) {
		str_add_cstr(out, ", among them all above level ");
		amount_count(out, PICTURE_LEVELS);
		str_add_cstr(out, " of ");
		amount_count(out, fold->all_levels);
	}
	str_add_cstr(out, "; opened in a browser it shows them all");
}

static enum pyprof_status lay_words(struct picture *picture, struct pyprof_error *err)
{
	const size_t columns = GRAPH_WIDTH * PX / BOX_COLUMN;
	struct str folded = STR_INIT;

	for (size_t i = 0; i < picture->notes->n; i++)
		paragraph_add(&picture->words, &picture->notes->lines[i], columns);
	note_folded(picture, &folded);
	if (folded.len)
		paragraph_add(&picture->words, &folded, columns);
	picture->words.failed |= folded.failed;
	str_deinit(&folded);
	return picture->words.failed ? error_nomem(err) : PYPROF_OK;
}

enum pyprof_status picture_create(struct picture **out, const struct view *view,
				  const struct paint *paint, const struct notes *notes,
				  const struct picture_look *look, struct pyprof_error *err)
{
	static const struct fold_limits limits = {
		.max_boxes = PICTURE_BOXES,
		.max_levels = PICTURE_LEVELS,
		.width = GRAPH_WIDTH * PX,
		.min_width = PX,
	};
	struct picture *picture = calloc(1, sizeof(*picture));
	enum pyprof_status status;
	size_t n;

	*out = NULL;
	if (!picture)
		return error_nomem(err);
	picture->view = view;
	picture->paint = paint;
	picture->notes = notes;
	picture->look = look;
	status = fold_init(&picture->fold, look ? look->nodes : view_nodes(view, &n), &limits, err);
	if (!status && look)
		status = look->placed(look->arg, &picture->fold, err);
	if (!status)
		status = lay_words(picture, err);
	if (status) {
		picture_destroy(picture);
		return status;
	}
	*out = picture;
	return PYPROF_OK;
}

void picture_destroy(struct picture *picture)
{
	if (!picture)
		return;
	fold_deinit(&picture->fold);
	paragraph_deinit(&picture->words);
	str_deinit(&picture->scratch);
	str_deinit(&picture->label);
	str_deinit(&picture->name);
	free(picture);
}
