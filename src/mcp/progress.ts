import type { ServerContext } from '@modelcontextprotocol/server'

/**
 * Reports the progress of a call to the MCP client. Does nothing unless the client asked for it; never throws.
 * @param progress must increase from report to report; in the unit of `total`
 * @param total undefined if it is not known
 */
export interface ReportProgress {
  (progress: number, total: number | undefined, message: string): Promise<void>
  /** Whether the client asked for it. */
  readonly isWanted: boolean
}

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/progress */
export function progressReporter({ mcpReq }: ServerContext): ReportProgress {
  const progressToken = mcpReq._meta?.progressToken
  const report = async (progress: number, total: number | undefined, message: string): Promise<void> => {
    if (progressToken === undefined) return
    const params = { progressToken, progress, ...(total === undefined ? {} : { total }), message }
    // A client that is gone is noticed by the signal of the call.
    await mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {})
  }
  return Object.assign(report, { isWanted: progressToken !== undefined })
}

/** Between two reports. MCP clients abandon a call after 60 seconds; some restart the count with each report. Seconds. */
const STEP_SECONDS = 10

/** Runs something and reports meanwhile how many seconds it has taken. */
export async function whileReporting<T>(report: ReportProgress, message: string, run: () => Promise<T>): Promise<T> {
  if (!report.isWanted) return run()
  let seconds = 0
  const timer = setInterval(() => {
    seconds += STEP_SECONDS
    void report(seconds, undefined, message)
  }, STEP_SECONDS * 1000)
  try {
    return await run()
  } finally {
    clearInterval(timer)
  }
}
