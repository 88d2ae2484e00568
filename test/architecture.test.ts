import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

/** Who may import whom, besides the standard library and npm packages. Complete. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  'main.ts': ['cli'],
  'index.ts': ['app', 'client', 'kit'],
  base: [],
  config: ['base'],
  wire: ['base'],
  http: ['base'],
  crypto: ['base'],
  oauth: ['base', 'http'],
  store: ['base', 'crypto'],
  kit: ['base', 'http'],
  connectors: ['kit', 'http/path'],
  database: ['base', 'kit'],
  service: ['base', 'crypto', 'oauth', 'store', 'kit', 'connectors', 'database'],
  api: ['base', 'wire', 'service'],
  client: ['base', 'wire', 'http'],
  mcp: ['base', 'wire', 'client'],
  cli: ['base', 'config', 'wire', 'client', 'app'],
}
/** The only place that builds things: it may import everything but cli and main. */
const BUILDER = 'app'
const NOT_FOR_THE_BUILDER = ['cli', 'main.ts']

const FILE_LIMIT = 400
const FUNCTION_LIMIT = 60
const EMPTY_NAMES = /^(utils?|helpers?|common|misc|types|managers?)$/

const files = sourceFiles(SRC)
const parsed = new Map(
  files.map((file) => [file, ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)]),
)
const name = (file: string): string => relative(SRC, file)
const room = (file: string): string => name(file).split('/')[0] ?? ''

function sourceFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((entry) => {
    const path = join(folder, entry)
    return statSync(path).isDirectory() ? sourceFiles(path) : path.endsWith('.ts') ? [path] : []
  })
}

/** Every module a file names: static, dynamic, re-exported, type-only. */
function importsOf(file: string): string[] {
  const found: string[] = []
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      found.push((node.moduleSpecifier as ts.StringLiteral).text)
    }
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments
      if (specifier && ts.isStringLiteral(specifier)) found.push(specifier.text)
    }
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      found.push(node.argument.literal.text)
    }
    ts.forEachChild(node, visit)
  }
  const source = parsed.get(file)
  if (source) visit(source)
  return found
}

const localImports = (file: string): string[] =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => resolve(file, '..', specifier.replace(/\.js$/, '.ts')))

const matches = (file: string, pattern: RegExp): number[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) && !/^\s*(\*|\/\/|\/\*)/.test(line) ? [index + 1] : []))

const offenders = (pattern: RegExp, allowed: (file: string) => boolean): string[] =>
  files
    .filter((file) => !allowed(name(file)))
    .flatMap((file) => matches(file, pattern).map((line) => `${name(file)}:${line}`))

describe('the tree', () => {
  test('every room of src is in the table', () => {
    expect([...new Set(files.map(room))].filter((entry) => entry !== BUILDER && !(entry in MAY_IMPORT))).toEqual([])
  })

  test('nobody imports what the table does not allow', () => {
    const wrong = files.flatMap((file) => {
      const from = room(file)
      return localImports(file)
        .filter((target) => target.startsWith(SRC) && room(target) !== from)
        .filter((target) => {
          if (from === BUILDER) return NOT_FOR_THE_BUILDER.includes(room(target))
          const allowed = MAY_IMPORT[from] ?? []
          return !allowed.some((entry) => entry === room(target) || `${entry}.ts` === name(target))
        })
        .map((target) => `${name(file)} imports ${name(target)}`)
    })
    expect(wrong).toEqual([])
  })

  test('there is no cycle of value imports between files', () => {
    const edges = new Map(files.map((file) => [file, localImports(file).filter((target) => parsed.has(target))]))
    const rooms = new Map<string, Set<string>>()
    for (const [file, targets] of edges) {
      const set = rooms.get(room(file)) ?? new Set<string>()
      for (const target of targets) if (room(target) !== room(file)) set.add(room(target))
      rooms.set(room(file), set)
    }
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      [...(rooms.get(from) ?? [])].some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))))
    expect([...rooms.keys()].filter((entry) => reaches(entry, entry))).toEqual([])
  })
})

