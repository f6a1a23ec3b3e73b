// A report in Chromium, light and dark: node report.mjs NODE_MODULES CHROMIUM FILE.html [SCREENSHOT.png]

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [modules, executablePath, file, screenshot] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const args = ["--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-proxy-server"];

/** Runs in the page: opens everything, and says what is there. */
function open() {
  const cases = [...document.querySelectorAll("details")];
  for (const one of cases) one.open = true;
  const shown = cases.filter((one) => one.querySelector("div").getBoundingClientRect().height > 0);
  const { backgroundColor, color } = getComputedStyle(document.body);
  return { cases: cases.length, shown: shown.length, wide: document.body.scrollWidth > innerWidth, backgroundColor, color };
}

const browser = await chromium.launch({ executablePath, args, chromiumSandbox: false });
const grounds = new Set();
for (const colorScheme of ["light", "dark"]) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1100, height: 900 } });
  const troubles = [];
  page.on("console", (message) => troubles.push(message.text()));
  page.on("pageerror", (error) => troubles.push(String(error)));
  page.on("request", (request) => /^(file|data):/.test(request.url()) || troubles.push(request.url()));
  await page.goto(pathToFileURL(file).href);
  if (screenshot) await page.screenshot({ path: screenshot.replace(".png", `-${colorScheme}.png`) });
  const found = await page.evaluate(open);
  assert.deepEqual(troubles, []);
  assert.ok(found.cases > 0 && found.shown === found.cases, JSON.stringify(found));
  assert.equal(found.wide, false);
  assert.notEqual(found.backgroundColor, found.color);
  grounds.add(found.backgroundColor);
  await page.close();
}
await browser.close();
assert.equal(grounds.size, 2);
