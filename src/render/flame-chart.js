/* SPDX-License-Identifier: MIT */
/*
 * The boxes on the page: a scrolling area in which only the rows in sight exist.
 *
 * A tree stands on its root (flame) or hangs from it (icicle). Under the tree of one function's
 * callees its callers can be shown, turned over. Boxes too thin for a word are painted, the others
 * are elements, and so is any that has the keyboard's focus. Names reach the page as text nodes
 * only.
 */
'use strict';

const ROW = 18; /* pixels from row to row; flame.css has the boxes' height */
const MORE_COLOR = 3; /* PALETTE_MORE of render/palette.h */
const MIN_TEXT = 24; /* pixels below which a box has no text, and is painted */
const ZOOM_MS = 140;
const DRAG = 4; /* pixels that a hand moves while it clicks */

function sameNode(a, b) {
	return a.tree === b.tree && a.node === b.node;
}

/*
 * Events, as functions that the owner sets: onselect(box) a click or Enter, onpoint(box, event)
 * the pointer is over a box (null: over none), onfocus(box). `paint` gives a box's class.
 */
class Chart {
	constructor(search) {
		this.search = search;
		this.zoom = this.callers = null; /* zooms; callers: null where none are shown */
		this.icicle = false;
		this.rows = [];
		this.base = 0; /* the row of the root */
		this.kept = 0; /* the offset, whatever becomes of the area's height */
		this.drawn = new Map(); /* row to its element */
		this.elements = new Map(); /* box to its element */
		this.boxOf = new WeakMap(); /* and back */
		this.current = null; /* {tree, node, side} that the keyboard is on */
		this.pointer = null; /* its last event */
		this.painter = new Painter();
		this.mark = element('i', { class: 'mark', hidden: '' }); /* on what is painted */
		this.canvas = element('div', { class: 'canvas', role: 'tree',
			'aria-label': 'Flame graph' });
		this.area = element('div', { class: 'chart' }, this.canvas, this.painter.probe);
		this.listen();
	}

