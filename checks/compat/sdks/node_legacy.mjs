import Analytics from "analytics-node";

import { main } from "./harness.mjs";
import { sendAll } from "./node_queue.mjs";

await main(async ({ host, writeKey, calls, options }, result) => {
  const errorHandler = (error) => result.errors.push(error.message);
  const analytics = new Analytics(writeKey, { host, errorHandler, ...options });
  await sendAll(analytics, calls, result);
});
