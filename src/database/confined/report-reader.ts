import { resultOfUnread } from '../results/unread-rows.js'
import type { Report } from './protocol.js'

/** Reads what a process says, line by line. The rows of an answer are a line of their own, which is not parsed here. */
export class ReportReader {
  /** The answer whose rows are the next line. */
  #rowsOf: (Report & { kind: 'rows' }) | undefined

  /** @returns undefined for a line with which nothing is complete yet */
  read(line: string): Exclude<Report, { kind: 'rows' }> | undefined {
    const answer = this.#rowsOf
    if (answer) {
      this.#rowsOf = undefined
      return { kind: 'done', id: answer.id, value: resultOfUnread(answer.value, { json: line, count: answer.count }) }
    }
    const told = JSON.parse(line) as Report
    if (told.kind !== 'rows') return told
    this.#rowsOf = told
    return undefined
  }
}
