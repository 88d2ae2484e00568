import type { ServerContext } from '@modelcontextprotocol/server'

/**
 * Tells the MCP client how far a call is. Does nothing unless the client asked for it; never throws.
 * @param progress has to grow from report to report; in the unit of `total`
 */
export type ReportProgress = (progress: number, total: number, message: string) => Promise<void>

/** @see https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/progress */
export function progressReporter({ mcpReq }: ServerContext): ReportProgress {
  const progressToken = mcpReq._meta?.progressToken
  return async (progress, total, message) => {
    if (progressToken === undefined) return
    const params = { progressToken, progress, total, message }
    // A client that is gone shows by the signal of the call.
    await mcpReq.notify({ method: 'notifications/progress', params }).catch(() => {})
  }
}
