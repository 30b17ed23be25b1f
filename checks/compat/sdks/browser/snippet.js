import { parameter, sendAll, show, untagged } from "./calls.js";

globalThis.compat = async (text) => {
  const calls = JSON.parse(text, untagged);
  const ready = new Promise((resolve) => globalThis.analytics.ready(resolve));
  globalThis.analytics.setAnonymousId(calls[0].anonymousId); // waits in the snippet's array
  await ready;
  const results = await sendAll(globalThis.analytics, calls);
  show(`analytics.js from ${parameter("host")}`, calls, results);
  return results;
};
