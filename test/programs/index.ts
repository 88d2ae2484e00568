import { inject, type TestContext } from 'vitest'
import { NODE_MAJORS, type Program } from './global-setup.js'

/** The versions of Node that the built command is tested on. */
export const NODES = NODE_MAJORS.map((major) => ({ major, program: inject(`node${major}`) }))

/** The launcher of the MCP Inspector, to be run by Node. */
export const inspectorProgram = inject('inspector')

/** The path of a program. Without it the test is skipped, with the reason; in CI, where everything must be tried, it fails. */
export function pathOf(program: Program, { skip }: Pick<TestContext, 'skip'>): string {
  if ('path' in program) return program.path
  if (process.env.CI) throw new Error(program.reason)
  return skip(program.reason)
}
