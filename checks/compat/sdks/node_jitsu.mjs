import { jitsuAnalytics } from "@jitsu/js";

import { describe, main } from "./harness.mjs";

// All that it makes in a process share one user, so its runs wait for each other.
let before = Promise.resolve();

await main((job, result) => (before = before.catch(() => {}).then(() => run(job, result))));

async function run({ host, writeKey, calls, options }, result) {
  const errorPolicy = (text) => result.errors.push(text);
  const analytics = jitsuAnalytics({ host, writeKey, errorPolicy, ...options });
  await analytics.reset();
  for (const call of calls) {
    const told = { messageId: null, error: null };
    result.calls.push(told);
    try {
      await send(analytics, call);
    } catch (error) {
      told.error = describe(error);
    }
  }
}

function send(analytics, call) {
  const { type, anonymousId, userId, context } = call;
  analytics.setAnonymousId(anonymousId);
  switch (type) {
    case "identify":
      return analytics.identify(userId, call.traits, { context });
    case "group":
      return analytics.group(call.groupId, call.traits, { context });
    case "page":
      return analytics.page({ name: call.name, ...call.properties }, { context });
    case "track":
      return analytics.track(call.event, call.properties, { context });
  }
  throw new Error(`Jitsu has no ${type}`);
}
