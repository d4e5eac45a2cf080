/* SPDX-License-Identifier: MIT */
/* What leaves the page: a view as folded stacks, a stack as text. */
'use strict';

/* The characters that format/folded.h escapes wherever they stand. */
const FOLDED_HIDDEN =
	/[\\;\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]|\p{Cs}/gu;

function escapeFoldedChar(char) {
	const short = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
	const code = char.codePointAt(0);

	return short[char] || (code < 0x80 ? '\\x' + code.toString(16).padStart(2, '0') :
		'\\u' + code.toString(16).padStart(4, '0'));
}

function escapeFolded(text) {
	return text.replace(FOLDED_HIDDEN, escapeFoldedChar);
}

/* A frame as folded stacks have it, told apart from what it must not seem. */
function foldedFrame(profile, label, first, leaf) {
	const frame = profile.frameOfLabel(label);

	if (frame < 0)
		return escapeStart(escapeFolded(profile.rawText(label)), first);
	const name = profile.names[profile.frameName[frame]];
	if (profile.frameKind[frame] === KIND_MARK)
		return name;
	if (profile.frameFile[frame] < 0)
		return escapeStart(foldedName(name, leaf), first);
	const line = label < profile.frames ? profile.frameLine[frame] : 0;
	return escapeStart(escapeFolded(name), first) + ' (' +
		foldedFile(escapeFolded(profile.files[profile.frameFile[frame]]), line) +
		(line ? ':' + line : '') + ')';
}

/* A name without a file that would seem to have one, to be the mark, or to hold the count. */
function foldedName(name, leaf) {
	const escaped = escapeFolded(name);

	if (name === '')
		return '\\e';
	if (name === '[truncated]')
		return '\\x5b' + name.slice(1);
	if (/ \([^(]+\)$/.test(name))
		return escaped.replace(/\)$/, '\\x29');
	return leaf ? escaped.replace(/ (\d+(?:\.\d*)?)$/, '\\x20$1') : escaped;
}

function foldedFile(file, line) {
	const escaped = file.replace(/ \(/g, ' \\x28');

	return line ? escaped : escaped.replace(/:(\d+)$/, '\\x3a$1');
}

function escapeStart(name, first) {
	return first ? name.replace(/^#/, '\\x23') : name;
}

/* A count that is not above what fits 64 bits, which sums of doubles may seem to be. */
function countText(count) {
	return count >= 2 ** 64 ? '18446744073709551615' : String(count);
}

/*
 * What a zoom shows above its node, a line a stack, each from the root on; `count` gives the text
 * behind the stack that ends in a node, '' where none does.
 */
function foldedText(zoom, count = (tree, i) => tree.self[i] ? countText(tree.self[i]) : '') {
	const { tree, node } = zoom;
	const names = [], lines = [];
	const first = tree.label[0] === 0 ? 1 : 0; /* the level of the first frame */
	const text = (i, leaf) => foldedFrame(tree.profile, tree.label[i],
		tree.level[i] === first, leaf);
	const add = i => {
		const level = tree.level[i], counted = count(tree, i);

		names[level] = text(i, false);
		if (!counted)
			return;
		const stack = names.slice(first, level);
		if (level >= first)
			stack.push(text(i, true));
		lines.push(stack.join(';') + ' ' + counted + '\n');
	};

	for (let i = node; i >= 0; i = tree.parent[i])
		names[tree.level[i]] = text(i, false);
	/* A run of callees is not all of their caller. */
	if (zoom.weight === tree.total[node])
		add(node);
	for (let i = zoom.from; i < zoom.to; i++)
		add(i);
	return lines.join('');
}

/* The frames of a node's stack, a line each, callers first. */
function stackText(tree, node) {
	const texts = [];

	for (let i = node; i >= 0; i = tree.parent[i])
		if (tree.label[i])
			texts.push(tree.text(i));
	return (tree.isCallers ? texts : texts.reverse()).join('\n') + '\n';
}

function download(name, text) {
	const link = element('a', { download: name,
		href: URL.createObjectURL(new Blob([text], { type: 'text/plain' })) });

	link.click();
	setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/* Where the page may not use the clipboard, an older way of the browsers is tried. */
async function copyText(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const field = element('textarea', { class: 'copied' });

		field.value = text;
		document.querySelector('.page').append(field);
		field.select();
		const done = document.execCommand('copy');
		field.remove();
		return done;
	}
}
