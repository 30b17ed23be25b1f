import { AnalyticsBrowser } from "@segment/analytics-next";

import { parameter, sendAll, show, untagged } from "./calls.js";

globalThis.compat = async (text, options) => {
  const calls = JSON.parse(text, untagged);
  // `cdnURL` is all that is needed: the settings name the host that events go to.
  const [analytics] = await AnalyticsBrowser.load(
    { writeKey: parameter("writeKey"), cdnURL: parameter("host") },
    { integrations: { "Segment.io": JSON.parse(options) } },
  );
  analytics.setAnonymousId(calls[0].anonymousId);
  const results = await sendAll(analytics, calls);
  show("@segment/analytics-next", calls, results);
  return results;
};
