/**
 * The entry of the process that runs SQLite. A file is read by native code that nothing in the same process can stop,
 * neither a timer nor the end of a worker thread, so it runs where the parent can kill it. Killing is safe: SQLite
 * rolls back what was not committed when the file is opened next.
 */
import { watchProcess } from '../../processes/watch.js'
import { codeOf } from './codes.js'
import { closeConnection, connectionOf, reasonOf, type SqliteConnection } from './connect.js'
import { MEMORY, READY, type SqliteAnswer, type SqliteRequest } from './protocol.js'
import { runStatement } from './statement.js'

/** After how many statements, and characters of them, the memory of finished ones is released. */
const STATEMENTS = 200
const CHARACTERS = 1_000_000
/** Above this the process is rid of what its statements have left. Bytes. */
const LARGE = 160 * 1024 * 1024

function answer(request: SqliteRequest): SqliteAnswer {
  let connection: SqliteConnection | undefined
  try {
    connection = connectionOf(request)
    return runStatement(connection, request)
  } catch (thrown) {
    const { code, message } = thrown as Error & { code?: string }
    const sqlite = codeOf(thrown)
    if (connection === undefined) return { kind: 'unopened', code: sqlite ?? code ?? '', message }
    // A reading statement meets this only where another program left something to be undone.
    const reason = sqlite === 'SQLITE_READONLY' ? codeOf(reasonOf(connection)) : undefined
    return { kind: 'failed', code: reason ?? sqlite ?? null, message }
  } finally {
    if (connection) tidy(connection)
  }
}

let closed = false

/** Lets nothing that a statement did to its connection meet the next one. */
function tidy(connection: SqliteConnection): void {
  if (!connection.authorizer.changesConnection && !connection.database.isTransaction) return
  closeConnection(connection)
  closed = true
}

let statements = 0
let characters = 0

/**
 * The driver frees a statement only when it is collected as garbage, of which it seems too small to be in a hurry. Only
 * with its last statement does a closed connection let go of its file, so that is waited for.
 * @param then runs when they are freed
 */
function release({ text, values }: SqliteRequest, then: () => void): void {
  statements += 1
  characters += values.reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 0), text.length)
  const many = statements >= STATEMENTS || characters >= CHARACTERS
  if (!many && !closed) {
    then()
    return
  }
  statements = 0
  characters = 0
  closed = false
  collect?.()
  // What was collected is freed at the end of this turn of the event loop.
  setImmediate(then)
}

/** Node has it with --expose-gc, which the parent starts this process with. */
const { gc: collect } = globalThis as { gc?: () => void }

// The driver is built without SQLite's own count of memory, so that SQLite's limits on it do nothing:
// https://www.sqlite.org/c3ref/hard_heap_limit64.html needs SQLITE_CONFIG_MEMSTATUS.
const watching = watchProcess(MEMORY)
process.on('disconnect', () => process.exit(0))
process.on('message', (request: SqliteRequest) => {
  watching.begin()
  const found = answer(request)
  release(request, () =>
    process.send?.(found, () => {
      watching.end()
      if (process.memoryUsage.rss() > LARGE) collect?.()
    }),
  )
})
process.send?.(READY)
