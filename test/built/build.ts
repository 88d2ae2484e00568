import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Where the built command is. */
export const MAIN = join(root, 'dist/main.js')

/** Vitest's global setup: builds anew when a source is younger than the build, so that no test plays an old one. */
export default function setup(): void {
  const built = statSync(MAIN, { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) =>
    join(root, 'src', file),
  )
  const youngest = Math.max(...[...sources, join(root, 'scripts/build.mjs')].map((file) => statSync(file).mtimeMs))
  if (youngest > built) execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' })
}
