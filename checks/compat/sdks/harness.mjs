// What the scripts for Node share: a job from standard input, all its runs at the same time, the results to standard
// output. `run` gets {host, writeKey, options, calls} and tells what became of its calls.

export async function main(run) {
  const job = JSON.parse(await text(process.stdin), untagged);
  console.log = console.info = console.warn = console.debug = console.error; // standard output is for the result
  const runs = {};
  await Promise.all(
    job.runs.map(async ({ name, host, calls, quiet }) => {
      const result = (runs[name] = { calls: [], errors: [] });
      const running = run({ ...job, name, host, calls, quiet }, result);
      const late = after(job.seconds, "did not end in time");
      await Promise.race([running, late]).catch((error) => result.errors.push(describe(error)));
    }),
  );
  process.stdout.write(JSON.stringify({ runs }), () => process.exit(0));
}

async function text(stream) {
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

// See compat/script.py.
export function untagged(_key, value) {
  if (value && typeof value === "object") {
    if (typeof value.$date === "string") return new Date(value.$date);
    if (typeof value.$number === "string") return Number(value.$number);
    if (typeof value.$int === "string") return Number(value.$int);
  }
  return value;
}

export function after(seconds, message) {
  return new Promise((_, reject) => setTimeout(() => reject(new Error(message)), seconds * 1000).unref());
}

export function describe(error) {
  return String(error?.stack || error?.message || error).slice(0, 500);
}

// The call without its type, its timestamp as a date.
export function message({ type, ...fields }) {
  return fields.timestamp ? { ...fields, timestamp: new Date(fields.timestamp) } : fields;
}