describe('sizes and names', () => {
  test(`no file is longer than ${FILE_LIMIT} lines`, () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > FILE_LIMIT).map(name)).toEqual([])
  })

  test(`no function is longer than ${FUNCTION_LIMIT} lines`, () => {
    const long: string[] = []
    for (const [file, source] of parsed) {
      const visit = (node: ts.Node): void => {
        if (ts.isFunctionLike(node) && 'body' in node && node.body) {
          const [start, end] = [node.getStart(source), node.getEnd()].map(
            (at) => source.getLineAndCharacterOfPosition(at).line,
          )
          const lines = (end ?? 0) - (start ?? 0) + 1
          if (lines > FUNCTION_LIMIT) long.push(`${name(file)}:${(start ?? 0) + 1} (${lines} lines)`)
        }
        ts.forEachChild(node, visit)
      }
      visit(source)
    }
    expect(long).toEqual([])
  })

  test('no file has a name that says nothing', () => {
    expect(files.filter((file) => EMPTY_NAMES.test(basename(file, '.ts'))).map(name)).toEqual([])
  })
})

describe('what only one place may do', () => {
  test('process.env is read in config only', () => {
    expect(offenders(/process\.env\b/, (file) => file.startsWith('config/'))).toEqual([])
  })

  // Their signals are held weakly, and collected as garbage while somebody waits for them: `base/deadline.ts` is what to use.
  test('no signal is made by AbortSignal.any or AbortSignal.timeout', () => {
    expect(offenders(/\bAbortSignal\s*(\.|\[|\?\.)\s*['"`]?(any|timeout)\b/, () => false)).toEqual([])
    expect(offenders(/[{,]\s*(any|timeout)\b[^}]*}\s*=\s*AbortSignal\b/, () => false)).toEqual([])
  })

  test('nothing is held weakly but what a WeakMap or a WeakSet keeps', () => {
    expect(offenders(/\b(WeakRef|FinalizationRegistry)\b/, () => false)).toEqual([])
  })

  test('nothing is printed with console', () => {
    expect(offenders(/\bconsole\.\w+\(/, () => false)).toEqual([])
  })

  test('stdout is written by the cli and the stdio transport only', () => {
    expect(offenders(/process\.stdout\b/, (file) => /^cli\/|^mcp\/stdio\.ts$/.test(file))).toEqual([])
  })

  test('database drivers are used in store and database only', () => {
    const drivers = /^(libsql|pg|pg-cursor|mysql2|kysely)(\/|$)/
    const wrong = files.filter(
      (file) => !/^(store|database)\//.test(name(file)) && importsOf(file).some((entry) => drivers.test(entry)),
    )
    expect(wrong.map(name)).toEqual([])
  })

  test('node:crypto is used where keys and randomness are at home only', () => {
    const wrong = files.filter(
      (file) => !/^(crypto|oauth)\/|^base\/random\.ts$/.test(name(file)) && importsOf(file).includes('node:crypto'),
    )
    expect(wrong.map(name)).toEqual([])
  })

  test('connectors catch nothing, log nothing and know no status', () => {
    const inConnectors = files.filter((file) => name(file).startsWith('connectors/'))
    expect(
      inConnectors.flatMap((file) =>
        matches(file, /\bcatch\b|\bstatus\s*===|log\./).map((line) => `${name(file)}:${line}`),
      ),
    ).toEqual([])
  })

  test("no connector's name is written outside src/connectors", () => {
    const names = files
      .filter((file) => name(file).startsWith('connectors/') && basename(file) !== 'index.ts')
      .map((file) => basename(file, '.ts'))
    const pattern = new RegExp(`['"\`](${names.join('|')})['"\`]`)
    expect(names.length).toBeGreaterThan(1)
    expect(offenders(pattern, (file) => /^connectors\//.test(file))).toEqual([])
  })

  test('every connector has a test', () => {
    const names = files
      .filter((file) => name(file).startsWith('connectors/') && basename(file) !== 'index.ts')
      .map((file) => basename(file, '.ts'))
    const tests = readdirSync(join(ROOT, 'test/connectors'))
    expect(names.filter((connector) => !tests.includes(`${connector}.test.ts`))).toEqual([])
  })
})
