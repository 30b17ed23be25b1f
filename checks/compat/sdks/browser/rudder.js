// The build that brings its plugins along; the other loads them from RudderStack's own host.
import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

import { parameter, sendAll, show, untagged } from "./calls.js";

globalThis.compat = async (text, options) => {
  const calls = JSON.parse(text, untagged);
  const host = parameter("host");
  const analytics = new RudderAnalytics();
  const ready = new Promise((resolve) => {
    analytics.load(parameter("writeKey"), host, {
      configUrl: host,
      onLoaded: resolve,
      ...JSON.parse(options),
    });
  });
  await ready;
  analytics.setAnonymousId(calls[0].anonymousId);
  const results = await sendAll(analytics, calls);
  show("@rudderstack/analytics-js", calls, results);
  return results;
};
