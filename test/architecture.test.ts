import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { HEADER, ROUTE } from '../src/wire/index.js'
import { MAY_IMPORT } from './architecture-table.js'

const ROOT = resolve(import.meta.dirname, '..')
const SRC = join(ROOT, 'src')

const FILE_LIMIT = 400
const FUNCTION_LIMIT = 60
const CLASS_LIMIT = 200
const PARAMETER_LIMIT = 4
const EMPTY_NAMES = /^(utils?|helpers?|common|misc|types|managers?)$/

const files = sourceFiles(SRC)
const parsed = new Map(
  files.map((file) => [file, ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)]),
)
const name = (file: string): string => relative(SRC, file)
/** The first folder of its path, in `service` the first two; the name of a file right in `src`. */
const room = (file: string): string => {
  const [first = '', ...inner] = name(file).split('/')
  return first === 'service' && inner.length > 1 ? `${first}/${inner[0]}` : first
}
const bare = (file: string): string => name(file).replace(/\.ts$/, '')

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
    expect([...new Set(files.map(room))].filter((entry) => !(entry in MAY_IMPORT))).toEqual([])
  })

  test('no file imports from a room that the table does not name', () => {
    const wrong = files.flatMap((file) => {
      const allowed = MAY_IMPORT[room(file)] ?? []
      return localImports(file)
        .filter((target) => target.startsWith(SRC) && room(target) !== room(file))
        .filter(
          (target) =>
            !allowed.some((entry) => [room(target), room(target).split('/')[0], bare(target)].includes(entry)),
        )
        .map((target) => `${name(file)} imports ${name(target)}`)
    })
    expect(wrong).toEqual([])
  })

  test('no file imports itself by way of others, types included', () => {
    const edges = new Map(files.map((file) => [file, localImports(file).filter((target) => parsed.has(target))]))
    const circles: string[] = []
    for (const start of files) {
      const way = pathTo(start, start, edges)
      // Each circle is found from every file on it; it is told once, from the first of its names.
      if (way && [...way].sort()[0] === start) circles.push([...way, start].map(name).join(' -> '))
    }
    expect(circles).toEqual([])
  })
})

/** The shortest way along imports, `from` first and `to` left out; undefined where there is none. */
function pathTo(from: string, to: string, edges: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]])
  const queue = [from]
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    for (const next of edges.get(file) ?? []) {
      if (next === to) {
        const way: string[] = []
        for (let step: string | undefined = file; step !== undefined; step = cameFrom.get(step)) way.unshift(step)
        return way
      }
      if (cameFrom.has(next)) continue
      cameFrom.set(next, file)
      queue.push(next)
    }
  }
  return undefined
}

describe('sizes and names', () => {
  test(`no file is longer than ${FILE_LIMIT} lines`, () => {
    expect(files.filter((file) => readFileSync(file, 'utf8').split('\n').length > FILE_LIMIT).map(name)).toEqual([])
  })

  test(`no function is longer than ${FUNCTION_LIMIT} lines`, () => {
    const isLong = (node: ts.Node, source: ts.SourceFile): boolean =>
      ts.isFunctionLike(node) && 'body' in node && node.body !== undefined && linesOf(node, source) > FUNCTION_LIMIT
    const long = [...parsed.values()].flatMap((source) =>
      nodesOf(source, (node): node is ts.Node => isLong(node, source)).map(
        (node) => `${place(node, source)} (${linesOf(node, source)} lines)`,
      ),
    )
    expect(long).toEqual([])
  })

  test(`no class is longer than ${CLASS_LIMIT} lines, but for the client, which has a method for each route`, () => {
    const long = [...parsed.values()].flatMap((source) =>
      nodesOf(source, ts.isClassLike)
        .filter((node) => linesOf(node, source) > CLASS_LIMIT)
        .map((node) => `${name(source.fileName)}: ${node.name?.text} (${linesOf(node, source)} lines)`),
    )
    expect(long.filter((entry) => !entry.startsWith('client/client.ts: ConnectorsClient '))).toEqual([])
  })

  test(`no function takes more than ${PARAMETER_LIMIT} parameters`, () => {
    const takesTooMany = (node: ts.Node): node is ts.SignatureDeclaration =>
      ts.isFunctionLike(node) && node.parameters.length > PARAMETER_LIMIT
    const wrong = [...parsed.values()].flatMap((source) =>
      nodesOf(source, takesTooMany).map((node) => place(node, source)),
    )
    expect(wrong).toEqual([])
  })

  test('no file has a name that says nothing', () => {
    expect(files.filter((file) => EMPTY_NAMES.test(basename(file, '.ts'))).map(name)).toEqual([])
  })
})

