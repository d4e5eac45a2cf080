/* SPDX-License-Identifier: MIT */
/*
 * The boxes on the page: a scrolling area in which only the rows in sight exist.
 *
 * The root's row is at the bottom. Names reach the page as text nodes only.
 */
'use strict';

const XHTML = 'http://www.w3.org/1999/xhtml';
const ROW = 18; /* pixels from row to row; flame.css has the boxes' height */
const MORE_COLOR = 3; /* PALETTE_MORE of render/palette.h */
const MIN_TEXT = 24; /* pixels below which a box has no text */

/* An XHTML element; attributes by name, children are elements or texts. */
function element(name, attributes, ...children) {
	const made = document.createElementNS(XHTML, name);

	for (const key of Object.keys(attributes))
		made.setAttribute(key, attributes[key]);
	made.append(...children);
	return made;
}

/*
 * Events, as functions that the owner may set: onselect(box) a click or Enter, onpoint(box,
 * event) the pointer is over a box (null: over none), onfocus(box).
 */
class Chart {
	constructor(profile, search) {
		this.profile = profile;
		this.search = search;
		this.zoom = zoomOnNode(profile, 0);
		this.rows = [];
		this.drawn = new Map(); /* level to its row's element */
		this.boxOf = new WeakMap(); /* element to box */
		this.current = 0; /* the node that the keyboard is on */
		this.canvas = element('div', { class: 'canvas', role: 'tree',
			'aria-label': 'Flame graph' });
		this.area = element('div', { class: 'chart' }, this.canvas);
		this.listen();
	}

	listen() {
		const boxAt = event => this.boxOf.get(event.target.closest('.box')) || null;

		this.area.addEventListener('scroll', () => this.drawRows());
		this.canvas.addEventListener('click', event => {
			if (boxAt(event))
				this.onselect(boxAt(event));
		});
		this.area.addEventListener('pointermove', event =>
			this.onpoint(boxAt(event), event));
		this.area.addEventListener('pointerleave', event => this.onpoint(null, event));
		this.canvas.addEventListener('focusin', event => {
			if (boxAt(event))
				this.focused(boxAt(event));
		});
		this.canvas.addEventListener('keydown', event => this.keyDown(event));
	}

	/* Lays everything out anew: another zoom, another width. */
	lay() {
		const fromBottom = this.scrolledFromBottom();

		this.rows = this.zoom.weight ?
			layOut(this.profile, this.zoom, this.area.clientWidth) : [];
		this.canvas.hidden = this.rows.length === 0;
		this.canvas.style.height = this.rows.length * ROW + 'px';
		this.area.scrollTop = this.area.scrollHeight - this.area.clientHeight - fromBottom;
		if (!this.boxOfNode(this.current))
			this.current = this.zoom.node;
		this.redraw();
	}

	/* Draws everything anew where it stands: other colours. */
	redraw() {
		const hadFocus = this.canvas.contains(document.activeElement);

		this.canvas.textContent = '';
		this.drawn.clear();
		this.drawRows();
		if (hadFocus)
			this.focusCurrent();
	}

	scrolledFromBottom() {
		const area = this.area;

		return Math.max(0, area.scrollHeight - area.clientHeight - area.scrollTop);
	}

	/* Makes the rows in sight exist, and no others. */
	drawRows() {
		const bottom = this.scrolledFromBottom();
		const low = Math.max(0, Math.floor(bottom / ROW) - 1);
		const high = Math.min(this.rows.length - 1,
			Math.ceil((bottom + this.area.clientHeight) / ROW));

		for (const [level, row] of this.drawn) {
			if ((level < low || level > high) && !row.contains(document.activeElement)) {
				row.remove();
				this.drawn.delete(level);
			}
		}
		for (let level = low; level <= high; level++)
			if (!this.drawn.has(level))
				this.drawRow(level);
	}

	drawRow(level) {
		const row = element('div', { class: 'row', role: 'none' });

		row.style.bottom = level * ROW + 'px';
		row.append(...this.rows[level].map(box => this.drawBox(box)));
		this.drawn.set(level, row);
		this.canvas.append(row);
	}

	drawBox(box) {
		const made = element('div', {
			class: this.boxClass(box),
			role: 'treeitem',
			tabindex: box.node === this.current ? 0 : -1,
			'aria-level': box.level + 1,
			'aria-label': this.describe(box),
		});

		this.place(made, box);
		if (box.width >= MIN_TEXT)
			made.append(...this.label(box));
		this.boxOf.set(made, box);
		return made;
	}

