import Analytics from "@rudderstack/rudder-sdk-node";

import { main } from "./harness.mjs";
import { sendAll } from "./node_queue.mjs";

await main(async ({ host, writeKey, calls, options }, result) => {
  const errorHandler = (error) => result.errors.push(error.message);
  const analytics = new Analytics(writeKey, { dataPlaneUrl: host, logLevel: "none", errorHandler, ...options });
  await sendAll(analytics, calls, result);
});
