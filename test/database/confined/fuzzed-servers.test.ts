import { expect, test } from 'vitest'
import { describeMariadb, describePostgres, type TestServer } from '../../databases/index.js'
import { type FuzzedEngine, fuzzServers } from '../../fuzz/servers.js'

/** A few of what `npm run fuzz:servers` plays by the hundred thousand. */
const fewStreams = (engine: FuzzedEngine) => (server: TestServer) => {
  test('changed server answers end as clear errors, and another account keeps working', {
    timeout: 120_000,
  }, async () => {
    const { faults, streams, good } = await fuzzServers({ engine, url: server.url, streams: 120, seed: 8 })
    expect(faults).toEqual([])
    expect(streams).toBeGreaterThanOrEqual(120)
    expect(good.calls).toBeGreaterThan(0)
  })
}

describePostgres('changed streams of PostgreSQL', fewStreams('postgresql'))
describeMariadb('changed streams of MariaDB', fewStreams('mysql'))
