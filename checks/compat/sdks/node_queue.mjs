// analytics-node 6 and RudderStack's SDK, which began as a copy of it: a callback per call, after its batch was sent.

import { describe, message } from "./harness.mjs";

export async function sendAll(analytics, calls, result) {
  const sent = calls.map((call) => {
    const told = { messageId: null, error: null };
    result.calls.push(told);
    return new Promise((resolve) => {
      try {
        analytics[call.type](message(call), (error) => {
          if (error) told.error = describe(error);
          resolve();
        });
      } catch (error) {
        told.error = describe(error);
        resolve();
      }
    });
  });
  // A flush takes at most one batch, and the next waits for the flush interval.
  const flushing = setInterval(() => Promise.resolve(analytics.flush()).catch(() => {}), 100);
  await Promise.all(sent);
  clearInterval(flushing);
}
