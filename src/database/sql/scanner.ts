import type { DatabaseEngine } from '../address.js'

export type TokenKind =
  | 'space'
  | 'comment'
  /** A comment of MySQL whose content the server executes. */
  | 'executable'
  | 'quoted'
  | 'word'
  | 'number'
  /** `:name` */
  | 'variable'
  /** A placeholder of the engine itself: `$1`, `?`. */
  | 'placeholder'
  | 'symbol'

export interface Token {
  kind: TokenKind
  text: string
}

/** Where quotes end in MySQL, which depends on its `sql_mode`. */
export interface Quoting {
  /** False under NO_BACKSLASH_ESCAPES. */
  backslashes: boolean
  /** Under ANSI_QUOTES double quotes are for names, in which a backslash is one. */
  ansiQuotes: boolean
  /** Under MSSQL of MariaDB so are brackets. */
  brackets: boolean
}

const USUAL: Quoting = { backslashes: true, ansiQuotes: false, brackets: false }

/**
 * Cuts SQL into tokens whose texts, put together, are the SQL again. It knows just enough of each dialect to tell code
 * from strings, identifiers and comments; it parses nothing. What is not closed runs to the end and is left to the
 * engine to complain about.
 * @see https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 * @see https://dev.mysql.com/doc/refman/8.4/en/language-structure.html
 * @see https://www.sqlite.org/lang_expr.html
 */
export function scan(sql: string, engine: DatabaseEngine, quoting: Quoting = USUAL): Token[] {
  const tokens: Token[] = []
  let at = 0
  while (at < sql.length) {
    const token = quotedIn(sql, at, engine, quoting) ?? nextToken(sql, at, engine, tokens.at(-1))
    tokens.push(token)
    at += token.text.length
  }
  return tokens
}

/** A quoted token of MySQL where its mode is not the usual one. */
function quotedIn(sql: string, at: number, engine: DatabaseEngine, quoting: Quoting): Token | undefined {
  if (engine !== 'mysql' || quoting === USUAL) return undefined
  const first = sql.charAt(at)
  if (first === '[' && quoting.brackets) return { kind: 'quoted', text: upTo(sql, at, ']', at + 1) }
  if (first !== "'" && first !== '"') return undefined
  const escapes = quoting.backslashes && (first === "'" || !quoting.ansiQuotes)
  return { kind: 'quoted', text: quotedBy({ quote: first, hasEscapes: escapes }, sql, at) }
}

