/* SPDX-License-Identifier: MIT */
/* The heat map's data, and what is asked of it: the reader of what render/heat_data.h describes. */
'use strict';

/* States of a file. */
const FILE_FOUND = 0, FILE_NEWER = 1, FILE_NO_TEXT = 3, FILE_TOO_LARGE = 4, FILE_NONE = 5;

/* Parts of a line. */
const LINE_NUMBER = 0, LINE_SELF = 1, LINE_TOTAL = 2, LINE_FUNCTION = 3, LINE_SOURCE = 4;

/* Of the hottest line of its file, what makes a line one of those that keys jump to. */
const HOT_SHARE = 0.05;

class HeatData {
	constructor(data) {
		Object.assign(this, data);
		this.metric = data.shown;
		this.kind = LINE_SELF; /* what colours the lines, and sorts */
		this.hottest = 0;
		this.measure();
	}

	choose(metric, kind) {
		this.metric = metric;
		this.kind = kind;
		this.measure();
	}

	/* The value of the hottest line anywhere. */
	measure() {
		this.hottest = 0;
		for (const file of this.files)
			for (const line of file.lines)
				this.hottest = Math.max(this.hottest, line[this.kind][this.metric]);
	}

	all() {
		return this.metrics[this.metric].all;
	}

	self(line) {
		return line[LINE_SELF][this.metric];
	}

	total(line) {
		return line[LINE_TOTAL][this.metric];
	}

	/* How hot a line is, 0 to 1; a root, since most lines are far below the hottest. */
	heat(line) {
		return this.hottest ? Math.sqrt(line[this.kind][this.metric] / this.hottest) : 0;
	}

	/* Files or modules: those with a value, the largest first. */
	sorted(list) {
		const m = this.metric;
		const [first, second] = this.kind === LINE_SELF ? ['self', 'total'] : ['total', 'self'];

		return list.filter(item => item.total[m] > 0).sort((a, b) =>
			b[first][m] - a[first][m] || b[second][m] - a[second][m]);
	}

	/* The lines that keys jump to, by number. */
	hotLines(file) {
		const value = line => line[this.kind][this.metric];
		const most = file.lines.reduce((max, line) => Math.max(max, value(line)), 0);

		return file.lines.filter(line => most && value(line) >= most * HOT_SHARE);
	}

	hottestLine(file) {
		return this.hotLines(file).reduce((best, line) =>
			!best || line[this.kind][this.metric] > best[this.kind][this.metric] ? line : best, null);
	}
}

/* What is to be said of a file's text; '' where it is as it was. */
function heatFileNote(file) {
	switch (file.state) {
	case FILE_FOUND:
		return '';
	case FILE_NEWER:
		return 'Changed since the recording: the text is what it is now, so lines may have moved.';
	case FILE_NO_TEXT:
		return 'No source text: shown are the functions that were seen.';
	case FILE_TOO_LARGE:
		return 'Its text was left out, the page would be too large: shown are the lines seen.';
	case FILE_NONE:
		return 'Functions of which no file is known.';
	default:
		return 'The file could not be read: shown are the lines that were seen.';
	}
}
