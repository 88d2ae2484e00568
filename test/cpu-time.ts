/**
 * Processor time that this process takes to run something, in milliseconds. Unlike time on the clock it hardly depends on
 * what else the machine does, so it may be compared with a generous limit where the fault would be quadratic.
 */
export function cpuTimeOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
