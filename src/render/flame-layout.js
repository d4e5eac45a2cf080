/* SPDX-License-Identifier: MIT */
/*
 * Where the boxes of a tree (flame-view.js) stand.
 *
 * A zoom is what fills the width: {tree, node, from, to, origin, weight}, all of a node, or a run
 * of its callees, those that lie between `from` and `to`.
 * A box is {tree, node, to, level, x, width, frames}: a frame (frames is 0), or a run of
 * neighbouring callees that are too thin to be drawn each: from `node` up to but without
 * `to`, so many frames in all. Where two profiles stand side by side (flame-diff-view.js) it has
 * the side as well.
 */
'use strict';

/* Pixels below which a frame has no box of its own, and a run of them none at all. */
const MIN_WIDTH = 1;
const MIN_RUN = 0.5;

/* The widest run, as a part of the width: so that zooming on runs ends with frames. */
const MAX_RUN = 1 / 16;

function zoomOnNode(tree, node) {
	return {
		tree,
		node,
		from: node + 1,
		to: tree.end[node],
		origin: tree.start[node],
		weight: tree.total[node],
	};
}

function zoomOnBox(box) {
	const tree = box.tree;

	if (!box.frames)
		return zoomOnNode(tree, box.node);
	return {
		tree,
		node: tree.parent[box.node],
		from: box.node,
		to: box.to,
		origin: tree.start[box.node],
		weight: boxWeight(box),
	};
}

function boxWeight(box) {
	const tree = box.tree;
	let weight = 0;

	if (!box.frames)
		return tree.total[box.node];
	for (let i = box.node; i < box.to; i = tree.end[i])
		weight += tree.total[i];
	return weight;
}

function sameZoom(a, b) {
	return a.tree === b.tree && a.node === b.node && a.from === b.from && a.to === b.to;
}

function frameBox(tree, node, x, width) {
	return { tree, node, to: tree.end[node], level: tree.level[node], x, width, frames: 0 };
}

function addBox(rows, box) {
	(rows[box.level] = rows[box.level] || []).push(box);
}

/*
 * A run of one is the frame itself. What is too thin even as a run joins the run before it,
 * or is a gap.
 */
function addRun(rows, run) {
	if (!run)
		return;
	if (run.width >= MIN_RUN) {
		run.frames = run.siblings > 1 ? run.tree.framesIn(run.node, run.to) : 0;
		addBox(rows, run);
		return;
	}
	const last = (rows[run.level] || []).slice(-1)[0];
	if (last && last.frames && last.to === run.node) {
		last.frames += run.tree.framesIn(run.node, run.to);
		last.to = run.to;
		last.width += run.width;
	}
}

/* Does a run that is seen go up to this sibling? */
function isNext(run, tree, node) {
	return run !== null && run.to === node && run.level === tree.level[node] && run.width > 0;
}

/* By what is not on this side of a diff it is no wider, and has none more. */
function extendRun(tree, run, node, width) {
	run.to = tree.end[node];
	run.width += width;
	run.siblings += width ? 1 : 0;
}

function startRun(tree, node, x, width) {
	return Object.assign(frameBox(tree, node, x, width), { siblings: 1 });
}

/* All boxes of a zoom that is `width` pixels wide: rows of boxes from left to right, root first. */
function layOut(zoom, width) {
	const tree = zoom.tree;
	const scale = zoom.weight ? width / zoom.weight : 0;
	const rows = [];
	let run = null;

	for (let i = zoom.node; i >= 0; i = tree.parent[i])
		addBox(rows, frameBox(tree, i, 0, width));
	for (let i = zoom.from; i < zoom.to;) {
		const x = (tree.start[i] - zoom.origin) * scale;
		const w = tree.total[i] * scale;

		if (w < MIN_WIDTH && isNext(run, tree, i) && run.width + w <= width * MAX_RUN) {
			extendRun(tree, run, i, w);
			i = tree.end[i];
			continue;
		}
		addRun(rows, run);
		run = w < MIN_WIDTH ? startRun(tree, i, x, w) : null;
		if (!run)
			addBox(rows, frameBox(tree, i, x, w));
		i = run ? tree.end[i] : i + 1;
	}
	addRun(rows, run);
	return rows;
}