const SPACE: Record<DatabaseEngine, RegExp> = {
  postgresql: /\s+/y,
  mysql: /\s+/y,
  // A no-break space is part of a name there, and a byte order mark is a space wherever it stands.
  sqlite: /\ufeff|[ \t\n\f\r][\t-\r ]*/y,
}
const NUMBER = /\d[\w.]*/y
const WORD = /[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*/uy
const VARIABLE = /:[\p{L}_][\p{L}\p{N}_]*/uy
const COLONS = /::|:=/y
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?\$/uy
const LINE_COMMENT: Record<DatabaseEngine, RegExp> = {
  postgresql: /--[^\r\n]*/y,
  // MySQL takes two dashes for a comment only before a space or a control character; `1--1` is arithmetic, and so are
  // two dashes before a no-break space, which is part of a name there.
  mysql: /(?:--(?=[^!-~\u0080-\u{10ffff}]|$)|#)[^\n]*/uy,
  sqlite: /--[^\n]*/y,
}
const PLACEHOLDER: Record<'postgresql' | 'mysql', RegExp> = { postgresql: /\$\d+/y, mysql: /\?/y }
/** What SQLite takes for a variable, with the end that Tcl gives it: `:a`, `@a`, `$a::b(…)`, `?7`. */
const SQLITE_VARIABLE = /\?\d*|[:@#$](?:::)*[\w$\u0080-\u{10ffff}](?:[\w$\u0080-\u{10ffff}]|::)*(?:\([^)\t-\r ]*\)?)?/uy

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(sql)?.[0]
}

function nextToken(sql: string, at: number, engine: DatabaseEngine, before: Token | undefined): Token {
  const space = match(SPACE[engine], sql, at)
  if (space) return { kind: 'space', text: space }
  const comment = match(LINE_COMMENT[engine], sql, at) ?? blockComment(sql, at, engine)
  if (comment) {
    const executable = engine === 'mysql' && /^\/\*M?!/i.test(comment)
    return { kind: executable ? 'executable' : 'comment', text: comment }
  }
  const quoted = quotedText(sql, at, engine)
  if (quoted) return { kind: 'quoted', text: quoted }
  const word = match(WORD, sql, at)
  if (word) return { kind: 'word', text: word }
  const number = match(NUMBER, sql, at)
  if (number) return { kind: 'number', text: number }
  if (engine === 'sqlite') return sqliteVariable(sql, at)
  const variable = endsOperand(before) ? undefined : match(VARIABLE, sql, at)
  if (variable) return { kind: 'variable', text: variable }
  const placeholder = match(PLACEHOLDER[engine], sql, at)
  if (placeholder) return { kind: 'placeholder', text: placeholder }
  return { kind: 'symbol', text: match(COLONS, sql, at) ?? sql.charAt(at) }
}

/**
 * A variable is where SQLite sees one, after a word too (`select:a`); of those only a plain `:name` is one to bind. What
 * SQLite makes of a colon alone does not matter, since it is an error there.
 * @see https://www.sqlite.org/c3ref/bind_blob.html and `sqlite3GetToken` in its tokenize.c
 */
function sqliteVariable(sql: string, at: number): Token {
  const text = match(SQLITE_VARIABLE, sql, at)
  if (text === undefined) return { kind: 'symbol', text: sql.charAt(at) }
  return { kind: match(VARIABLE, text, 0) === text ? 'variable' : 'placeholder', text }
}

/** A colon straight after one of these is an array slice (`a[1:n]`) or a label, never a variable. */
function endsOperand(before: Token | undefined): boolean {
  if (!before) return false
  return before.kind === 'word' || before.kind === 'number' || before.text === ')' || before.text === ']'
}

function blockComment(sql: string, at: number, engine: DatabaseEngine): string | undefined {
  if (!sql.startsWith('/*', at)) return undefined
  if (engine !== 'postgresql') return upTo(sql, at, '*/', at + 2)
  const edge = /\/\*|\*\//g
  edge.lastIndex = at + 2
  let depth = 1
  for (let found = edge.exec(sql); found; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1
    if (depth === 0) return sql.slice(at, edge.lastIndex)
  }
  return sql.slice(at)
}

function quotedText(sql: string, at: number, engine: DatabaseEngine): string | undefined {
  const first = sql.charAt(at)
  switch (first) {
    case "'":
      return quotedBy({ quote: "'", hasEscapes: engine === 'mysql' }, sql, at)
    case '"':
      return quotedBy({ quote: '"', hasEscapes: engine === 'mysql' }, sql, at)
    case '`':
      return engine === 'postgresql' ? undefined : quotedBy({ quote: '`', hasEscapes: false }, sql, at)
    case '[':
      return engine === 'sqlite' ? upTo(sql, at, ']', at + 1) : undefined
    case 'e':
    case 'E':
      return engine === 'postgresql' && sql.charAt(at + 1) === "'"
        ? quotedBy({ quote: "'", hasEscapes: true }, sql, at, at + 1)
        : undefined
    case '$': {
      const tag = engine === 'postgresql' ? match(DOLLAR_QUOTE, sql, at) : undefined
      return tag && upTo(sql, at, tag, at + tag.length)
    }
    default:
      return undefined
  }
}

/** How a quoted text ends: by its quote, but for a doubled one, and one after a backslash where that escapes. */
interface QuotedForm {
  quote: string
  hasEscapes: boolean
}

/** @param opening where the opening quote stands */
function quotedBy({ quote, hasEscapes }: QuotedForm, sql: string, at: number, opening = at): string {
  let end = opening + 1
  while (end < sql.length) {
    const char = sql.charAt(end)
    if (char === '\\' && hasEscapes) end += 2
    else if (char !== quote) end += 1
    else if (sql.charAt(end + 1) === quote) end += 2
    else return sql.slice(at, end + 1)
  }
  return sql.slice(at)
}

function upTo(sql: string, at: number, close: string, from: number): string {
  const end = sql.indexOf(close, from)
  return end === -1 ? sql.slice(at) : sql.slice(at, end + close.length)
}
