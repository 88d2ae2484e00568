import { readFile } from 'node:fs/promises'
import type { TestProject } from 'vitest/node'
import { type RunningServer, startMariadb, startPostgres } from './servers.js'

/** What the tests are given of a server: where it is, or why there is none. */
export type ProvidedServer = { url: string; folder: string } | { reason: string }

declare module 'vitest' {
  interface ProvidedContext {
    postgres: ProvidedServer
    mariadb: ProvidedServer
  }
}

const STARTS = { postgres: startPostgres, mariadb: startMariadb }

/**
 * Starts the real databases once for a run, both at the same time, if a test file that was chosen asks for them.
 * `VITEST_DATABASES=off` keeps them away.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const running: RunningServer[] = []
  const wanted = await wantedServers(project)
  const start = async (name: keyof typeof STARTS): Promise<void> => {
    if (process.env.VITEST_DATABASES === 'off') return project.provide(name, { reason: 'VITEST_DATABASES is off' })
    if (!wanted.has(name)) return project.provide(name, { reason: 'no chosen test file asks for it' })
    try {
      const server = await STARTS[name]()
      running.push(server)
      project.provide(name, { url: server.url, folder: server.folder })
    } catch (error) {
      project.provide(name, { reason: error instanceof Error ? error.message : String(error) })
    }
  }
  await Promise.all([start('postgres'), start('mariadb')])
  return async () => {
    await Promise.all(running.map((server) => server.stop()))
  }
}

async function wantedServers(project: TestProject): Promise<Set<string>> {
  // The names given on the command line; where this version keeps them elsewhere, every file counts.
  const filters = Reflect.get(project.vitest, 'filenamePattern') as string[] | undefined
  const { testFiles } = await project.globTestFiles(filters)
  const texts = await Promise.all(testFiles.map((file) => readFile(file, 'utf8')))
  const wanted = (word: RegExp) => texts.some((text) => word.test(text))
  return new Set([
    ...(wanted(/\bdescribePostgres\b/) ? ['postgres'] : []),
    ...(wanted(/\bdescribeMariadb\b/) ? ['mariadb'] : []),
  ])
}
