// Records what Segment's own destination code sends: node record.js <folder with corpus.json and the recordings>.
//
// For each recording the destination's code is run on every event of the corpus with the recording's settings and
// subscriptions, and the recording's cases are replaced. Only fetch is not Segment's: it answers 200 and takes notes.
const fs = require('fs')
const path = require('path')

const CORE = '@segment/actions-core'
const NOW = Date.parse('2026-01-15T12:00:00Z')
const DESTINATIONS = path.join(__dirname, 'node_modules/@segment/action-destinations/dist/destinations')
const taken = []

const fetch = require(path.join(path.dirname(require.resolve(CORE)), 'fetch.js'))
fetch.default = async (url, options) => {
  const request = url instanceof fetch.Request ? url : new fetch.Request(url, options)
  taken.push({
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers.entries()),
    ...body(await request.clone().text(), request.headers.get('content-type') || ''),
  })
  return new fetch.Response('{}', { status: 200, headers: { 'content-type': 'application/json' } })
}
Date.now = () => NOW

const { Destination } = require(CORE)

function body(text, type) {
  if (type.includes('x-www-form-urlencoded')) return { form: Object.fromEntries(new URLSearchParams(text)) }
  try {
    return { json: JSON.parse(text) }
  } catch (_) {
    return { bodyText: text }
  }
}

async function record(folder, file, corpus) {
  const recording = JSON.parse(fs.readFileSync(path.join(folder, file)))
  const definition = require(path.join(DESTINATIONS, recording.destination)).default
  const destination = new Destination(definition)
  recording.cases = []
  for (const { id, event } of corpus) {
    for (const [number, subscription] of recording.subscriptions.entries()) {
      if (!subscription.subscribe || !definition.actions[subscription.partnerAction]) continue
      taken.length = 0
      const made = { event: id, subscription: number, action: subscription.partnerAction }
      try {
        const input = { ...subscription, mapping: JSON.parse(JSON.stringify(subscription.mapping || {})) }
        const copy = JSON.parse(JSON.stringify(event))
        made.results = await destination.onSubscription(input, copy, recording.settings, {})
        if (made.results.some((result) => result.output === 'not subscribed')) continue
      } catch (error) {
        made.error = { name: error.name, message: error.message, status: error.status }
      }
      recording.cases.push({ ...made, requests: [...taken] })
    }
  }
  fs.writeFileSync(path.join(folder, file), JSON.stringify(recording))
  console.log(`${recording.name}: ${recording.cases.length} cases`)
}

async function main(folder) {
  const corpus = JSON.parse(fs.readFileSync(path.join(folder, 'corpus.json')))
  for (const file of fs.readdirSync(folder).sort()) {
    if (file.endsWith('.json') && file !== 'corpus.json') await record(folder, file, corpus)
  }
}

main(process.argv[2])
