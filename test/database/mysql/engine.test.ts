import { afterAll } from 'vitest'
import { describeMariadb } from '../../databases/index.js'
import { engineSuite } from '../engine.suite.js'
import { closePorts } from '../harness.js'

afterAll(closePorts)

describeMariadb('MariaDB', (server) => {
  engineSuite({
    engine: 'mysql',
    configuration: async () => ({ url: await server.createDatabase() }),
    endless: 'select sleep(600)',
    million: 'select seq as n from seq_1_to_1000000',
    connections: async (session) => {
      const sql = 'select count(*) as n from information_schema.processlist where db = database()'
      return (await session.rows(sql))[0]?.n as number
    },
  })
})
