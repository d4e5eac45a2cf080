/* SPDX-License-Identifier: MIT */
/*
 * The script's files, in the order in which they need each other, become one script. They
 * are found through -I (the build) or the assembler's own search path.
 */
	.macro	begin name
	.globl	\name
	.hidden	\name
	.type	\name, %object
\name:
	.endm

	.macro	end name
	begin	\name\()_end
	.size	\name, . - \name
	.endm

	.section .rodata
	begin	asset_css
	.incbin	"flame.css"
	end	asset_css

	begin	asset_js
	.incbin	"flame-text.js"
	.incbin	"flame-data.js"
	.incbin	"flame-filter.js"
	.incbin	"flame-view.js"
	.incbin	"flame-layout.js"
	.incbin	"flame-search.js"
	.incbin	"flame-paint.js"
	.incbin	"flame-chart.js"
	.incbin	"flame-colors.js"
	.incbin	"flame-export.js"
	.incbin	"flame-state.js"
	.incbin	"flame-tools.js"
	.incbin	"flame-panel.js"
	.incbin	"flame-keys.js"
	.incbin	"flame.js"
	end	asset_js

	begin	asset_diff_css
	.incbin	"flame-diff.css"
	end	asset_diff_css

	begin	asset_diff_js
	.incbin	"flame-diff-data.js"
	.incbin	"flame-diff-view.js"
	.incbin	"flame-diff-chart.js"
	.incbin	"flame-diff-text.js"
	.incbin	"flame-diff-colors.js"
	.incbin	"flame-diff-tools.js"
	.incbin	"flame-diff-panel.js"
	.incbin	"flame-diff.js"
	end	asset_diff_js

	begin	asset_open_js
	.incbin	"flame-open.js"
	end	asset_open_js

	begin	asset_heat_css
	.incbin	"heat.css"
	end	asset_heat_css

	begin	asset_heat_js
	.incbin	"flame-text.js"
	.incbin	"heat-data.js"
	.incbin	"heat-source.js"
	.incbin	"heat.js"
	end	asset_heat_js

	.section .note.GNU-stack,"",%progbits
