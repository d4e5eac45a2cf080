// SPDX-License-Identifier: MIT
// The script is one of many files, put together at build time: what one of them declares at its
// top, the others may use (src/render/assets.S has their order).
import fs from 'node:fs';
import path from 'node:path';
import js from '@eslint/js';

const folder = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname),
	'render');
const browser = ['document', 'window', 'location', 'history', 'navigator', 'matchMedia', 'URL',
	'Blob', 'setTimeout', 'requestAnimationFrame', 'getComputedStyle', 'URIError'];
const declared = new Map();

for (const file of fs.readdirSync(folder).filter(name => name.endsWith('.js')))
	for (const [, name] of fs.readFileSync(path.join(folder, file), 'utf8')
		.matchAll(/^(?:class|function|async function|const) (\w+)/gm))
		declared.set(name, file);
/* `const A = 0, B = 1;` declares B as well. */
for (const file of fs.readdirSync(folder).filter(name => name.endsWith('.js')))
	for (const [line] of fs.readFileSync(path.join(folder, file), 'utf8').matchAll(/^const .*;/gm))
		for (const [, name] of line.matchAll(/, ([A-Z_]+) =/g))
			declared.set(name, file);

const html = ['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'srcdoc'];

export default [
	js.configs.recommended,
	...fs.readdirSync(folder).filter(name => name.endsWith('.js')).map(file => ({
		files: ['**/' + file],
		languageOptions: {
			ecmaVersion: 2022,
			sourceType: 'script',
			globals: Object.fromEntries([...browser, ...[...declared].filter(([, of]) => of !== file)
				.map(([name]) => name)].map(name => [name, 'readonly'])),
		},
		rules: {
			/* Used by the files after it. */
			'no-unused-vars': ['error', { vars: 'local' }],
			strict: ['error', 'global'],
			eqeqeq: 'error',
			'no-var': 'error',
			'prefer-const': 'error',
			'no-eval': 'error',
			'no-implied-eval': 'error',
			'no-new-func': 'error',
			'no-script-url': 'error',
			'no-shadow': 'error',
			'no-control-regex': 'off', /* they are what is escaped */
			/* Names are text: nothing may make markup of them. */
			'no-restricted-properties': ['error', ...html.map(property => ({ property })),
				{ object: 'document', property: 'write' }],
			complexity: ['error', 14],
			'max-lines': ['error', 460],
		},
	})),
];
