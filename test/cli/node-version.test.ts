import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { nodeTooOld } from '../../src/cli/node-version.js'

test.each(['16.20.2', '18.20.8', '20.18.3'])('Node %s is too old, and the sentence says so', (version) => {
  expect(nodeTooOld(version)).toBe(
    `Node 20.19 or newer is needed, and this is Node ${version}; install a newer one, and write its path where the agent starts connectors-mcp.`,
  )
})

test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0-nightly'])('Node %s is new enough', (version) => {
  expect(nodeTooOld(version)).toBeUndefined()
})

test('the oldest one is that of package.json', () => {
  const { engines } = JSON.parse(readFileSync(join(resolve(import.meta.dirname, '../..'), 'package.json'), 'utf8'))
  expect(engines.node).toBe('>=20.19')
  expect(nodeTooOld('0.0.0')).toContain('Node 20.19 or newer')
})
