// What the pages share: makes the values that JSON has no word for, and tells the person who looks at the page.

export function untagged(_key, value) {
  if (value && typeof value === "object") {
    if (typeof value.$date === "string") return new Date(value.$date);
    if (typeof value.$number === "string") return Number(value.$number);
    if (typeof value.$int === "string") return Number(value.$int);
  }
  return value;
}

export const parameter = (name) => new URLSearchParams(location.search).get(name);

// The result of a promise, or undefined if it takes too long: an event that is tried again keeps its promise open.
export const within = (milliseconds, promise) =>
  Promise.race([promise, new Promise((resolve) => setTimeout(resolve, milliseconds))]);

export const optionsOf = ({ context, integrations, timestamp }) => ({
  ...(context && { context }),
  ...(integrations && { integrations }),
  ...(timestamp && { timestamp: new Date(timestamp) }),
});

// Segment's six methods as they have been since analytics.js 1; each returns what the SDK returns.
export function segmentCall(analytics, call) {
  const options = optionsOf(call);
  switch (call.type) {
    case "identify":
      return analytics.identify(call.userId, call.traits, options);
    case "group":
      return analytics.group(call.groupId, call.traits, options);
    case "page":
    case "screen":
      return analytics[call.type](call.category ?? null, call.name, call.properties, options);
    case "alias":
      return analytics.alias(call.userId, call.previousId, options);
  }
  return analytics.track(call.event, call.properties, options);
}

// One after another until the user is known: what waits in the queue goes out with the user known when it leaves.
export async function sendAll(analytics, calls) {
  const sent = [];
  let known = !calls.some((call) => call.type === "identify");
  for (const call of calls) {
    const promise = told(() => segmentCall(analytics, call));
    sent.push(promise);
    if (!known) await within(3000, promise);
    known ||= call.type === "identify";
  }
  const results = await Promise.all(sent.map((promise) => within(20_000, promise)));
  return results.map((result) => result ?? { messageId: null, error: null });
}

async function told(call) {
  try {
    const context = await call();
    return { messageId: context?.event?.messageId ?? null, error: null };
  } catch (error) {
    return { messageId: null, error: String(error) };
  }
}

export function show(title, calls, results) {
  const line = document.createElement("p");
  line.textContent = `${title}: ${calls.length} calls, ${results.filter((each) => each?.error).length} errors`;
  document.body.append(line);
}
