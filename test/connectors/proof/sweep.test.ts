import { afterAll, describe, expect, test } from 'vitest'
import { everyConnector } from './connectors.js'
import { proofTable } from './proof-table.js'
import { sweep } from './sweep.js'

// The requests of every action are held against what the vendor says it takes. What a connector adds to that is its data.
describe('the sweep', () => {
  const total = { requests: 0, actions: 0, exceptions: 0, undescribed: 0 }
  afterAll(() => {
    const { requests, actions, exceptions, undescribed } = total
    process.stderr.write(
      `sweep: ${requests} requests of ${actions} actions held against descriptions, ${exceptions} exceptions, ${undescribed} actions without a description\n`,
    )
  })

  const cases = everyConnector.map(({ connector, data }) => [connector.name, connector, data] as const)
  test.each(cases)('of %s finds what the vendor describes', async (name, connector, data) => {
    if (connector.port !== 'http') {
      process.stderr.write(`sweep: ${name} sends no HTTP requests, so there is nothing to hold\n`)
      return
    }
    const swept = await sweep(connector, data)
    const { faults, requests, exceptions, undescribed, notAtHand } = swept
    if (process.env.PROOF === name) process.stderr.write(proofTable(connector, data, swept))
    if (notAtHand) {
      process.stderr.write(
        `sweep: ${name} is left out, since its answers are made of a description that is not there\n`,
      )
      return
    }
    total.requests += requests
    total.actions += connector.actions.length - undescribed.size
    total.exceptions += exceptions
    total.undescribed += undescribed.size
    for (const [action, reason] of undescribed)
      process.stderr.write(`sweep: ${name} ${action} is not held: ${reason}\n`)
    if (faults.length > 0) expect.fail(faults.join('\n'))
  })
})
