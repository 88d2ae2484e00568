import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { makeShop } from '../../demo/shops.js'
import { embeddedScene } from '../connect/scene.js'
import { codeBlocks, ROOT } from './served.js'

test('the first question of the README has the answer that it shows', async () => {
  const { client, token: userToken, folder, close } = await embeddedScene()
  onTestFinished(close)
  const file = join(folder, 'shop.db')
  makeShop('berlin', file)
  const configuration = { driver: 'sqlite', database: file, identifier: 'shop', read_only: true }
  await client.linkCustom('sql', userToken, { configuration })

  const blocks = (await codeBlocks('README.md', 'json')).map((code) => JSON.parse(code))
  const call = blocks.find((block) => 'action' in block)
  const { data, meta, acted_as } = blocks.find((block) => 'acted_as' in block)
  const answer = await client.execute(call.connector, call.action, { userToken, params: call.params })
  expect(answer).toMatchObject({ data, meta, actedAs: acted_as })
})

test('the README has the two commands that are all the set-up, and can be read at one go', async () => {
  const commands = (await codeBlocks('README.md', 'sh')).map((code) => code.trim())
  expect(commands).toContain('npm ci && npm run demo')
  expect(commands).toContain('npm ci && npm test')
  expect(readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n').length).toBeLessThan(180)
})

test('docs/demo.md has the steps of the demo', () => {
  const titled = [...readFileSync(join(ROOT, 'demo/story.ts'), 'utf8').matchAll(/^ *step\(['"](.+)['"]\)$/gm)]
  const titles = titled.map(([, title = '']) => title.replaceAll("\\'", "'"))
  const shown = readFileSync(join(ROOT, 'docs/demo.md'), 'utf8')
  expect(titles.length).toBeGreaterThan(10)
  expect(titles.filter((title) => !shown.includes(`. ${title}\n`))).toEqual([])
})
