import { spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * The program of a major version of Node: this process's own, or the package `node` from the registry.
 * @returns undefined where it cannot be had
 */
export function nodeOf(major: number): string | undefined {
  if (process.versions.node.startsWith(`${major}.`)) return process.execPath
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: tmpdir(),
    npm_config_update_notifier: 'false',
    npm_config_cache: join(tmpdir(), 'connectors-npm-cache'),
  }
  const print = "process.stdout.write(process.version + ' ' + process.execPath)"
  const { status, stdout } = spawnSync('npx', ['-y', '-p', `node@${major}`, 'node', '-e', print], {
    env,
    encoding: 'utf8',
  })
  const [version, ...path] = (stdout ?? '').split(' ')
  return status === 0 && version?.startsWith(`v${major}.`) ? path.join(' ') : undefined
}
