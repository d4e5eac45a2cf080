/* SPDX-License-Identifier: MIT */
/* The style and the script of the flame graph, embedded by assets.S as they are. */
#ifndef PYPROF_RENDER_ASSETS_H
#define PYPROF_RENDER_ASSETS_H

/* Not NUL-terminated: each ends where its _end begins. Neither holds "]]>". */
extern const char asset_css[], asset_css_end[];
extern const char asset_js[], asset_js_end[];

#endif
