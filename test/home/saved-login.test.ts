import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { Secret } from '../../src/base/secret.js'
import { sealWithRing } from '../../src/crypto/ring-seal.js'
import { type DataFolder, openDataFolder } from '../../src/home/data-folder.js'
import {
  endLogin,
  findLogin,
  findSavedLogin,
  forgetLogin,
  listLogins,
  loginKeyIds,
  resealLogins,
  saveLogin,
} from '../../src/home/saved-login.js'

function newFolder(): Promise<DataFolder> {
  const dataDir = mkdtempSync(join(tmpdir(), 'connectors-logins-'))
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }))
  return openDataFolder({ dataDir, key: undefined, keyCommand: undefined })
}

const REMOTE = 'https://connectors.example'
const secretOf = (identifier: string) => `canary-secret-of-${identifier}`
const save = (folder: DataFolder, identifier: string, service = 'embedded') =>
  saveLogin(folder, { service, identifier, secret: new Secret(secretOf(identifier)) })
const acting = async (folder: DataFolder, service = 'embedded') => {
  const login = await findLogin(folder, service)
  return login && [login.identifier, login.secret.reveal()]
}

/** `login.json` as the first releases wrote it. */
function writeOlder(folder: DataFolder, identifier: string, service = 'embedded'): void {
  const sealed = sealWithRing(folder.keys.ring, secretOf(identifier), ['login', service, identifier])
  writeFileSync(folder.loginFile, `${JSON.stringify({ service, identifier, sealed }, null, 2)}\n`, { mode: 0o600 })
}

const filesOf = (folder: DataFolder) =>
  readdirSync(folder.path)
    .filter((name) => name.startsWith('login'))
    .map((name) => join(folder.path, name))

test('a saved login is sealed, for its owner only, and opens as the user and at the service that it was saved for', async () => {
  const folder = await newFolder()
  await save(folder, 'ada', REMOTE)
  for (const file of filesOf(folder)) {
    expect(readFileSync(file, 'utf8')).not.toContain('canary')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  }
  expect(await acting(folder, REMOTE)).toEqual(['ada', secretOf('ada')])
  expect(await acting(folder)).toBeUndefined()
  const file = filesOf(folder).find((name) => name !== folder.loginFile) ?? expect.fail()
  const text = readFileSync(file, 'utf8')
  await save(folder, 'bob', REMOTE)
  const bobs = filesOf(folder).find((name) => ![file, folder.loginFile].includes(name)) ?? expect.fail()
  writeFileSync(bobs, text.replace('"ada"', '"bob"'))
  await expect(findSavedLogin(folder, { service: REMOTE, identifier: 'bob' })).rejects.toThrow('cannot be opened')
  writeFileSync(bobs, '{nope')
  expect((await findSavedLogin(folder, { service: REMOTE, identifier: 'ada' }))?.secret.reveal()).toBe(secretOf('ada'))
  await save(folder, 'ada', REMOTE)
  for (const damaged of [file, folder.loginFile]) {
    writeFileSync(file, text)
    writeFileSync(damaged, '{nope')
    await expect(findLogin(folder, REMOTE)).rejects.toThrow(`${damaged} is damaged`)
  }
})

test('a login of another user keeps the first one, which can act again', async () => {
  const folder = await newFolder()
  await save(folder, 'ada')
  await save(folder, 'bob')
  await save(folder, 'carol', REMOTE)
  expect(await acting(folder)).toEqual(['bob', secretOf('bob')])
  expect(await acting(folder, REMOTE)).toEqual(['carol', secretOf('carol')])
  expect(listLogins(folder)).toEqual([
    { service: 'embedded', identifier: 'ada', current: false },
    { service: 'embedded', identifier: 'bob', current: true },
    { service: REMOTE, identifier: 'carol', current: true },
  ])
  const ada = await findSavedLogin(folder, { service: 'embedded', identifier: 'ada' })
  expect(ada?.secret.reveal()).toBe(secretOf('ada'))
  await saveLogin(folder, ada ?? expect.fail())
  expect(await acting(folder)).toEqual(['ada', secretOf('ada')])
})

