/* SPDX-License-Identifier: MIT */
#include "render/heatmap.h"

#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/cleanup.h"
#include "render/assets.h"
#include "render/heat_data.h"
#include "render/markup.h"
#include "render/text.h"

static void put_asset(FILE *out, const char *start, const char *end)
{
	fwrite(start, 1, (size_t)(end - start), out);
}

static bool put_title(FILE *out, const char *command)
{
	struct str visible = STR_INIT;
	bool done;

	if (command)
		text_visible(&visible, command, strlen(command));
	fputs("<title>Heat map", out);
	if (visible.len)
		fputs(" of ", out);
	markup_xml(out, str_cstr(&visible), visible.len);
	fputs("</title>\n", out);
	done = !visible.failed;
	str_deinit(&visible);
	return done;
}

static enum pyprof_status write_heatmap(const struct format_input *input, FILE *out,
					struct pyprof_error *err)
{
	uint64_t nonce[2];
	enum pyprof_status status;

	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		return error_set(err, PYPROF_ERR_IO, "the system gives no random number");
	fprintf(out,
		"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"script-src 'nonce-%016" PRIx64 "%016" PRIx64 "'; "
		"style-src 'nonce-%016" PRIx64 "%016" PRIx64 "'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width\">\n",
		nonce[0], nonce[1], nonce[0], nonce[1]);
	if (!put_title(out, input->profile->info.command))
		return error_nomem(err);
	fprintf(out, "<style nonce=\"%016" PRIx64 "%016" PRIx64 "\">\n", nonce[0], nonce[1]);
	put_asset(out, asset_heat_css, asset_heat_css_end);
	fputs("</style>\n</head>\n<body>\n"
	      "<noscript>This page shows source lines by heat, and needs its script for it."
	      "</noscript>\n"
	      "<script type=\"application/json\" id=\"pyprof-data\">",
	      out);
	status = heat_data_write(out, input, err);
	fprintf(out, "</script>\n<script nonce=\"%016" PRIx64 "%016" PRIx64 "\">\n", nonce[0],
		nonce[1]);
	put_asset(out, asset_heat_js, asset_heat_js_end);
	fputs("</script>\n</body>\n</html>\n", out);
	return status;
}

static const char *const endings[] = { ".html", ".htm", NULL };

const struct format format_heatmap = {
	.name = "heatmap",
	.also = "html",
	.description = "source lines by heat, a page for a browser",
	.endings = endings,
	.from_profile = true,
	.wants_sources = true,
	.write = write_heatmap,
};
