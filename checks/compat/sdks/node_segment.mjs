import { Analytics } from "@segment/analytics-node";

import { describe, main, message } from "./harness.mjs";

await main(async ({ host, writeKey, calls, options }, result) => {
  const analytics = new Analytics({ writeKey, host, ...options });
  analytics.on("error", (error) => result.errors.push(describe(error.reason ?? error.code)));
  for (const call of calls) {
    const told = { messageId: null, error: null };
    result.calls.push(told);
    try {
      analytics[call.type](message(call), (error, context) => {
        told.messageId = context?.event.messageId ?? null;
        if (error) told.error = describe(error);
      });
    } catch (error) {
      told.error = describe(error);
    }
  }
  await analytics.closeAndFlush({ timeout: 60_000 });
});
