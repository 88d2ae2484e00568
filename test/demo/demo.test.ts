import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '../..')

interface Played {
  code: number | null
  stdout: string
  stderr: string
  /** What was left in the temporary folder. */
  left: string[]
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Runs the demo of a project with the environment of an agent: no HOME, next to nothing in PATH.
 * @param interruptAt what it prints when it is interrupted; never unless given
 */
async function play(project: string, interruptAt?: string): Promise<Played> {
  const temporary = await temporaryFolder()
  const env = { PATH: dirname(process.execPath), TMPDIR: temporary }
  const { code, stdout, stderr } = await new Promise<Omit<Played, 'left'>>((done) => {
    const args = ['--import', 'tsx', 'demo/index.ts']
    const child = execFile(process.execPath, args, { cwd: project, env, timeout: 55_000 }, (_error, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    )
    let printed = ''
    child.stdout?.on('data', (chunk) => {
      printed += String(chunk)
      if (interruptAt !== undefined && printed.includes(interruptAt)) child.kill('SIGTERM')
    })
  })
  // tsx keeps its cache there.
  return { code, stdout, stderr, left: (await readdir(temporary)).filter((name) => !name.startsWith('tsx-')) }
}

/** The demo in a project whose mcp.json names another server. @param server its code; undefined: it is not built */
async function projectWith(server: string | undefined): Promise<string> {
  const project = await temporaryFolder()
  await cp(join(ROOT, 'demo'), join(project, 'demo'), { recursive: true })
  for (const name of ['node_modules', 'package.json', 'mcp.json', 'test'])
    await symlink(join(ROOT, name), join(project, name))
  if (server !== undefined) {
    await mkdir(join(project, 'dist'))
    await writeFile(join(project, 'dist/main.js'), server)
  }
  return project
}

test('the whole story', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr, left } = await play(ROOT)
  expect({ code, stderr, left }).toEqual({ code: 0, stderr: '', left: [] })

  const steps = [...stdout.matchAll(/^\d+\. .*\n(?:\n? {3}.*\n)*/gm)].map(([text]) => text)
  const stepWith = (title: string) => steps.find((text) => text.split('\n')[0]?.includes(title)) ?? expect.fail(title)
  expect(stepWith('Register a user')).toMatch(/identifier +mona@example\.com/)
  expect(stepWith('shop in Berlin')).toMatch(/selected +true/)
  expect(stepWith('shop in Lisbon')).toMatch(/selected +false/)
  expect(stepWith('name no account')).toMatch(/Invisible Cities +6\n.*Momo +5\n[\s\S]*acted_as: berlin/)
  expect(stepWith('Make the other one the default')).toMatch(
    /Blindness +4\n.*The Book of Disquiet +3\n[\s\S]*acted_as: lis/,
  )
  expect(stepWith('by its name')).toMatch(/"identifier": "berlin"[\s\S]*Invisible Cities +6\n[\s\S]*acted_as: berlin/)
  expect(stepWith('which account took over')).toMatch(/new_default +berlin\n[\s\S]*sql +berlin +true/)
  expect(stepWith('Ask for a link')).toMatch(
    /status +pending\n.*http:\/\/127\.0\.0\.1:\d+\/connect\/[0-9a-f-]{36}\n +code +\w{4}-\w{4}/,
  )
  expect(stepWith('says what will be linked')).toMatch(
    /Link a GitHub account[\s\S]*mona@example\.com[\s\S]*the same code/,
  )
  expect(stepWith('GitHub asks')).toMatch(
    /\| Authorize Connectors \(demo\) to access your account\.\n[\s\S]*\[ mona, Mona Lisa/,
  )
  expect(stepWith('picks mona')).toMatch(/\| GitHub is linked\n.*The account mona is linked/)
  expect(stepWith('See that the account')).toMatch(/github +mona +true/)
  expect(stepWith('Open an issue')).toMatch(/acted_as: mona\n[\s\S]*user\.login +mona/)
  expect(stepWith('list the comments')).toMatch(/mona +Twenty copies are on their way/)
  expect(stepWith('List the commits')).toMatch(/[0-9a-f]{40} +Initial commit/)
  expect(stdout).toMatch(/All of this worked, in \d+\.\d seconds\.\n$/)
})

test('no secret is printed', { timeout: 60_000 }, async () => {
  const { stdout, stderr } = await play(ROOT)
  // A user's secret and token, GitHub's token, the OAuth client's secret, and what travels through the browser.
  expect(stdout + stderr).not.toMatch(
    /sk-user-|sk-client-|eyJ|gho_|known-to-the-demo-alone|state=|code=|code_challenge/,
  )
})

test.each([
  ['is not built', undefined, /^\nThe demo failed\. The server is not built yet; run "npm ci" first\.\n$/],
  [
    'does not start',
    'process.exit(7)',
    /^\nThe demo failed\. The server that mcp\.json names did not start; run "node dist\/main\.js" to see why\.\n$/,
  ],
])('a server that %s ends the demo with a sentence', { timeout: 60_000 }, async (_what, server, sentence) => {
  const { code, stderr, left } = await play(await projectWith(server))
  expect({ code, left }).toEqual({ code: 1, left: [] })
  expect(stderr).toMatch(sentence)
})

test('an interrupted demo leaves nothing behind', { timeout: 60_000 }, async () => {
  const { code, stdout, stderr, left } = await play(ROOT, '5. Link the database')
  expect({ code, stderr, left }).toEqual({ code: 1, stderr: '\nThe demo failed. It was interrupted.\n', left: [] })
  expect(stdout).not.toContain('Part two')
})
