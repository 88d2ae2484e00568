import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Json } from '../../../src/base/json.js'
import type { SeenRequest } from '../harness.js'

/**
 * What the proof cannot find out about a connector by itself. Each entry says why it is needed, and one that is not needed
 * any more fails. Most connectors need a few lines, in `data/NAME.ts`, or none.
 */
export interface ProofData {
  /** Values that no schema tells. `parameter`, or `action.parameter`, by which a parameter of one action is meant. */
  values?: Readonly<Record<string, { value: unknown; reason: string }>>
  /** Inputs that are played, too: for branches of an action that the usual plays do not reach. */
  plays?: readonly { action: string; title: string; input: Readonly<Record<string, unknown>> }[]
  /** Answers of the third party where there is no description, or the one made of it will not do. */
  answer?: (request: SeenRequest, action: string) => Answer | undefined
  /** Requests that the vendor's description does not know, or knows otherwise. */
  exceptions?: readonly Exception[]
  /** How the vendor words its refusals; those of HTTP are tried at every connector. */
  refusals?: readonly Refusal[]
  /** The actions that the table of failures is played with, where the first read and the first write will not do. */
  failing?: { read?: string; write?: string }
  /** What a person fills in to link an account, where it is more than one token. */
  configuration?: Readonly<Record<string, unknown>>
  /** Descriptions over 60 tokens, with how many they have. For what was written before there was a limit; they only shrink. */
  long?: Readonly<Record<string, number>>
  /** Why its actions need no `@see`. */
  unreferenced?: string
}

export interface Answer {
  status?: number
  headers?: Record<string, string>
  json?: Json
  /** In place of `json`. */
  text?: string
}

export interface Exception {
  /** `*`: any. */
  action: string
  /** A part of the fault's sentence. */
  fault: string
  reason: string
}

/** How a vendor refuses a call, and what must come of it. */
export interface Refusal {
  title: string
  answer: Answer
  code: string
  /** False by default. */
  retryable?: boolean
  retryAfter?: number
  reason?: string
}

const FOLDER = join(import.meta.dirname, 'data')

/** @returns nothing for a connector that needs none */
export async function proofData(connector: string): Promise<ProofData> {
  const file = join(FOLDER, `${connector}.ts`)
  if (!existsSync(file)) return {}
  const module: { default: ProofData } = await import(/* @vite-ignore */ pathToFileURL(file).href)
  return module.default
}
