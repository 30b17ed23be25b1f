// Opens the page of an SDK in Chromium, once per run of the job, and waits until the page has nothing more to send.

import { chromium } from "playwright-core";

import { after, main } from "./harness.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Pages that nobody looks at shall keep their pace.
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

let browser;

await main(async (job, result) => {
  browser ??= chromium.launch({ executablePath: job.chromium, args: FLAGS, headless: true });
  const context = await (await browser).newContext(); // an empty profile
  const page = await context.newPage();
  const uploads = watch(page);
  page.on("pageerror", (error) => result.errors.push(String(error)));
  page.on("console", (message) => {
    const text = message.text();
    if (message.type() === "error" && !text.startsWith("Failed to load resource")) result.errors.push(text);
  });
  const address = new URL(job.page);
  address.search = new URLSearchParams({ host: job.host, writeKey: job.writeKey, key: job.writeKey });
  await page.goto(address.href);
  const sent = job.clicks.length ? click(page, job) : send(page, job);
  result.calls = await Promise.race([sent, after(job.seconds, "the page did not end in time")]);
  await uploads.quiet(job.quiet);
  if (job.screenshots?.[job.name]) await page.screenshot({ path: job.screenshots[job.name] });
  await context.close();
});

// Tagged values are made in the page, so the calls travel as text.
function send(page, { calls, options }) {
  const texts = [JSON.stringify(calls, tagged), JSON.stringify(options)];
  return page.evaluate(([calls, options]) => globalThis.compat(calls, options), texts);
}

// A page that sends by itself: one call as it opens, and one for each button, which the page shows when it is sent.
async function click(page, { calls, clicks }) {
  const shown = (count) => page.locator("#sent tr").nth(count - 1).waitFor();
  await shown(1);
  for (const [index, id] of clicks.entries()) {
    await page.click(`#${id}`);
    await shown(index + 2);
  }
  return calls.map(() => ({ messageId: null, error: null }));
}

function tagged(key, value) {
  const original = this[key];
  if (original instanceof Date) return { $date: original.toISOString() };
  if (typeof original === "number" && !Number.isFinite(original)) return { $number: String(original) };
  return value;
}

// Requests on their way, and when the last of them ended.
function watch(page) {
  const running = new Set();
  let last = Date.now();
  const ended = (request) => {
    running.delete(request);
    last = Date.now();
  };
  page.on("request", (request) => {
    if (request.method() === "POST") running.add(request);
    last = Date.now();
  });
  page.on("requestfinished", ended);
  page.on("requestfailed", ended);
  return {
    async quiet(seconds) {
      last = Date.now();
      while (running.size || Date.now() - last < seconds * 1000) await new Promise((go) => setTimeout(go, 50));
    },
  };
}
