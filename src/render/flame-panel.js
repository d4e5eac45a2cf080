/* SPDX-License-Identifier: MIT */
/* The panel beside the chart: all that is known of one frame, and what can be done with it. */
'use strict';

/*
 * What a function has in the part of the profile that is looked at, wherever it stands: the weight
 * of all stacks that it is in, each counted once, that of those which end in it, as far as their
 * frames are shown, and these by frame, the heaviest first.
 */
function weighFunction(profile, choices, fn) {
	const builder = new Builder(profile, { ...choices, of: -1 });
	const values = profile.values(choices.metric);
	const inside = new Uint8Array(profile.count), leaf = new Int32Array(profile.count);
	const lines = new Map();
	let total = 0, self = 0;

	for (let i = 1; i < profile.count; i++) {
		const parent = profile.parent[i], frame = profile.frame[i];

		inside[i] = inside[parent] | (profile.functionOf[frame] === fn ? 1 : 0);
		leaf[i] = builder.keep[frame] ? frame : leaf[parent];
	}
	builder.eachSample(sample => {
		const node = profile.sampleNode[sample], frame = leaf[node];

		total += inside[node] ? values[sample] : 0;
		if (frame && profile.functionOf[frame] === fn) {
			self += values[sample];
			lines.set(frame, (lines.get(frame) || 0) + values[sample]);
		}
	});
	return { total, self, lines: [...lines].sort((x, y) => y[1] - x[1] ||
		profile.frameLine[x[0]] - profile.frameLine[y[0]]) };
}

/* What a list of lines has no room for. */
function moreLines(n) {
	return n > 0 ? [element('p', { class: 'dim' }, `\u2026 ${formatCount(n)} more lines`)] : [];
}

class Panel {
	constructor(page) {
		this.page = page;
		this.root = element('aside', { class: 'panel', 'aria-label': 'Details', hidden: '' });
	}

	/* Shows a box; null: none is meant. */
	show(box) {
		if (this.root.hidden)
			return;
		this.root.textContent = '';
		if (box)
			this.root.append(...this.build(box));
		else
			this.root.append(element('p', { class: 'dim' }, 'No frame is chosen.'));
	}

	build(box) {
		const { page } = this, { tree, node } = box, { profile } = page;
		const label = tree.label[node], fn = profile.functionOfLabel(label);
		const isFunction = !box.frames && fn >= 0 && profile.kind(label) !== KIND_MARK;
		const weights = isFunction ? this.weigh(fn) : null;
		const parts = [element('h2', {}, box.frames ? page.chart.fullText(box) : nameOf(tree, node)),
			...this.place(label, box), this.measures(box, weights)];

		if (isFunction)
			parts.push(this.actions(label, fn), ...this.lines(weights));
		parts.push(this.stack(box));
		return parts;
	}

	weigh(fn) {
		return weighFunction(this.page.profile, this.page.choices, fn);
	}

	place(label, box) {
		const { profile } = this.page, frame = profile.frameOfLabel(label);

		if (box.frames || frame <= 0 || profile.frameFile[frame] < 0)
			return [];
		const line = label < profile.frames ? profile.frameLine[frame] : 0;
		return [element('p', { class: 'place' }, visible(profile.files[profile.frameFile[frame]]) +
			(line ? ':' + line : ''))];
	}

	/* Self and total, of the frame where it stands and of its function anywhere. */
	measures(box, weights) {
		const { page } = this, { tree, node } = box, zoom = page.chart.zoomOf(tree);
		const zoomed = zoom.weight !== tree.whole;
		const row = (what, weight) => element('tr', {}, element('th', { scope: 'row' }, what),
			element('td', {}, formatValue(weight, tree.metric)),
			element('td', {}, formatPercent(weight, tree.whole)),
			...(zoomed ? [element('td', {}, formatPercent(Math.min(weight, zoom.weight),
				zoom.weight))] : []));
		const rows = [row('total', boxWeight(box))];

		if (!box.frames && !tree.isCallers)
			rows.push(row('self', tree.self[node]));
		if (weights)
			rows.push(row('function, total', weights.total),
				row('function, self', weights.self));
		return element('table', { class: 'measures' }, element('thead', {}, element('tr', {},
			element('td', {}), element('th', { scope: 'col' }, tree.metric.name),
			element('th', { scope: 'col' }, 'of all'),
			...(zoomed ? [element('th', { scope: 'col' }, 'of zoom')] : []))),
		element('tbody', {}, ...rows));
	}

	actions(label, fn) {
		const { page } = this, { profile } = page;
		const add = (text, title, call) => {
			const made = button(text, title);

			made.addEventListener('click', call);
			return made;
		};
		const made = [
			add('Callers and callees', 'All that calls it, all that it calls (s)',
				() => page.choose({ of: fn })),
			add('Only this', 'Only the stacks that it is in (o)', () => page.onlyLabel(label)),
			add('Hide', 'Leave this function out (h)', () => page.hideLabel(label)),
		];

		if (profile.module(label) >= 0)
			made.push(add('Hide module ' + head(visible(profile.modules[profile.module(label)]),
				40), 'Leave all its functions out (m)', () => page.hideModule(label)));
		return element('div', { class: 'actions' }, ...made);
	}

	lines({ lines }) {
		const { page } = this, { profile } = page;
		const most = lines.length ? lines[0][1] : 0;

		if (!lines.length)
			return [];
		return [element('h3', {}, 'Self, by line'),
			element('table', { class: 'lines' }, element('tbody', {}, ...lines.slice(0, 100).map(
				([frame, weight]) => {
					const bar = element('i', { class: 'weight' });

					bar.style.width = 100 * weight / most + '%';
					return element('tr', {},
						element('th', { scope: 'row' }, profile.frameLine[frame] || '?'),
						element('td', {}, bar, formatValue(weight, page.view.metric)),
						element('td', { class: 'source' }, profile.sourceLine(frame)));
				}))),
			...moreLines(lines.length - 100)];
	}

	/* The frames down to it, to be read and copied. */
	stack(box) {
		const { page } = this, text = stackText(box.tree, box.node);
		const copy = button('Copy stack', 'Its frames from the root on, a line each (c)');

		copy.addEventListener('click', () => page.copyStack(box));
		return element('details', {}, element('summary', {}, 'Stack'), copy,
			element('pre', {}, head(text, 20000)));
	}
}
