/* SPDX-License-Identifier: MIT */
/* The styles and scripts of the pages, embedded by assets.S as they are. */
#ifndef PYPROF_RENDER_ASSETS_H
#define PYPROF_RENDER_ASSETS_H

/* Not NUL-terminated: each ends where its _end begins. Neither holds "]]>". */
extern const char asset_css[], asset_css_end[];
extern const char asset_js[], asset_js_end[];
/* What the page of a diff has more, behind these; and what begins either page, the very last. */
extern const char asset_diff_css[], asset_diff_css_end[];
extern const char asset_diff_js[], asset_diff_js_end[];
extern const char asset_open_js[], asset_open_js_end[];
/* Of the heat map; neither holds an "</". */
extern const char asset_heat_css[], asset_heat_css_end[];
extern const char asset_heat_js[], asset_heat_js_end[];

#endif