	/* On whole pixels, with one between neighbours that have any to spare. */
	place(made, box) {
		const left = Math.round(box.x), width = Math.round(box.x + box.width) - left;

		made.style.left = left + 'px';
		made.style.width = (width > 2 ? width - 1 : Math.max(width, 0.5)) + 'px';
	}

	/* As much of a box's text as it can hold, the file set lighter than the name. */
	label(box) {
		const text = head(this.boxText(box), Math.ceil(box.width / 3));
		const name = box.frames || !box.node ? text.length :
			this.profile.nameLength(box.node);

		if (name >= text.length)
			return [text];
		return [text.slice(0, name), element('span', {}, text.slice(name))];
	}

	boxClass(box) {
		const color = 'c' + (box.frames ? MORE_COLOR : this.profile.nodeColor(box.node));
		const above = box.level < this.profile.level[this.zoom.node] ? ' above' : '';

		return 'box ' + color + above + (this.search.matchesBox(box) ? ' match' : '');
	}

	boxText(box) {
		if (box.frames)
			return '\u2026 ' + formatCount(box.frames) + ' more';
		return this.profile.nodeText(box.node);
	}

	/* The same, where there is room: with whose callees a run is. */
	fullText(box) {
		return this.boxText(box) + (box.frames ? ' called by ' +
			this.profile.nodeText(this.profile.parent[box.node]) : '');
	}

	/* "NAME, 123 samples, 4.5% of all" */
	describe(box) {
		const weight = boxWeight(this.profile, box);

		return this.fullText(box) + ', ' + formatValue(weight, this.profile.metric) + ', ' +
			formatPercent(weight, this.profile.total[0]) + ' of all';
	}

	/* ---- the keyboard -------------------------------------------------------- */

	focused(box) {
		this.setCurrent(box);
		this.onfocus(box);
	}

	setCurrent(box) {
		const last = this.elementOf(this.boxOfNode(this.current));

		if (last)
			last.tabIndex = -1;
		this.current = box.node;
		if (this.elementOf(box))
			this.elementOf(box).tabIndex = 0;
	}

	/* The box in which a node begins; its first node is what a run is known by. */
	boxOfNode(node) {
		const row = this.rows[this.profile.level[node]] || [];

		return row.find(box => box.node === node) || null;
	}

	/* The box to tell of when none is pointed at: the focused one, else that of the zoom. */
	atRest() {
		if (this.canvas.contains(document.activeElement))
			return this.boxOfNode(this.current);
		return this.zoom.node ? this.boxOfNode(this.zoom.node) : null;
	}

	elementOf(box) {
		const row = box && this.drawn.get(box.level);

		return row ? row.children[this.rows[box.level].indexOf(box)] : null;
	}

	focusCurrent() {
		const box = this.boxOfNode(this.current);

		if (box)
			this.focusBox(box);
	}

	focusBox(box) {
		this.scrollTo(box.level);
		this.drawRows();
		this.elementOf(box).focus({ preventScroll: true });
	}

	scrollTo(level) {
		const top = this.area.scrollHeight - (level + 1) * ROW;

		if (top < this.area.scrollTop)
			this.area.scrollTop = top;
		else if (top + ROW > this.area.scrollTop + this.area.clientHeight)
			this.area.scrollTop = top + ROW - this.area.clientHeight;
	}

	keyDown(event) {
		const box = this.boxOf.get(event.target);
		const plain = !event.ctrlKey && !event.altKey && !event.metaKey;

		if (!box || !plain)
			return;
		if (event.key === 'Enter' || event.key === ' ')
			this.onselect(box);
		else if (!this.move(event.key, box))
			return;
		event.preventDefault();
	}

	/* Is `key` one that goes from box to box? Then the focus goes, if there is a box. */
	move(key, box) {
		const row = this.rows[box.level], at = row.indexOf(box);
		const targets = {
			ArrowUp: () => this.widestAbove(box),
			ArrowDown: () => this.boxBelow(box),
			ArrowLeft: () => row[at - 1],
			ArrowRight: () => row[at + 1],
			Home: () => this.rows[0][0],
		};

		if (!targets[key])
			return false;
		const target = targets[key]();
		if (target)
			this.focusBox(target);
		return true;
	}

	widestAbove(box) {
		const above = (this.rows[box.level + 1] || []).filter(other =>
			!box.frames && this.profile.parent[other.node] === box.node);

		return above.reduce((best, other) =>
			best && best.width >= other.width ? best : other, null);
	}

	boxBelow(box) {
		return box.level ? this.boxOfNode(this.profile.parent[box.node]) : null;
	}
}