	listen() {
		this.area.addEventListener('scroll', () => {
			this.kept = this.offset();
			this.drawRows();
		});
		this.canvas.addEventListener('click', event => {
			const box = this.boxAt(event);

			if (box && !this.dragged)
				this.onselect(box);
		});
		this.area.addEventListener('pointermove', event => {
			if (!this.drag(event))
				this.point(this.boxAt(event), event);
		});
		this.area.addEventListener('pointerleave', event => this.point(null, event));
		this.area.addEventListener('pointerdown', event => this.startDrag(event));
		this.canvas.addEventListener('focusin', event => {
			if (this.boxOf.has(event.target))
				this.focused(this.boxOf.get(event.target));
		});
		this.canvas.addEventListener('keydown', event => this.keyDown(event));
		matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
			this.painter.colors.clear();
			this.redraw();
		});
	}

	/* ---- layout ------------------------------------------------------------------ */

	/* Lays everything out anew: another zoom, another width. `from`: the zoom before. */
	lay(from) {
		const width = this.area.clientWidth;
		const above = this.zoom.weight ? this.zoom.tree.lay(this.zoom, width) : [];
		const below = this.callers && this.callers.weight ?
			this.callers.tree.lay(this.callers, width).slice(1).reverse() : [];

		this.rows = [...below, ...above];
		this.base = below.length;
		this.rows.forEach((row, at) => row.forEach(box => { box.row = at; }));
		this.canvas.hidden = this.rows.length === 0;
		this.canvas.style.height = this.rows.length * ROW + 'px';
		this.area.classList.toggle('icicle', this.icicle);
		this.setOffset(this.kept);
		if (!this.current || !this.boxOfNode(this.current))
			this.current = { tree: this.zoom.tree, node: this.zoom.node };
		this.redraw();
		this.move(from, width);
	}

	/* Lets the eye follow a zoom. */
	move(from, width) {
		const to = this.zoom;

		if (!from || from.tree !== to.tree || !from.weight || !to.weight ||
				matchMedia('(prefers-reduced-motion: reduce)').matches)
			return;
		const scale = to.weight / from.weight;
		const shift = (to.origin - from.origin) / from.weight * width;

		if (scale > 1 / 500 && scale < 500)
			this.canvas.animate([{ transform: `translateX(${shift}px) scaleX(${scale})` },
				{ transform: 'none' }], { duration: ZOOM_MS, easing: 'ease-out' });
	}

	/* Draws everything anew where it stands: other colours. */
	redraw() {
		const hadFocus = this.canvas.contains(document.activeElement);

		this.canvas.textContent = '';
		this.drawn.clear();
		this.elements.clear();
		this.drawRows();
		if (hadFocus)
			this.focusCurrent();
	}

	/* How far the area is scrolled, from the root's side on. */
	offset() {
		const area = this.area;

		return this.icicle ? area.scrollTop :
			Math.max(0, area.scrollHeight - area.clientHeight - area.scrollTop);
	}

	setOffset(offset) {
		const area = this.area;

		this.kept = offset;
		area.scrollTop = this.icicle ? offset :
			area.scrollHeight - area.clientHeight - offset;
	}

	/* The area may be higher or lower now: what was in sight stays. */
	settle() {
		this.setOffset(this.kept);
		this.drawRows();
	}

	/* The root in the middle where there is something on both sides of it, else at its end. */
	showRoot() {
		this.setOffset(Math.max(0, (this.base + 1) * ROW - this.area.clientHeight / 2) *
			(this.base ? 1 : 0));
		this.drawRows();
	}

	/* ---- drawing ----------------------------------------------------------------- */

	/* Makes the rows in sight exist, and no others. */
	drawRows() {
		const offset = this.offset();
		const low = Math.max(0, Math.floor(offset / ROW) - 1);
		const high = Math.min(this.rows.length - 1,
			Math.ceil((offset + this.area.clientHeight) / ROW));

		for (const [at, row] of this.drawn) {
			if ((at < low || at > high) && !row.contains(document.activeElement)) {
				row.remove();
				this.drawn.delete(at);
				this.rows[at].forEach(box => this.elements.delete(box));
			}
		}
		for (let at = low; at <= high; at++)
			if (!this.drawn.has(at))
				this.drawRow(at);
		/* Tab has to find one, be the current one out of sight or but painted. */
		if (!this.canvas.querySelector('[tabindex="0"]') && this.elements.size)
			this.elements.values().next().value.tabIndex = 0;
	}

	drawRow(at) {
		const row = element('div', { class: 'row', role: 'none' });
		const thin = this.rows[at].filter(box => box.width < MIN_TEXT);

		row.style[this.icicle ? 'top' : 'bottom'] = at * ROW + 'px';
		row.pyprofRow = at;
		if (thin.length)
			row.append(this.painter.paint(thin, box => this.boxClass(box)));
		for (const box of this.rows[at])
			if (box.width >= MIN_TEXT)
				row.append(this.drawBox(box));
		this.drawn.set(at, row);
		this.canvas.append(row);
	}

	drawBox(box) {
		const isCurrent = sameNode(box, this.current) && box.side === this.current.side;
		const made = element('div', {
			class: this.boxClass(box),
			role: 'treeitem',
			tabindex: isCurrent ? 0 : -1,
			'aria-level': box.level + 1,
			'aria-label': this.describe(box),
		});
		const { left, width } = placeOf(box);

		made.style.left = left + 'px';
		made.style.width = width + 'px';
		if (box.width >= MIN_TEXT)
			made.append(...this.label(box));
		this.boxOf.set(made, box);
		this.elements.set(box, made);
		return made;
	}

	/* As much of a box's text as it can hold, the file set lighter than the name. */
	label(box) {
		const text = head(this.boxText(box), Math.ceil(box.width / 3));
		const name = box.frames ? text.length : box.tree.nameLength(box.node);

		if (name >= text.length)
			return [text];
		return [text.slice(0, name), element('span', {}, text.slice(name))];
	}

	boxClass(box) {
		const zoom = this.zoomOf(box.tree);
		const color = box.frames ? 'c' + MORE_COLOR : this.paint(box);
		const above = box.level < box.tree.level[zoom.node] ? ' above' : '';

		return 'box ' + color + above + (this.search.matchesBox(box) ? ' match' : '');
	}

	zoomOf(tree) {
		return this.callers && this.callers.tree === tree ? this.callers : this.zoom;
	}

	boxText(box) {
		if (box.frames)
			return '\u2026 ' + formatCount(box.frames) + ' more';
		return box.tree.text(box.node);
	}

	/* The same, where there is room: with whose callees a run is. */
	fullText(box) {
		const link = box.tree.isCallers ? ' calling ' : ' called by ';

		return this.boxText(box) + (box.frames ? link +
			box.tree.text(box.tree.parent[box.node]) : '');
	}

	/* "NAME, 123 samples, 4.5% of all" */
	describe(box) {
		const weight = boxWeight(box), tree = box.tree;

		return this.fullText(box) + ', ' + formatValue(weight, tree.metric) + ', ' +
			formatPercent(weight, tree.whole) + ' of all';
	}

	/* ---- the pointer ------------------------------------------------------------- */

	/* The box under the pointer, null where there is none. */
	boxAt(event) {
		const row = event.target.closest('.row'), made = event.target.closest('.box');

		if (made)
			return this.boxOf.get(made) || null;
		if (!row)
			return null;
		const x = event.clientX - this.canvas.getBoundingClientRect().left;

		return this.rows[row.pyprofRow].find(box =>
			x >= box.x && x < box.x + Math.max(box.width, 1)) || null;
	}

	/* The box where the pointer rests, whatever has been drawn under it since. */
	underPointer() {
		const target = this.pointer && document.elementFromPoint(this.pointer.clientX,
			this.pointer.clientY);

		return target && this.area.contains(target) ?
			this.boxAt({ target, clientX: this.pointer.clientX }) : null;
	}

	/* The pointer's own mark is for elements; what is painted gets one laid on it. */
	point(box, event) {
		this.pointer = event;
		this.mark.hidden = !box || this.elements.has(box);
		if (!this.mark.hidden) {
			const { left, width } = placeOf(box);

			this.drawn.get(box.row).append(this.mark);
			this.mark.style.left = left + 'px';
			this.mark.style.width = Math.max(width, 1) + 'px';
		}
		this.onpoint(box, event);
	}

	startDrag(event) {
		this.dragged = false;
		this.dragFrom = event.button === 0 && event.pointerType === 'mouse' ?
			{ y: event.clientY, top: this.area.scrollTop } : null;
	}

	/* Moves what is too high for the window with the hand. */
	drag(event) {
		if (!this.dragFrom || !(event.buttons & 1))
			return false;
		const way = event.clientY - this.dragFrom.y;

		if (!this.dragged && (Math.abs(way) < DRAG ||
				this.area.scrollHeight <= this.area.clientHeight))
			return false;
		this.dragged = true;
		this.area.scrollTop = this.dragFrom.top - way;
		return true;
	}

	/* ---- the keyboard -------------------------------------------------------- */

	focused(box) {
		this.setCurrent(box);
		this.onfocus(box);
	}

	setCurrent(box) {
		for (const last of this.canvas.querySelectorAll('[tabindex="0"]'))
			last.tabIndex = -1;
		this.current = { tree: box.tree, node: box.node, side: box.side };
		if (this.elements.has(box))
			this.elements.get(box).tabIndex = 0;
	}

	/* The box in which a node begins; its first node is what a run is known by. */
	boxOfNode(wanted) {
		const { tree, node, side } = wanted;

		if (this.zoomOf(tree).tree !== tree)
			return null;
		const row = this.rows[this.base + (tree.isCallers ? -1 : 1) * tree.level[node]] || [];

		return row.find(box => sameNode(box, wanted) && box.side === side) ||
			row.find(box => sameNode(box, wanted)) || null;
	}

	/* The box to tell of when none is pointed at: the focused one, else that of the zoom. */
	atRest() {
		const { tree, node } = this.zoom;

		if (this.canvas.contains(document.activeElement))
			return this.boxOfNode(this.current);
		return node || tree.label[0] ? this.boxOfNode(this.zoom) : null;
	}

	focusCurrent() {
		const box = this.boxOfNode(this.current);

		if (box)
			this.focusBox(box);
	}

	/* Brings a box into sight, and makes it the one that the keyboard comes to. */
	showBox(box) {
		this.scrollTo(box.row);
		this.drawRows();
		this.setCurrent(box);
	}

	/* A box that was only painted becomes an element, to be read aloud. */
	focusBox(box) {
		this.scrollTo(box.row);
		this.drawRows();
		if (!this.elements.has(box))
			this.drawn.get(box.row).append(this.drawBox(box));
		this.elements.get(box).focus({ preventScroll: true });
	}

	/* The pixels in which rows are seen. */
	room() {
		return this.area.clientHeight;
	}

	scrollTo(row) {
		const offset = this.offset(), room = this.room();

		if (row * ROW < offset)
			this.setOffset(row * ROW);
		else if ((row + 1) * ROW > offset + room)
			this.setOffset((row + 1) * ROW - room);
	}

	keyDown(event) {
		const box = this.boxOf.get(event.target);
		const plain = !event.ctrlKey && !event.altKey && !event.metaKey;

		if (!box || !plain)
			return;
		if (event.key === 'Enter' || event.key === ' ')
			this.onselect(box);
		else if (!this.go(event.key, box))
			return;
		event.preventDefault();
	}

	/* Is `key` one that goes from box to box? Then the focus goes, if there is a box. */
	go(key, box) {
		const row = this.rows[box.row], at = row.indexOf(box);
		const up = this.icicle ? -1 : 1;
		const targets = {
			ArrowUp: () => this.beside(box, up),
			ArrowDown: () => this.beside(box, -up),
			ArrowLeft: () => row[at - 1],
			ArrowRight: () => row[at + 1],
			Home: () => this.rows[this.base][0],
		};

		if (!targets[key])
			return false;
		const target = targets[key]();
		if (target)
			this.focusBox(target);
		return true;
	}

	/* One row further from the root, the widest box of those on this one; or the one it is on. */
	beside(box, step) {
		const below = box.tree.isCallers;
		const outward = box.row === this.base || (below ? step < 0 : step > 0);
		const inner = box.level ? box.tree.parent[box.node] : -1;

		if (!outward)
			return below && !inner ? this.rows[this.base][0] :
				this.boxOfNode({ tree: box.tree, node: inner, side: box.side });
		const next = (this.rows[box.row + step] || []).filter(other => !box.frames &&
			other.side === box.side &&
			(other.tree !== box.tree || other.tree.parent[other.node] === box.node));

		return next.reduce((best, other) =>
			best && best.width >= other.width ? best : other, null);
	}
}
