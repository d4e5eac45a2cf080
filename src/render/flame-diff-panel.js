/* SPDX-License-Identifier: MIT */
/* The panel of a diff: base, head and change of each figure, and whom a function may have been. */
'use strict';

/* What a function has on both sides, wherever it stands: {total, self} by side, lines. */
function weighBoth(profile, choices, fn) {
	const sides = SIDES.map(side => weighFunction(profile,
		{ ...choices, metric: profile.sideMetric(choices.metric, side) }, fn));
	const lines = new Map();

	sides.forEach((weights, side) => {
		for (const [frame, value] of weights.lines) {
			if (!lines.has(frame))
				lines.set(frame, [0, 0]);
			lines.get(frame)[side] = value;
		}
	});
	return { total: sides.map(weights => weights.total), self: sides.map(weights => weights.self),
		lines: [...lines] };
}

class DiffPanel extends Panel {
	show(box) {
		super.show(box);
		if (!this.root.hidden)
			this.root.append(...this.renames(!box));
	}

	weigh(fn) {
		return weighBoth(this.page.profile, this.page.choices, fn);
	}

	build(box) {
		const { profile } = this.page, { tree, node } = box, parts = super.build(box);
		const fn = box.frames ? -1 : profile.functionOfLabel(tree.label[node]);
		const rename = fn < 0 ? null : profile.renameOf(fn);

		if (!box.frames && (tree.isOnly(node, BASE) || tree.isOnly(node, HEAD)))
			parts.splice(1, 0, element('p', { class: 'only' }, diffLines(box)[0]));
		if (rename)
			parts.splice(1, 0, this.rename(rename));
		return parts;
	}

	/* A cell for each side's value, the change and, but of shares, its part of the base. */
	cells(tree, values) {
		const [base, made] = values.map((value, side) => tree.shown(value, side));
		const bare = value => tree.shares ? formatPercent(value, 1) :
			formatBare(value, tree.metric);
		const change = tree.shares ? formatPoints(made - base) :
			signed(made - base, bare(Math.abs(made - base)));
		const part = base === made ? '' : relativeText(base, made);

		return [bare(base), bare(made), change, part].map(text => element('td', {}, text));
	}

	heading(first) {
		return element('thead', {}, element('tr', {}, element('td', {}, first),
			...['BASE', 'HEAD', 'change', ''].map(text =>
				element(text ? 'th' : 'td', text ? { scope: 'col' } : {}, text))));
	}

	measures(box, weights) {
		const { tree } = box, values = SIDES.map(side => tree.boxValue(box, side));
		const row = (what, pair) => element('tr', {}, element('th', { scope: 'row' }, what),
			...this.cells(tree, pair));
		const rows = [row('total', values.map(value => value.total))];

		if (!box.frames && !tree.isCallers)
			rows.push(row('self', values.map(value => value.self)));
		if (weights)
			rows.push(row('function, total', weights.total), row('function, self', weights.self));
		return element('table', { class: 'measures' }, this.heading(tree.metric.name),
			element('tbody', {}, ...rows));
	}

	/* Self by line, the most changed first. */
	lines({ lines }) {
		const { view, profile } = this.page;
		const change = values => Math.abs(view.shown(values[HEAD], HEAD) -
			view.shown(values[BASE], BASE));
		const sorted = lines.sort((x, y) => change(y[1]) - change(x[1]) ||
			profile.frameLine[x[0]] - profile.frameLine[y[0]]);

		if (!sorted.length)
			return [];
		return [element('h3', {}, 'Self, by line of HEAD'),
			element('table', { class: 'lines' }, this.heading(''), element('tbody', {},
				...sorted.slice(0, 100).map(([frame, values]) => element('tr', {},
					element('th', { scope: 'row' }, profile.frameLine[frame] || '?'),
					...this.cells(view, values),
					element('td', { class: 'source' }, profile.sourceLine(frame)))))),
			...moreLines(sorted.length - 100)];
	}

	/* ---- renames --------------------------------------------------------------------- */

	functionButton(fn) {
		const { page } = this, { profile } = page;
		const made = button(head(profile.text(profile.labelOfFunction(fn)), 200),
			'Go there');

		made.className = 'crumb';
		made.addEventListener('click', () => page.goTo(fn));
		return made;
	}

	joinButton(index) {
		const { page } = this, joined = page.choices.joined.includes(index);
		const { several } = page.profile.renames[index], { lines } = page.choices;
		const made = button('As one function',
			several ? 'Not here: another function has the same name and file' :
				lines ? 'Not by line: merge by function (f) first' :
					'Compare the two as if they had one name', joined && !lines);

		made.disabled = several || lines;
		made.addEventListener('click', () => page.toggleJoined(index));
		return made;
	}

	/* "perhaps renamed from NAME (90% alike)" */
	rename({ index, side, other, likeness, word }) {
		return element('p', { class: 'rename' },
			`perhaps ${word} ${side === BASE ? 'to' : 'from'} `, this.functionButton(other),
			` (${likeness}% alike) `, this.joinButton(index));
	}

	openRenames() {
		const list = this.root.querySelector('details.renames');

		list.open = true;
		list.scrollIntoView();
		list.querySelector('summary').focus();
	}

	/* All of them; open where nothing else is told. */
	renames(open) {
		const { profile } = this.page, n = profile.renames.length;
		const words = ['renamed', 'moved'].filter(word => profile.renames.some(
			({ functions }) => profile.renameWord(functions) === word));

		return n ? [element('details', { class: 'renames', ...(open ? { open: '' } : {}) },
			element('summary', {}, `Perhaps ${words.join(' or ')} (${formatCount(n)})`),
			...profile.renames.map(({ functions, likeness }, index) =>
				element('p', { class: 'rename' }, this.functionButton(functions[BASE]),
					` ${ARROW} `, this.functionButton(functions[HEAD]),
					` (${likeness}% alike) `, this.joinButton(index))))] : [];
	}
}
