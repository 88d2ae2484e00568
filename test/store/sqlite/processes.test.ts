import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openSqliteStore } from '../../../src/store/sqlite/store.js'
import { type Child, killChildren, nextLine, startChild } from '../children/child.js'
import { newClient, newLink, newUser } from '../scene.js'

/** Starting a process that runs TypeScript takes a second on a busy machine. Milliseconds. */
const PATIENCE = 120_000

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'store-'))
})
afterEach(killChildren)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('processes that open a new file at once all get the same store', { timeout: PATIENCE }, async () => {
  const children = Array.from({ length: 3 }, () => startChild('open.ts', []))
  await Promise.all(children.map(nextLine))
  for (let round = 0; round < 15; round++) {
    const file = join(folder, `race-${round}.db`)
    const answers = children.map(nextLine)
    for (const child of children) child.process.stdin.write(`${file}\n`)
    const values = await Promise.all(answers)
    expect(new Set(values).size).toBe(1)
    // Bytes 18 and 19 of the header say whether the file is in write-ahead mode.
    expect([...readFileSync(file).subarray(18, 20)]).toEqual([2, 2])
    const store = await openSqliteStore(file)
    for (const { process } of children) expect(await store.meta.get(`pid ${process.pid}`)).toBe('was here')
    await store.close()
  }
  for (const child of children) child.process.stdin.end()
  for (const child of children) expect(await child.ended).toMatchObject({ code: 0, errors: '' })
})

test('four processes that write at once lose nothing and never see a locked store', {
  timeout: PATIENCE,
}, async () => {
  const rounds = 12
  const file = join(folder, 'writers.db')
  const store = await openSqliteStore(file)
  const client = newClient()
  const user = newUser(client.id)
  await store.clients.insert(client)
  await store.users.insert(user)
  for (let round = 0; round < rounds; round++) {
    await store.links.insert(newLink(user, { stateHash: `state ${round}` }))
  }
  const children = Array.from({ length: 4 }, () => startChild('write.ts', [file, client.id, user.id, String(rounds)]))
  await Promise.all(children.map(nextLine))
  for (const child of children) child.process.stdin.end('go\n')
  const ends = await Promise.all(children.map((child) => child.ended))
  for (const end of ends) expect(end).toMatchObject({ code: 0, errors: '' })

  const took = ends.flatMap(({ lines }) => lines.filter((line) => line.startsWith('took')))
  expect(took.toSorted()).toEqual(Array.from({ length: rounds }, (_, round) => `took ${round}`).toSorted())
  expect(await store.users.list(client.id)).toHaveLength(4 * rounds + 1)
  expect(await store.meta.get('count')).toBe(String(4 * rounds))
  expect(await store.meta.get('leased')).toBe('4')
  const accounts = await store.integrations.listOfUser(user.id)
  expect(accounts).toHaveLength((4 * rounds) / 2)
  expect(accounts.filter(({ selected }) => selected)).toHaveLength(1)
  await store.close()
})

test('a process killed while it writes loses no acknowledged write', { timeout: PATIENCE }, async () => {
  const file = join(folder, 'killed.db')
  const client = newClient()
  const store = await openSqliteStore(file)
  await store.clients.insert(client)
  const acknowledged: string[] = []
  for (let round = 0; round < 4; round++) {
    const pair = [0, 1].map(() => startChild('insert-until-killed.ts', [file, client.id]))
    // Each is killed after another number of inserts, in the midst of the next one.
    const ends = await Promise.all(pair.map((child, index) => killAfter(child, 1 + ((round * 7 + index * 3) % 20))))
    acknowledged.push(...ends.flat())
    const other = await openSqliteStore(file)
    const kept = new Set((await other.users.list(client.id)).map(({ id }) => id))
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([])
    await other.close()
  }
  expect(acknowledged.length).toBeGreaterThan(50)
  expect(new Set(acknowledged).size).toBe(acknowledged.length)
  await store.close()
})

/** The ids it printed until it died. The last line counts only if it is whole. */
async function killAfter(child: Child, lines: number): Promise<string[]> {
  let seen = 0
  child.lines.on('line', () => {
    if (++seen === lines) child.process.kill('SIGKILL')
  })
  const end = await child.ended
  expect(end).toMatchObject({ signal: 'SIGKILL', errors: '' })
  return end.lines.filter((line) => line.length === 36)
}
