/* SPDX-License-Identifier: MIT */
/* One file of the heat map: its lines with what they are worth, and the strip beside them. */
'use strict';

/* A line is not read further than this. */
const LONGEST_LINE = 2000;

/* Rows that are laid out together, and how high one is (heat.css). */
const BLOCK_ROWS = 200, ROW_HEIGHT = 18;

/* An element with attributes and children, which are elements or text. */
function heatElement(name, attributes, ...children) {
	const element = document.createElement(name);

	for (const [key, value] of Object.entries(attributes || {}))
		element.setAttribute(key, value);
	element.append(...children);
	return element;
}

/* Tabs stay, for what is below each other to stay so. */
function heatVisible(text) {
	const cut = head(text, LONGEST_LINE);

	/* Most lines are plain. */
	if (cut === text && /^[\t\x20-\x7e]*$/.test(text))
		return text;
	const shown = cut.split('\t').map(visible).join('\t');

	return cut === text ? shown :
		shown + ' \u2026 ' + formatCount(text.length - cut.length) + ' more';
}

/* A value in its column, where a count needs no unit. */
function heatAmount(value, metric) {
	return metric.unit === 'count' ? formatCount(value) : formatValue(value, metric);
}

class HeatSource {
	constructor(data, file) {
		this.data = data;
		this.file = file;
		this.rows = new Map(); /* by line, those with a value */
		this.list = []; /* all, from the first */
		this.root = heatElement('div', { class: 'source', tabindex: '0', role: 'table',
			'aria-label': 'Lines of ' + (visible(file.name) || 'no file') });
		this.strip = heatElement('div', { class: 'strip', 'aria-hidden': 'true',
			title: 'Hot lines of the file' });
		this.build();
		this.color();
		this.strip.addEventListener('click', event => this.jumpTo(event));
	}

	/* Rows of [number, text, line or undefined]. */
	content() {
		const known = new Map(this.file.lines.map(line => [line[LINE_NUMBER], line]));
		const rows = [];
		const seen = line => [line[LINE_NUMBER] || '', line[LINE_SOURCE] !== undefined ?
			line[LINE_SOURCE] : '', line, 'in ' + (visible(line[LINE_FUNCTION]) || '?')];

		if (this.file.text === undefined)
			return this.file.lines.map(line => this.file.state === FILE_NONE ?
				['', line[LINE_FUNCTION], line] : seen(line));
		const texts = this.file.text.split(/\r\n|\n|\r/);
		if (texts[texts.length - 1] === '')
			texts.pop();
		if (known.has(0))
			rows.push(['', '', known.get(0), 'line unknown']);
		texts.forEach((text, i) => rows.push([i + 1, text, known.get(i + 1)]));
		for (const line of this.file.lines)
			if (line[LINE_NUMBER] > texts.length)
				rows.push([line[LINE_NUMBER], '', line, 'not in the file any more']);
		return rows;
	}

	build() {
		const rows = this.content();

		rows.forEach(([number, text, line, note], i) => {
			const code = heatElement('code', { role: 'cell' }, heatVisible(text));
			const row = heatElement('div', { class: 'row', role: 'row' },
				heatElement('span', { class: 'number', role: 'rowheader' }, String(number)));

			if (note)
				code.append(heatElement('i', {}, (text ? '  ' : '') + note));
			if (line) {
				const cells = ['self', 'share', 'total', 'share'].map(kind =>
					heatElement('span', { class: kind, role: 'cell' }));

				row.append(...cells);
				row.classList.add('known');
				row.tabIndex = -1;
				row.title = 'in ' + visible(line[LINE_FUNCTION]);
				this.rows.set(line, { row, cells, at: i / rows.length });
			}
			row.append(code);
			this.list.push(row);
		});
		for (let i = 0; i < rows.length; i += BLOCK_ROWS) {
			const part = this.list.slice(i, i + BLOCK_ROWS);
			const block = heatElement('div', { class: 'block', role: 'rowgroup' }, ...part);

			block.style.setProperty('--height', part.length * ROW_HEIGHT + 'px');
			this.root.append(block);
		}
	}

	/* Figures and colours of the metric shown. */
	color() {
		const { data } = this;
		const metric = data.metrics[data.metric];
		const marks = [];

		for (const [line, { row, cells, at }] of this.rows) {
			[data.self(line), data.total(line)].forEach((value, i) => {
				cells[2 * i].textContent = value ? heatAmount(value, metric) : '';
				cells[2 * i + 1].textContent = value ? formatPercent(value, data.all()) : '';
			});
			const heat = data.heat(line);
			row.style.setProperty('--heat', (heat * 100).toFixed(1) + '%');
			if (heat > 0) {
				const mark = heatElement('div', { class: 'mark' });

				mark.style.setProperty('--heat', (heat * 100).toFixed(1) + '%');
				mark.style.top = (at * 100).toFixed(3) + '%';
				marks.push([heat, mark]);
			}
		}
		/* The hottest on top of those that they share a place with. */
		this.strip.replaceChildren(...marks.sort((a, b) => a[0] - b[0]).map(([, mark]) => mark));
		this.hot = data.hotLines(this.file);
	}

	/* The line at which the reader is; null: none yet. */
	show(line, how) {
		const found = this.rows.get(line);

		if (this.current)
			this.current.row.classList.remove('current');
		this.current = found;
		this.line = line;
		if (!found)
			return;
		found.row.classList.add('current');
		found.row.scrollIntoView({ block: 'center', inline: 'nearest' });
		if (how !== 'quiet')
			found.row.focus({ preventScroll: true });
	}

	/* The next hot line behind (or before) the reader's; round at the end. */
	step(forward) {
		const { hot } = this;
		const at = this.line ? this.line[LINE_NUMBER] : forward ? -1 : Infinity;
		const next = forward ? hot.find(line => line[LINE_NUMBER] > at) || hot[0] :
			hot.findLast(line => line[LINE_NUMBER] < at) || hot[hot.length - 1];

		/* Functions of no file have no numbers: they go by their order. */
		if (this.file.state === FILE_NONE && hot.length) {
			const i = hot.indexOf(this.line) + (forward ? 1 : -1);

			return hot[(i + hot.length) % hot.length];
		}
		return next;
	}

	jumpTo(event) {
		const place = this.strip.getBoundingClientRect();
		const at = (event.clientY - place.top) / place.height;
		const row = this.list[Math.floor(at * this.list.length)];

		if (row)
			row.scrollIntoView({ block: 'center' });
	}
}
