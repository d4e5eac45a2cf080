/* SPDX-License-Identifier: MIT */
/* The boxes of two sides: a title above each half, and what the pointer is on marked in both. */
'use strict';

class DiffChart extends Chart {
	constructor(search) {
		super(search);
		this.twin = element('i', { class: 'mark', hidden: '' });
		this.titles = SIDES.map(() => element('span', {}));
		this.halves = element('div', { class: 'halves', hidden: '' }, ...this.titles);
		this.area.prepend(this.halves);
	}

	lay(from) {
		const { tree } = this.zoom, both = tree.width === 'both';

		this.halves.hidden = !both || !this.zoom.weight;
		this.titles.forEach((title, side) => {
			title.textContent = both ? this.titleOf(tree, side) : '';
		});
		super.lay(from);
	}

	redraw() {
		super.redraw();
		if (!this.halves.hidden)
			this.titles[BASE].textContent = this.titleOf(this.zoom.tree, BASE);
		this.titles.forEach(title => { title.title = title.textContent; });
	}

	/* "BASE: 1.2 s - coloured by what changes in HEAD - NAME" */
	titleOf(tree, side) {
		const value = tree.zoomValue(this.zoom, side);

		return [`${SIDE_NAMES[side]}: ` + (value ? tree.shownText(tree.shown(value, side)) :
			'not there'), ...(side === BASE && this.isByChange() ?
			['coloured by what changes in HEAD'] : []), tree.profile.shortLabel(side)]
			.join(' \u00b7 ');
	}

	room() {
		return super.room() - this.halves.offsetHeight;
	}

	/* Halves do not move as one. */
	move(from, width) {
		if (this.zoom.tree.width !== 'both')
			super.move(from, width);
	}

	describe(box) {
		return this.fullText(box) + ', ' + diffLines(box).join(', ');
	}

	/* What a box is on the other side. */
	twinOf(box) {
		return box && box.side !== undefined && !box.frames ? this.rows[box.row].find(other =>
			sameNode(other, box) && other.side !== box.side && !other.frames) : undefined;
	}

	point(box, event) {
		const twin = this.twinOf(box);

		this.twin.hidden = !twin;
		if (twin) {
			const { left, width } = placeOf(twin);

			this.drawn.get(twin.row).append(this.twin);
			this.twin.style.left = left + 'px';
			this.twin.style.width = Math.max(width, 1) + 'px';
		}
		super.point(box, event);
	}
}