test('a logout keeps the secret, and forgetting destroys it', async () => {
  const folder = await newFolder()
  await save(folder, 'ada')
  await save(folder, 'bob')
  await save(folder, 'bob', REMOTE)
  expect([endLogin(folder, 'embedded'), endLogin(folder, 'embedded')]).toEqual(['bob', undefined])
  expect(await acting(folder)).toBeUndefined()
  expect(await acting(folder, REMOTE)).toEqual(['bob', secretOf('bob')])
  expect((await findSavedLogin(folder, { service: 'embedded', identifier: 'bob' }))?.secret.reveal()).toBe(
    secretOf('bob'),
  )
  const bob = { service: REMOTE, identifier: 'bob' }
  expect([forgetLogin(folder, bob), forgetLogin(folder, bob)]).toEqual([true, false])
  expect(await acting(folder, REMOTE)).toBeUndefined()
  expect(await findSavedLogin(folder, bob)).toBeUndefined()
  expect(listLogins(folder).map(({ identifier }) => identifier)).toEqual(['ada', 'bob'])
})

test('logins that are saved at the same time are all there', async () => {
  const folder = await newFolder()
  const names = Array.from({ length: 20 }, (_, index) => `user ${index}`)
  await Promise.all(names.map((name) => save(folder, name)))
  expect(listLogins(folder).map(({ identifier }) => identifier)).toEqual(names.toSorted())
  expect(names).toContain((await acting(folder))?.[0])
})

test.each(['__proto__', '../../key', 'a/b', 'x'.repeat(255), 'Ada\u0000', ' \n'])(
  'a login of a user called %j is found again',
  async (name) => {
    const folder = await newFolder()
    await save(folder, name)
    await save(folder, 'ada')
    expect((await findSavedLogin(folder, { service: 'embedded', identifier: name }))?.secret.reveal()).toBe(
      secretOf(name),
    )
    await save(folder, name)
    expect(await acting(folder)).toEqual([name, secretOf(name)])
  },
)

test.each([
  ['another user logs in', (folder: DataFolder): Promise<void> => save(folder, 'bob'), 'bob'],
  ['somebody logs in at another service', (folder: DataFolder): Promise<void> => save(folder, 'bob', REMOTE), 'ada'],
  ['the person logs out', async (folder: DataFolder): Promise<void> => void endLogin(folder, 'embedded'), undefined],
  ['the keys are rotated', async (folder: DataFolder): Promise<void> => void (await rotate(folder)), 'ada'],
] as const)('the one login of an earlier release is kept when %s', async (_what, act, current) => {
  const folder = await newFolder()
  writeOlder(folder, 'ada')
  expect(await acting(folder)).toEqual(['ada', secretOf('ada')])
  expect(listLogins(folder)).toEqual([{ service: 'embedded', identifier: 'ada', current: true }])
  expect(loginKeyIds(folder)).toEqual([folder.keys.ring.currentId])
  await act(folder)
  expect((await acting(folder))?.[0]).toBe(current)
  expect((await findSavedLogin(folder, { service: 'embedded', identifier: 'ada' }))?.secret.reveal()).toBe(
    secretOf('ada'),
  )
})

test('the one login of an earlier release is replaced by a new secret of the same user, or forgotten', async () => {
  const folder = await newFolder()
  writeOlder(folder, 'ada')
  await saveLogin(folder, { service: 'embedded', identifier: 'ada', secret: new Secret('the new one') })
  expect(await acting(folder)).toEqual(['ada', 'the new one'])
  writeOlder(folder, 'bob', REMOTE)
  expect(forgetLogin(folder, { service: REMOTE, identifier: 'bob' })).toBe(true)
  expect(listLogins(folder).map(({ identifier }) => identifier)).toEqual(['ada'])
})

/** As `keys rotate` does it. */
async function rotate(folder: DataFolder): Promise<number> {
  writeFileSync(folder.keyFile, folder.keys.ring.rotate().text)
  await folder.keys.latest()
  return resealLogins(folder)
}

test('a rotation seals every saved login with the new key', async () => {
  const folder = await newFolder()
  await save(folder, 'ada')
  await save(folder, 'bob')
  await save(folder, 'carol', REMOTE)
  expect([await rotate(folder), await resealLogins(folder)]).toEqual([3, 0])
  expect(new Set(loginKeyIds(folder))).toEqual(new Set([folder.keys.ring.currentId]))
  expect(await acting(folder)).toEqual(['bob', secretOf('bob')])
})