describe('the service knows no HTTP and no command', () => {
  const inService = [...parsed].filter(([file]) => name(file).startsWith('service/'))
  test('no text of it names a header field, a verb with a path, a route, a command or a flag', () => {
    const headers = Object.values(HEADER).filter((header) => header.includes('-'))
    const routes = [...new Set(Object.values(ROUTE).map((route) => route.split('/')[1]))]
    const words = [
      /\bX-[A-Z]\w+/,
      new RegExp(`\\b(${headers.join('|')})\\b`, 'i'),
      /\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +\//,
      new RegExp(`(^|[^\\w/])/(${[...routes, 'links', 'connect', 'mcps'].join('|')})(/|\\b)`),
      /(^|[\s"'`([])--[a-z]/,
      /\bconnectors-mcp\b/,
    ]
    const found = inService.flatMap(([, source]) =>
      textsOf(source)
        .filter(({ text }) => words.some((word) => word.test(text)))
        .map(({ node }) => place(node, source)),
    )
    expect(found).toEqual([])
  })

  test('no parameter of it is unknown, but of a guard, and for what was caught', () => {
    const found = inService.flatMap(([, source]) =>
      nodesOf(source, ts.isParameter)
        .filter((parameter) => parameter.type !== undefined && holdsUnknown(parameter.type))
        .filter((parameter) => !['error', 'cause'].includes(parameter.name.getText(source)))
        .filter((parameter) => !(parameter.parent.type && ts.isTypePredicateNode(parameter.parent.type)))
        .map((parameter) => place(parameter, source)),
    )
    expect(found).toEqual([])
  })
})

const lineOf = (at: number, source: ts.SourceFile): number => source.getLineAndCharacterOfPosition(at).line + 1

const linesOf = (node: ts.Node, source: ts.SourceFile): number =>
  lineOf(node.getEnd(), source) - lineOf(node.getStart(source), source) + 1

const place = (node: ts.Node, source: ts.SourceFile): string =>
  `${name(source.fileName)}:${lineOf(node.getStart(source), source)}`

/** All nodes of one kind, in the order of the file. */
function nodesOf<Found extends ts.Node>(source: ts.SourceFile, isWanted: (node: ts.Node) => node is Found): Found[] {
  const found: Found[] = []
  const visit = (node: ts.Node): void => {
    if (isWanted(node)) found.push(node)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/** Every text that the program can show, templates piece by piece; not what it imports. */
const textsOf = (source: ts.SourceFile): { node: ts.Node; text: string }[] =>
  nodesOf(
    source,
    (node): node is ts.StringLiteral | ts.TemplateLiteralLikeNode =>
      ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node),
  )
    .filter(({ parent }) => !ts.isImportDeclaration(parent) && !ts.isExportDeclaration(parent))
    .map((node) => ({ node, text: node.text }))

/** Whether a value of this type can be anything: `unknown` itself, in a union, or a field of it written out in place. */
const holdsUnknown = (type: ts.Node): boolean =>
  type.kind === ts.SyntaxKind.UnknownKeyword ||
  ((ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) && type.types.some(holdsUnknown)) ||
  (ts.isTypeLiteralNode(type) &&
    type.members.some((member) => ts.isPropertySignature(member) && member.type && holdsUnknown(member.type)))

/** The classes of the platform, and of commander, that are errors and thrown here. */
const PLATFORM_ERRORS = ['Error', 'TypeError', 'RangeError', 'DOMException', 'InvalidArgumentError']

/** The names of all classes that are errors: those of the platform, and those of `src` that extend one of them. */
function errorClasses(): Set<string> {
  const parents = new Map<string, string>()
  for (const source of parsed.values()) {
    for (const node of nodesOf(source, ts.isClassLike)) {
      const parent = node.heritageClauses?.find(isExtends)?.types[0]?.expression
      if (node.name && parent) parents.set(node.name.text, parent.getText(source))
    }
  }
  const known = new Set(PLATFORM_ERRORS)
  for (let before = 0; before < known.size; ) {
    before = known.size
    for (const [child, parent] of parents) if (known.has(parent)) known.add(child)
  }
  return known
}

const isExtends = (clause: ts.HeritageClause): boolean => clause.token === ts.SyntaxKind.ExtendsKeyword

/** What a file throws or rejects a promise with, as it is written there. */
const thrownIn = (source: ts.SourceFile): ts.Expression[] => [
  ...nodesOf(source, ts.isThrowStatement).map(({ expression }) => expression),
  ...nodesOf(source, ts.isCallExpression)
    .filter(({ expression }) => /(^|\.)reject$/.test(expression.getText(source)))
    .flatMap((call) => call.arguments.slice(0, 1)),
]

/** The parts of an expression that can be its value. */
function valuesOf(thrown: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(thrown) || ts.isAsExpression(thrown) || ts.isAwaitExpression(thrown))
    return valuesOf(thrown.expression)
  if (ts.isConditionalExpression(thrown)) return [thrown.whenTrue, thrown.whenFalse].flatMap(valuesOf)
  if (ts.isBinaryExpression(thrown)) return [thrown.left, thrown.right].flatMap(valuesOf)
  return [thrown]
}

describe('what only one place may do', () => {
  // What a variable or a function holds is not looked at.
  test('nothing that is written where it is thrown, or a promise rejected with it, is anything but an Error', () => {
    const errors = errorClasses()
    const wrong: string[] = []
    for (const [file, source] of parsed) {
      for (const value of thrownIn(source).flatMap(valuesOf)) {
        const isFine = ts.isNewExpression(value)
          ? errors.has(value.expression.getText(source))
          : ts.isIdentifier(value) || ts.isPropertyAccessExpression(value) || ts.isCallExpression(value)
        if (!isFine || value.getText(source) === 'undefined') wrong.push(`${name(file)}: ${value.getText(source)}`)
      }
    }
    expect(wrong).toEqual([])
  })

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
    expect(offenders(/process\.stdout\b/, (file) => /^cli\/|^mcp\/stdio\/stdio\.ts$/.test(file))).toEqual([])
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

  /** The file or the folder of a connector is called as the connector; a folder counts as one. */
  const connectorNames = [
    ...new Set(
      files
        .filter((file) => room(file) === 'connectors')
        .map((file) => bare(file).split('/')[1] ?? '')
        .filter((entry) => !['index', 'of-build', 'providers'].includes(entry)),
    ),
  ]

  test("no connector's name is written outside src/connectors", () => {
    const pattern = new RegExp(`['"\`](${connectorNames.join('|')})['"\`]`)
    expect(connectorNames.length).toBeGreaterThan(1)
    expect(offenders(pattern, (file) => file.startsWith('connectors/'))).toEqual([])
  })

  test('every connector has a test file of its name, or a folder of tests', () => {
    const tests = readdirSync(join(ROOT, 'test/connectors'))
    const isTested = (connector: string) => tests.includes(`${connector}.test.ts`) || tests.includes(connector)
    expect(connectorNames.filter((connector) => !isTested(connector))).toEqual([])
  })
})
