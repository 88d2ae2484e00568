import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe } from 'vitest'
import { engineSuite } from '../engine.suite.js'
import { closePorts } from '../harness.js'

const folder = mkdtempSync(join(tmpdir(), 'connectors-sqlite-'))
let files = 0
const emptyFile = (): string => {
  files += 1
  const file = join(folder, `${files}.db`)
  writeFileSync(file, '')
  return file
}

afterAll(async () => {
  await closePorts()
  rmSync(folder, { recursive: true })
})

const NUMBERS = 'with recursive numbers(n) as (select 1 union all select n + 1 from numbers'

describe('SQLite', () => {
  engineSuite({
    engine: 'sqlite',
    configuration: async () => ({ url: `sqlite:///${emptyFile()}` }),
    endless: `${NUMBERS}) select count(*) as n from numbers`,
    million: `${NUMBERS} where n < 1000000) select n from numbers`,
  })
})
