/* SPDX-License-Identifier: MIT */
#include "render/svg.h"

#include "base/cleanup.h"
#include "render/assets.h"
#include "render/data.h"
#include "render/diff_scale.h"
#include "render/markup.h"
#include "render/notes.h"
#include "render/paint.h"
#include "render/palette.h"
#include "render/picture.h"
#include "render/text.h"

static void put_asset(FILE *out, const char *start, const char *end)
{
	fwrite(start, 1, (size_t)(end - start), out);
}

static bool put_document_title(FILE *out, const struct notes *notes)
{
	struct str visible = STR_INIT;
	bool done;

	text_visible(&visible, str_cstr(&notes->title), notes->title.len);
	fputs("<title>", out);
	markup_xml(out, str_cstr(&visible), visible.len);
	fputs("</title>\n", out);
	done = !visible.failed;
	str_deinit(&visible);
	return done;
}

/* What boxes are filled with that have no plain colour; its id is told beside the style's. */
static void put_hatch(FILE *out, const char *id, const char *class, const char *paper,
		      const char *line)
{
	fprintf(out,
		"<pattern id=\"%s\" width=\"6\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">"
		"<rect class=\"%s-paper\" fill=\"%s\" width=\"6\" height=\"6\"/>"
		"<rect class=\"%s-line\" fill=\"%s\" width=\"2\" height=\"6\"/>"
		"</pattern>",
		id, class, paper, class, line);
}

static bool put_head(FILE *out, const struct svg *svg, unsigned height)
{
	bool done;

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", out);
	fprintf(out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" "
		"viewBox=\"0 0 %d %u\">\n",
		PICTURE_WIDTH, height, PICTURE_WIDTH, height);
	done = put_document_title(out, svg->notes);
	fputs("<style><![CDATA[\n", out);
	palette_css(out);
	if (svg->diff)
		diff_css(out);
	put_asset(out, asset_css, asset_css_end);
	if (svg->diff)
		put_asset(out, asset_diff_css, asset_diff_css_end);
	fputs("]]></style>\n", out);
	fputs("<defs>", out);
	put_hatch(out, "hatch", "hatch", "#e6e6e6", "#c4c4c4");
	if (svg->diff)
		put_hatch(out, "ghosts", "ghost", DIFF_GHOST_PAPER, DIFF_GHOST_LINE);
	fputs("</defs>\n", out);
	return done;
}

static enum pyprof_status put_picture(FILE *out, const struct svg *svg, struct pyprof_error *err)
{
	struct picture *picture;
	enum pyprof_status status = picture_create(&picture, svg->view, svg->paint, svg->notes,
						   svg->look, err);

	if (status)
		return status;
	if (put_head(out, svg, picture_height(picture))) {
		fputs("<g id=\"picture\">\n", out);
		status = picture_write(picture, out, err);
		fputs("</g>\n", out);
	} else {
		status = error_nomem(err);
	}
	picture_destroy(picture);
	return status;
}

/*
 * What the script builds its views of: stacks by line, with all metrics. Mostly that is what the
 * picture shows anyway; else *made is a view of the caller's to destroy.
 */
static enum pyprof_status whole_view(const struct profile *profile, const struct view *view,
				     const struct view **whole, struct view **made,
				     struct pyprof_error *err)
{
	struct view_opts opts = *view_opts(view);
	bool same = !opts.by_process && !opts.by_thread && !opts.by_function &&
		    (opts.all_metrics || profile->n_metrics == 1);
	enum pyprof_status status = PYPROF_OK;

	*made = NULL;
	if (!same) {
		opts.by_process = opts.by_thread = opts.by_function = false;
		opts.all_metrics = true;
		status = view_create(made, profile, &opts, err);
	}
	*whole = same ? view : *made;
	return status;
}

static enum pyprof_status put_data(FILE *out, const struct svg *svg, struct pyprof_error *err)
{
	const struct view *whole;
	struct view *made;
	enum pyprof_status status = whole_view(svg->profile, svg->view, &whole, &made, err);

	if (!status) {
		fputs("<metadata id=\"pyprof-data\">", out);
		status = data_write(out, whole, svg->paint, svg->notes, view_opts(svg->view), svg->diff,
				    err);
		fputs("</metadata>\n", out);
	}
	view_destroy(made);
	return status;
}

enum pyprof_status svg_write(FILE *out, const struct svg *svg, struct pyprof_error *err)
{
	enum pyprof_status status = put_picture(out, svg, err);

	if (!status)
		status = put_data(out, svg, err);
	if (status)
		return status;
	fputs("<script><![CDATA[\n", out);
	put_asset(out, asset_js, asset_js_end);
	if (svg->diff)
		put_asset(out, asset_diff_js, asset_diff_js_end);
	put_asset(out, asset_open_js, asset_open_js_end);
	fputs("]]></script>\n</svg>\n", out);
	return PYPROF_OK;
}

static enum pyprof_status write_svg(const struct format_input *input, FILE *out,
				    struct pyprof_error *err)
{
	const struct profile *profile = input->profile;
	const struct view *view = input->view;
	_cleanup_(notes_deinit) struct notes notes = { 0 };
	_cleanup_(paint_deinit) struct paint paint = { 0 };
	const struct svg svg = {
		.profile = profile, .view = view, .paint = &paint, .notes = &notes
	};
	enum pyprof_status status;
	size_t n;

	status = notes_init(&notes, profile, view_opts(view)->metric,
			    view_nodes(view, &n)[0].total, err);
	if (!status)
		status = paint_init(&paint, profile, err);
	return status ? status : svg_write(out, &svg, err);
}

static const char *const endings[] = { ".svg", NULL };

const struct format format_svg = {
	.name = "svg",
	.also = "flamegraph",
	.description = "a flame graph to open in a browser",
	.endings = endings,
	.whole = true,
	.write = write_svg,
};
