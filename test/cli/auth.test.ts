import { expect, test } from 'vitest'
import { newFolder, run, serve } from './command.js'

test('the error for a refused API key names the setting that the key comes from', async () => {
  const url = await serve({ CONNECTORS_DATA_DIR: newFolder() })
  const here = { CONNECTORS_DATA_DIR: newFolder(), CONNECTORS_API_URL: url }
  for (const settings of [here, { ...here, CONNECTORS_API_KEY: 'sk-client-none' }]) {
    const { code, stderr } = await run(['auth', 'login', 'ada@example.com', '--register'], settings)
    expect([code, stderr]).toEqual([2, expect.stringContaining('CONNECTORS_API_KEY')])
  }
})
