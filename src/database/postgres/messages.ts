import { serialize } from 'pg-protocol'

/*
 * Messages to the server, all of one statement in one buffer: `pg` writes each of them for itself.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */

/** Asks for the columns of what was bound. */
const DESCRIBE_PORTAL = serialize.describe({ type: 'P' })
/** The end of the messages of one round trip. */
const SYNC = serialize.sync()

/** A column as the server describes it. */
export interface PostgresField {
  name: string
  dataTypeID: number
}

/** How much of a statement the server has already. */
export interface Naming {
  /** Under which it keeps the statement; empty for none. */
  name: string
  /** False for one that it has parsed. */
  parse: boolean
  /** False where its columns are known. */
  describe: boolean
  /** Another one that it is to forget. */
  close?: string | undefined
}

export const UNNAMED: Naming = { name: '', parse: true, describe: true }

/** A statement with its values as text, and how many of its rows are wanted at most; 0 for all. */
export interface Sending {
  text: string
  values: readonly (string | null)[]
  /** The type of each value. */
  types: readonly number[]
  rows: number
}

/** Statements of this service that go with another one, as `ownStatements` makes them. */
export interface OwnStatements {
  bytes: Buffer
  count: number
}

/**
 * Parse, Bind and Execute of statements without values and without a limit. Made once: they go with every query.
 * @param kept under which names the server keeps them, and whether it has yet to parse them
 */
export function ownStatements(
  texts: readonly string[],
  kept?: { names: readonly string[]; parse: boolean },
): OwnStatements {
  const bytes = texts.flatMap((text, index) =>
    messagesOf(
      { text, values: [], types: [], rows: 0 },
      { name: kept?.names[index] ?? '', parse: kept?.parse ?? true, describe: false },
    ),
  )
  return { bytes: Buffer.concat(bytes), count: texts.length }
}

/** One after the other. */
export const joined = (first: OwnStatements, second: OwnStatements): OwnStatements =>
  first.count === 0 ? second : { bytes: Buffer.concat([first.bytes, second.bytes]), count: first.count + second.count }

/** Everything of one round trip. @param before statements of this service before it, and behind it */
export function roundTrip(sending: Sending, naming: Naming, before: OwnStatements, behind: OwnStatements): Buffer {
  const parts = [before.bytes, ...messagesOf(sending, naming), behind.bytes, SYNC]
  return Buffer.concat(naming.close === undefined ? parts : [closing(naming.close), ...parts])
}

const closing = (name: string): Buffer => serialize.close({ type: 'S', name })

function messagesOf({ text, values, types, rows }: Sending, { name, parse, describe }: Naming): Buffer[] {
  const messages = parse ? [serialize.parse({ name, text, types: [...types] })] : []
  messages.push(serialize.bind({ statement: name, values: [...values] }))
  if (describe) messages.push(DESCRIBE_PORTAL)
  messages.push(serialize.execute({ rows }))
  return messages
}
