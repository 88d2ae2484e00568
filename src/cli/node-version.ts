/** The oldest Node that this runs on, as `engines` of package.json says. */
const OLDEST = [20, 19] as const

/**
 * On an older Node something fails later, in a way that does not name the cause.
 * @param version as `process.versions.node` has it
 * @returns what to do, as a sentence; undefined where the version is new enough
 */
export function nodeTooOld(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return undefined
  return `Node ${OLDEST.join('.')} or newer is needed, and this is Node ${version}; install a newer one, and write its path where the agent starts connectors-mcp.`
}
