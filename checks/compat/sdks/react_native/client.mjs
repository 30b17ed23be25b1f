// @segment/analytics-react-native with its JavaScript as it is; what a phone would give it is in react-native.mjs.

import { createClient } from "@segment/analytics-react-native";

import { describe, main } from "../harness.mjs";

const PATIENCE_MS = 250;

const CALLS = {
  track: (client, { event, properties }, enrichment) => client.track(event, properties, enrichment),
  screen: (client, { name, properties }, enrichment) => client.screen(name, properties, enrichment),
  identify: (client, { userId, traits }, enrichment) => client.identify(userId, traits, enrichment),
  group: (client, { groupId, traits }, enrichment) => client.group(groupId, traits, enrichment),
};

await main(async ({ host, writeKey, calls, options }, result) => {
  const client = createClient({
    writeKey,
    proxy: `${host}/v1`,
    cdnProxy: `${host}/v1`,
    useSegmentEndpoints: true,
    allowInsecureProxy: true,
    trackAppLifecycleEvents: false,
    errorHandler: (error) => result.errors.push(describe(error)),
    ...options,
  });
  await until(() => client.isReady.value);
  await client.userInfo.set({ anonymousId: calls[0].anonymousId });
  for (const call of calls) {
    const told = { messageId: null, error: null };
    result.calls.push(told);
    try {
      await CALLS[call.type](client, call, (event) => {
        told.messageId = event.messageId ?? null;
        return completed(event, call);
      });
    } catch (error) {
      told.error = describe(error);
    }
  }
  while ((await client.pendingEvents()) > 0) {
    await client.flush();
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  }
  client.cleanup();
});

// What an app cannot give to a call it gives to the event, in the function that the SDK takes for this.
function completed(event, { timestamp, context, integrations }) {
  return {
    ...event,
    ...(timestamp ? { timestamp } : {}),
    context: { ...event.context, ...context },
    integrations: { ...event.integrations, ...integrations },
  };
}

async function until(isTrue) {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 10));
}
