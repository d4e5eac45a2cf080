// SPDX-License-Identifier: MIT
// A browser for tests that are no JavaScript: reads requests from standard input, a JSON object a
// line, {call, page, ...}, and answers each with {result} or {error}, a line too.
//
//     node driver.mjs PATH-OF-CHROMIUM
import readline from 'node:readline';
import { chromium } from 'playwright-core';

const pages = [];

/* What goes wrong in a page, or leaves it, is kept until it is asked for. */
function watch(page, url) {
	const troubles = [];
	const own = url.split('#')[0];

	page.on('pageerror', error => troubles.push(String(error.stack || error)));
	page.on('console', message => {
		if (message.type() === 'error')
			troubles.push('log: ' + message.text());
	});
	page.on('dialog', dialog => {
		troubles.push('dialog: ' + dialog.message());
		dialog.dismiss();
	});
	page.on('request', request => {
		if (request.url().split('#')[0] !== own && !request.url().startsWith('blob:'))
			troubles.push('request: ' + request.url());
	});
	return troubles;
}

const calls = {
	async open(browser, { url, width, height, dark, motion, scripts }) {
		const context = await browser.newContext({
			viewport: { width, height },
			colorScheme: dark ? 'dark' : 'light',
			reducedMotion: motion ? 'no-preference' : 'reduce',
			javaScriptEnabled: scripts,
		});
		const page = await context.newPage();
		const made = { context, page, troubles: watch(page, url) };

		await page.goto(url, { waitUntil: 'load' });
		made.cdp = await context.newCDPSession(page);
		return pages.push(made) - 1;
	},
	close: (browser, { page }) => pages[page].context.close(),
	troubles: (browser, { page }) => pages[page].troubles,
	evaluate: (browser, { page, expression }) => pages[page].page.evaluate(expression),
	resize: (browser, { page, width, height }) =>
		pages[page].page.setViewportSize({ width, height }),
	move: (browser, { page, x, y }) => pages[page].page.mouse.move(x, y),
	down: (browser, { page }) => pages[page].page.mouse.down(),
	up: (browser, { page }) => pages[page].page.mouse.up(),
	wheel: (browser, { page, delta }) => pages[page].page.mouse.wheel(0, delta),
	key: (browser, { page, key }) => pages[page].page.keyboard.press(key),
	type: (browser, { page, text }) => pages[page].page.keyboard.type(text),
	screenshot: (browser, { page, path }) => pages[page].page.screenshot({ path }),
	permit: (browser, { page, permissions }) =>
		pages[page].context.grantPermissions(permissions),
	media: (browser, { page, media }) => pages[page].page.emulateMedia(media),
	pdf: async (browser, { page }) =>
		(await pages[page].page.pdf({ landscape: true, printBackground: true })).length,
	/* Saves what the next click, or the key, downloads. */
	async download(browser, { page, path, key }) {
		const [download] = await Promise.all([pages[page].page.waitForEvent('download'),
			pages[page].page.keyboard.press(key)]);

		await download.saveAs(path);
		return download.suggestedFilename();
	},
	/* What the library has no word for: https://chromedevtools.github.io/devtools-protocol/ */
	protocol: (browser, { page, method, params }) => pages[page].cdp.send(method, params),
};

const browser = await chromium.launch({
	executablePath: process.argv[2],
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-dev-shm-usage',
		'--force-device-scale-factor=1'],
});

for await (const line of readline.createInterface({ input: process.stdin })) {
	const request = JSON.parse(line);
	let answer;

	try {
		answer = { result: await calls[request.call](browser, request) ?? null };
	} catch (error) {
		answer = { error: String(error.message || error) };
	}
	process.stdout.write(JSON.stringify(answer) + '\n');
}
await browser.close();
