import { DatabaseSync } from '@photostructure/sqlite'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DatabaseEngine } from '../../../src/database/address.js'
import { scan } from '../../../src/database/sql/scanner.js'

const ENGINES: DatabaseEngine[] = ['postgresql', 'mysql', 'sqlite']
const variables = (sql: string, engine: DatabaseEngine) =>
  scan(sql, engine)
    .filter(({ kind }) => kind === 'variable')
    .map(({ text }) => text)

describe.each(ENGINES)('%s', (engine) => {
  test.each([
    ['select :a, :b_1 , :ünïcode', [':a', ':b_1', ':ünïcode']],
    ['select(:a)+:b', [':a', ':b']],
    ["select ':a', 'it''s :b', :c", [':c']],
    ['select ":a", "x"":b", :c', [':c']],
    ['select 1 -- :a\n, :b', [':b']],
    ['select 1 /* :a */ , :b', [':b']],
    ["select ':a", []],
    ['select 1 /* :a', []],
    ['select a[1:2], a[x:y]', []],
    ['select 12:30', []],
    ['select : a, :1', []],
    ["select 'ab' 'c:d' :e", [':e']],
  ])('%s', (sql, expected) => {
    expect(variables(sql, engine)).toEqual(expected)
  })

  test('joined tokens are the original text, whatever it is', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '`',
      '$',
      '$$',
      '$a$',
      ':',
      ':n',
      '--',
      '/*',
      '*/',
      '#',
      '\\',
      'e',
      'E',
      '[',
      ']',
      '\n',
      ';',
      '?',
      '@x',
      'é',
      '😀',
    )
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(piece, fc.string({ maxLength: 3 }))).map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(text, (sql) => {
        const tokens = scan(sql, engine)
        expect(tokens.map((token) => token.text).join('')).toBe(sql)
        expect(tokens.every((token) => token.text.length > 0)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })

  test('a string, an identifier or a comment with any content is one token', () => {
    const inside = fc.string({ unit: 'grapheme' })
    const wrap = {
      string: (content: string) => `'${content.replaceAll("'", "''").replaceAll('\\', '')}'`,
      identifier: (content: string) => `"${content.replaceAll('"', '""').replaceAll('\\', '')}"`,
      comment: (content: string) => `/*${content.replaceAll('*', '').replaceAll('/', '')}*/`,
      line: (content: string) => `-- ${content.replaceAll(/[\r\n]/g, '')}\n`,
    }
    fc.assert(
      fc.property(fc.constantFrom(...Object.values(wrap)), inside, (form, content) => {
        const text = form(content)
        const tokens = scan(`select 1 ${text} :v`, engine)
        expect(tokens.map((token) => token.text)).toContain(text.replace(/\n$/, ''))
        expect(tokens.filter(({ kind }) => kind === 'variable')).toHaveLength(1)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('syntax of PostgreSQL only', () => {
  test.each([
    ['select a::int, :b::text, c :: :d', [':b', ':d']],
    ["select e'\\':a', E'x\\\\', :b", [':b']],
    ["select 'x\\', :b", [':b']],
    ["select type'x', te'y\\', :b", [':b']],
    ['select $$ :a $$, $t$ $$ :b $t$, :c', [':c']],
    ['select $é$ :a $é$, a$b$:c$b$', []],
    ['select 1 /* a /* :b */ :c */ , :d', [':d']],
    ['select a[:lo:3]', [':lo']],
    ['select doc ? :key, doc @? :path', [':key', ':path']],
  ])('%s', (sql, expected) => {
    expect(variables(sql, 'postgresql')).toEqual(expected)
  })
})

describe('syntax of MySQL only', () => {
  test.each([
    ['select `:a`, `x``:b`, :c', [':c']],
    ['select \'it\\\'s :a\', "x\\":b", :c', [':c']],
    ['select 1 # :a\n, :b', [':b']],
    ['select 1--:a', [':a']],
    ['set @x := :a', [':a']],
    ['select 1 /* a /* :b */ , :d', [':d']],
    ['l1:loop', []],
  ])('%s', (sql, expected) => {
    expect(variables(sql, 'mysql')).toEqual(expected)
  })

  test('distinguishes comments that the server executes', () => {
    const kinds = scan('select 1 /*!50000 , 2 */ /*M! , 3 */ /* 4 */', 'mysql').map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'executable')).toHaveLength(2)
    expect(kinds.filter((kind) => kind === 'comment')).toHaveLength(1)
  })
})

test.each<DatabaseEngine>(['postgresql', 'mysql'])(
  '%s: a colon after an operand does not begin a variable',
  (engine) => {
    expect(variables('select f(1):z', engine)).toEqual([])
  },
)

describe('syntax of SQLite only', () => {
  test('has identifiers in brackets, and placeholders of its own', () => {
    expect(variables('select [:a], [b c:d], `:e`, :f', 'sqlite')).toEqual([':f'])
    const placeholders = scan('select ?, ?7, @a, $b, :c', 'sqlite').filter(({ kind }) => kind === 'placeholder')
    expect(placeholders.map(({ text }) => text)).toEqual(['?', '?7', '@a', '$b'])
  })

  test('has a variable wherever SQLite sees one, and only plain names can be bound', () => {
    expect(variables('select:a from t where(1):b', 'sqlite')).toEqual([':a', ':b'])
    const whole = [":a(')", ':a("x")', ':a::b', '$a(x)', '@a::b(c', ':1', ':a$', ':a😀', ':::a', '#a', '$a::(x)']
    for (const text of whole) expect(scan(`select ${text} `, 'sqlite')[2]).toEqual({ kind: 'placeholder', text })
  })

  test('yields the same variables as SQLite does, whatever the text is', () => {
    const database = new DatabaseSync(':memory:')
    const piece = fc.constantFrom(
      ...[
        ':a',
        ':b_1',
        '@a',
        '$a',
        '#a',
        '?',
        '?3',
        ':a(',
        ':a(x)',
        '$a::b',
        '::',
        ':',
        ')',
        '(',
        ' ',
        '\n',
        '\v',
        '\ufeff',
      ],
      ...[
        "'",
        '"',
        '`',
        '[',
        ']',
        '--',
        '/*',
        '*/',
        ',',
        ';',
        '1',
        '1.5e',
        'x',
        "x'",
        "x'61'",
        'é',
        '\u00a0',
        '$',
        '+',
      ],
      ...['select ', ' as y ', ' from (select 1) ', ' where ', 'null', '=', '->', '.5', '0x'],
    )
    let compared = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const sql = `select ${pieces.join('')}`
        let expanded: string | undefined
        try {
          expanded = database.prepare(sql).expandedSQL
        } catch {
          return
        }
        const mine = scan(sql, 'sqlite')
        const written = mine.map(({ kind, text }) => (kind === 'variable' || kind === 'placeholder' ? 'NULL' : text))
        // SQLite writes out the first statement only.
        expect(written.join('').startsWith(expanded ?? '?')).toBe(true)
        if (mine.some(({ kind }) => kind === 'variable' || kind === 'placeholder')) compared += 1
      }),
      { numRuns: 20_000, seed: 8 },
    )
    expect(compared).toBeGreaterThan(100)
    database.close()
  })
})

test('long strings are scanned in linear time', () => {
  const long = `'${'x'.repeat(2_000_000)}'`
  expect(scan(`select ${long}`, 'postgresql')).toHaveLength(3)
})
