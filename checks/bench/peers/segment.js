// Runs Segment's own destination code as fast as it can: `node segment.js <folder with node_modules>`.
//
// Each line that it reads is a job as JSON: {destination, settings, subscriptions, events, size, seconds}, where events
// are texts of JSON. It answers {rate, requests, why}: events a second, requests for all events once, and the last error
// if there was one; the rate is null where size is more than one and no action takes batches. What is timed is all that
// Segment's code does with an event, from its text to the vendor's answer. Only fetch is not Segment's: it answers 200.
const path = require('path')
const readline = require('readline')

const MODULES = path.join(path.resolve(process.argv[2]), 'node_modules')
const CORE = require.resolve('@segment/actions-core', { paths: [MODULES] })
const DESTINATIONS = path.join(MODULES, '@segment/action-destinations/dist/destinations')

const fetch = require(path.join(path.dirname(CORE), 'fetch.js'))
let requests = 0
let why = null
fetch.default = async (url, options) => {
  requests += 1
  const request = url instanceof fetch.Request ? url : new fetch.Request(url, options)
  await request.text()
  return new fetch.Response('{}', { status: 200, headers: { 'content-type': 'application/json' } })
}
const { Destination } = require(CORE)
const known = new Map()

function prepared(job) {
  if (!known.has(job.destination)) {
    const definition = require(path.join(DESTINATIONS, job.destination)).default
    known.set(job.destination, [new Destination(definition), definition.actions])
  }
  const [destination, actions] = known.get(job.destination)
  const isBatched = (each) => job.size > 1 && Boolean(actions[each.partnerAction].performBatch)
  const some = (fits) => ({ ...job.settings, subscriptions: job.subscriptions.filter(fits) })
  return [destination, some(isBatched), some((each) => !isBatched(each))]
}

async function done(promise) {
  try {
    const results = await promise
    requests += results.filter((each) => each.data && each.data.batch).length // for Segment itself: handed over
  } catch (error) {
    why = error // An event that Segment's code refuses has taken its time all the same.
  }
}

async function run(job) {
  const [destination, batched, single] = prepared(job)
  if (job.size > 1 && !batched.subscriptions.length) return { rate: null, requests: 0 }
  requests = 0
  why = null
  const started = process.hrtime.bigint()
  const spent = () => Number(process.hrtime.bigint() - started) / 1e9
  let passes = 0
  while (spent() < job.seconds) {
    for (let at = 0; at < job.events.length; at += job.size) {
      const parsed = job.events.slice(at, at + job.size).map((text) => JSON.parse(text))
      if (batched.subscriptions.length) await done(destination.onBatch(parsed, batched))
      if (single.subscriptions.length) for (const event of parsed) await done(destination.onEvent(event, single))
    }
    passes += 1
  }
  return { rate: (passes * job.events.length) / spent(), requests: requests / passes, why: why && String(why) }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await run(JSON.parse(line))) + '\n')
  }
}

main()
