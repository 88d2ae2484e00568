import { afterAll } from 'vitest'
import { describePostgres } from '../../databases/index.js'
import { engineSuite } from '../engine.suite.js'
import { closePorts } from '../harness.js'

afterAll(closePorts)

describePostgres('PostgreSQL', (server) => {
  engineSuite({
    engine: 'postgresql',
    configuration: async () => ({ url: await server.createDatabase() }),
    endless: 'select pg_sleep(600)',
    million: 'select n from generate_series(1, 1000000) as n',
    connections: async (session) => {
      const sql = 'select count(*) as n from pg_stat_activity where datname = current_database()'
      return (await session.rows(sql))[0]?.n as number
    },
  })
})
