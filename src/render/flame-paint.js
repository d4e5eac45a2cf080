/* SPDX-License-Identifier: MIT */
/* How elements are made, where boxes lie, and how those are painted that are no elements. */
'use strict';

const XHTML = 'http://www.w3.org/1999/xhtml';
const BOX_HEIGHT = 17; /* flame.css has it too */

/* An XHTML element; attributes by name, children are elements or texts. */
function element(name, attributes, ...children) {
	const made = document.createElementNS(XHTML, name);

	for (const key of Object.keys(attributes))
		made.setAttribute(key, attributes[key]);
	made.append(...children);
	return made;
}

/* On whole pixels, with one between neighbours that have any to spare. */
function placeOf(box) {
	const left = Math.round(box.x), width = Math.round(box.x + box.width) - left;

	return { left, width: width > 2 ? width - 1 : Math.max(width, 0.5) };
}

/* Paints boxes too thin for a word: thousands of elements would be slow. */
class Painter {
	constructor() {
		this.colors = new Map(); /* class to colour */
		this.probe = element('i', { class: 'probe' });
	}

	/* Boxes of one row, from left to right; `classOf` gives a box's class. */
	paint(boxes, classOf) {
		const ratio = window.devicePixelRatio || 1;
		const made = element('canvas', { 'aria-hidden': 'true' });
		const first = Math.floor(boxes[0].x), last = boxes[boxes.length - 1];

		made.width = Math.ceil((last.x + last.width - first + 1) * ratio);
		made.height = Math.ceil(BOX_HEIGHT * ratio);
		made.style.left = first + 'px';
		made.style.width = made.width / ratio + 'px';
		made.style.height = BOX_HEIGHT + 'px';
		const paper = made.getContext('2d');
		for (const box of boxes) {
			const { left, width } = placeOf(box);

			paper.fillStyle = this.colorOf(classOf(box));
			paper.fillRect((left - first) * ratio, 0, width * ratio, BOX_HEIGHT * ratio);
		}
		return made;
	}

	/* The colour that a class gives a box, asked of the style once. */
	colorOf(name) {
		if (!this.colors.has(name)) {
			this.probe.setAttribute('class', name.replace('box', 'probe'));
			this.colors.set(name, getComputedStyle(this.probe).backgroundColor);
		}
		return this.colors.get(name);
	}
}
