import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DatabaseEngine } from '../../../src/database/address.js'
import { readStatement } from '../../../src/database/sql/statement.js'
import type { Json } from '../../../src/kit/index.js'

const ENGINES: DatabaseEngine[] = ['postgresql', 'mysql', 'sqlite']
const read = (
  sql: string,
  variables: Record<string, Json> = {},
  engine: DatabaseEngine = 'postgresql',
  readOnly = false,
) => readStatement(sql, variables, { engine }, readOnly)
const refusal = (run: () => unknown): { code: string; message: string } => {
  try {
    run()
  } catch (error) {
    return error as { code: string; message: string }
  }
  throw new Error('was not refused')
}

describe('variables in a statement', () => {
  test('become the placeholders of the engine, with the values in order', () => {
    const sql = 'select :a, :b, :a'
    const values = { b: 2, a: 'x' }
    expect(read(sql, values)).toMatchObject({ text: 'select $1, $2, $1', values: ['x', 2] })
    expect(read(sql, values, 'mysql')).toMatchObject({ text: 'select ?, ?, ?', values: ['x', 2, 'x'] })
    expect(read(sql, values, 'sqlite')).toMatchObject({ text: 'select ?1, ?2, ?1', values: ['x', 2] })
  })

  test('without a value are an error that names them, and so is an unused value', () => {
    expect(refusal(() => read('select :missing'))).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: 'The query uses the variable :missing, but variables holds no "missing".',
    })
    expect(refusal(() => read("select ':extra'", { extra: 1 })).message).toContain('"extra"')
    // Names that every object has are no values.
    expect(refusal(() => read('select :constructor')).message).toContain(':constructor')
  })

  test('are passed unchanged as null, booleans, numbers and text, and objects as JSON text', () => {
    const values = { a: null, b: true, c: 1.5, d: 'x', e: { k: [1] } }
    expect(read('select :a, :b, :c, :d, :e', values).values).toEqual([null, true, 1.5, 'x', '{"k":[1]}'])
  })

  test('become one placeholder per item for a list in `in (:ids)`', () => {
    const sql = 'select 1 where a IN /* these */ ( :ids ) and b not in (:ids) and c = :c'
    const values = { ids: [7, 'x', null], c: 1 }
    expect(read(sql, values).text).toBe(
      'select 1 where a IN /* these */ ( $1, $2, $3 ) and b not in ($1, $2, $3) and c = $4',
    )
    expect(read(sql, values, 'mysql').values).toEqual([7, 'x', null, 7, 'x', null, 1])
  })

  test.each([
    ['select 1 = any(:l)', [1], '`in (:l)`'],
    ['select :l', [1], '`in (:l)`'],
    ['select 1 in (0, :l)', [1], '`in (:l)`'],
    ['select 1 in (:l)', [], 'empty list'],
    ['select 1 in (:l)', [[1]], 'JSON text'],
  ])('of a list are refused elsewhere: %s with %j', (sql, l, part) => {
    for (const engine of ENGINES) {
      expect(refusal(() => read(sql, { l }, engine))).toMatchObject({
        code: 'INVALID_PARAMETERS',
        message: expect.stringContaining(part),
      })
    }
  })

  test('with numbers that lost digits are refused, nested ones too', () => {
    for (const engine of ENGINES) {
      for (const value of [2 ** 53, -(2 ** 53), 1e300, [1, 2 ** 53], { id: { deep: [2 ** 60] } }])
        expect(refusal(() => read('select 1 where 1 in (:id)', { id: value as Json }, engine))).toMatchObject({
          code: 'INVALID_PARAMETERS',
          message: expect.stringContaining('as text'),
        })
      expect(read('select :id', { id: 9007199254740991 }, engine).values).toEqual([9007199254740991])
      expect(read('select :id', { id: 0.1 }, engine).values).toEqual([0.1])
      expect(read('select :id', { id: '9007199254740993' }, engine).values).toEqual(['9007199254740993'])
    }
  })

  test('with text that UTF-8 cannot encode are refused', () => {
    expect(refusal(() => read('select :t', { t: 'a\ud800b' })).message).toContain('half a character')
    expect(read('select :t', { t: '😀' }).values).toEqual(['😀'])
  })

  test.each([
    ['postgresql', 65_535],
    ['mysql', 65_535],
    ['sqlite', 32_766],
  ] as const)('of %s can have %i values, and one more is reported as a limit', (engine, most) => {
    const ids = Array.from({ length: most }, (_, n) => n)
    const sql = 'select 1 where 1 in (:ids)'
    expect(read(sql, { ids }, engine).values).toHaveLength(most)
    expect(refusal(() => read(sql, { ids: [...ids, 1] }, engine))).toMatchObject({
      code: 'INVALID_PARAMETERS',
      message: expect.stringContaining(`at most ${most}`),
    })
  })

  test("in the engine's own syntax are refused", () => {
    expect(refusal(() => read('select $1')).message).toContain(':name')
    expect(refusal(() => read('select ?', {}, 'mysql')).message).toContain(':name')
    for (const sql of ['select ?', 'select ?1', 'select @a', 'select $a'])
      expect(refusal(() => read(sql, {}, 'sqlite')).message).toContain(':name')
    expect(read("select doc ? 'key', '$1'").values).toEqual([])
    expect(read('select @session, @@version', {}, 'mysql').values).toEqual([])
  })

  test('never put a value into the SQL text, and leave strings and comments unchanged', () => {
    const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
    const value = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => `\u{f8ff}${text}`)
    const literal = fc.oneof(
      fc.string().map((text) => `'${text.replaceAll("'", "''").replaceAll(/[\\\0]/g, '')}'`),
      fc.string().map((text) => `/*${text.replaceAll(/[*/!\0]/g, '')}*/`),
      fc.string().map((text) => `"${text.replaceAll('"', '""').replaceAll(/[\\\0]/g, '')}"`),
    )
    fc.assert(
      fc.property(
        fc.constantFrom(...ENGINES),
        fc.dictionary(name, value, { minKeys: 1, maxKeys: 4, noNullPrototype: true }),
        fc.array(literal),
        (engine, variables, literals) => {
          const names = Object.keys(variables)
          const sql = `select ${[...names.map((key) => `:${key}`), ...literals].join(' , ')}`
          const { text, values } = read(sql, variables, engine)
          expect(text).not.toContain('\u{f8ff}')
          expect(values).toEqual(names.map((key) => variables[key]))
          expect(text.endsWith(['', ...literals].join(' , ')) || literals.length === 0).toBe(true)
        },
      ),
      { numRuns: 1000 },
    )
  })

  test('keep the offset of an error correct for the original query', () => {
    const sql = 'select :long_name, :b from nowhere where x in (:ids) and fault'
    const { text, locate } = read(sql, { long_name: 1, b: 2, ids: [1, 2, 3] })
    for (const word of ['select', 'from', 'nowhere', 'fault'])
      expect(locate(text.indexOf(word))).toBe(sql.indexOf(word))
    expect(locate(10_000)).toBeLessThanOrEqual(sql.length)
  })
})

describe('a query is a single statement', () => {
  test.each(ENGINES)('%s: several statements are refused, a final semicolon is allowed', (engine) => {
    for (const sql of ['select 1; select 2', 'select 1;;drop table t', ';select 1', 'select 1; /* x */ x -- y'])
      expect(refusal(() => read(sql, {}, engine)).message).toContain('several statements')
    for (const sql of ['select 1;', 'select 1; ; -- done', "select ';', 1 /* ; x */", 'select ";a"'])
      expect(read(sql, {}, engine).several).toBe(false)
  })

  test('a statement that may contain semicolons is left to the engine', () => {
    expect(read('create function f() returns int begin atomic select 1; end').several).toBe(true)
    expect(read('begin not atomic select 1; end', {}, 'mysql').several).toBe(true)
  })

  test('SQLite never gets more than one statement, since it would ignore the rest', () => {
    const trigger =
      'create temp trigger t after insert on a begin update a set x = case when 1 then 2 end; delete from b; end'
    expect(read(trigger, {}, 'sqlite').several).toBe(false)
    expect(read(`${trigger};`, {}, 'sqlite').several).toBe(false)
    expect(refusal(() => read(`${trigger}; drop table a`, {}, 'sqlite')).message).toContain('several')
    expect(refusal(() => read('create table a(x); drop table a', {}, 'sqlite')).message).toContain('several')
  })

  test.each(['', '  \n', '-- nothing', '/* nothing */'])('%j is refused as empty', (sql) => {
    expect(refusal(() => read(sql))).toMatchObject({ code: 'INVALID_PARAMETERS' })
  })

  test('a NUL character is refused', () => {
    expect(refusal(() => read("select '\0'")).message).toContain('NUL')
  })

  test.each(['begin', 'START TRANSACTION', 'commit', '/* x */ rollback', 'savepoint a', 'release a', 'end', 'abort'])(
    '%s is refused, since transactions cannot span queries',
    (sql) => {
      expect(refusal(() => read(sql)).message).toContain('Transactions')
    },
  )

  test('PostgreSQL: COPY is refused in favour of rows', () => {
    expect(refusal(() => read("copy t to '/tmp/x'")).message).toContain('COPY')
  })

  test('SQLite: what its driver would silently change is refused', () => {
    for (const x of ['a\0b', 'a\ud800', '\udc00b', ['ok', 'a\0b']])
      expect(refusal(() => read('select 1 in (:x)', { x }, 'sqlite')).message).toContain('"x"')
    expect(refusal(() => read("select '\ud83d'", {}, 'sqlite')).message).toContain('surrogate')
    for (const x of [1e-17, Number.MIN_VALUE])
      expect(refusal(() => read('select :x', { x }, 'sqlite')).message).toContain('0')
    expect(read('select :x, :y', { x: '😀', y: -1e-17 }, 'sqlite').values).toEqual(['😀', -1e-17])
  })
})

test('a statement that changes the session is recognised', () => {
  for (const sql of [
    'set x = 1',
    'SET x = 1',
    'prepare a as select 1',
    'create temp table a(x)',
    'listen a',
    'reset all',
  ])
    expect(read(sql).changesSession).toBe(true)
  expect(read('pragma foreign_keys = on', {}, 'sqlite').changesSession).toBe(true)
  for (const sql of ['select 1', 'insert into a values (1)', 'create table temp1(x)'])
    expect(read(sql).changesSession).toBe(false)
})

test('a statement that is about a table is distinguished from one that is not', () => {
  for (const sql of ['select a from b', 'INSERT INTO a values (1)', 'update a set b = 1', 'table a', 'delete from a'])
    expect(read(sql).tables).toBe(true)
  for (const sql of ['select 1 as one', 'select \'from\', f(1) /* from */ as "into"', 'show x'])
    expect(read(sql).tables).toBe(false)
})

test('a statement that may stop at the limit is distinguished from one that must complete', () => {
  for (const sql of ['select 1', 'values (1)', 'with x as (select 1) select replace(a, b, c), "update" from x'])
    expect(read(sql).reads).toBe(true)
  for (const sql of [
    'insert into a values (1) returning b',
    'with x as (select 1) insert into a select 1',
    'WITH x AS (delete from a returning b) SELECT 1',
  ])
    expect(read(sql).reads).toBe(false)
})

describe('a statement of a read-only account', () => {
  test('SQLite: is judged by SQLite itself', () => {
    expect(read('insert into a values (1)', {}, 'sqlite', true).words[0]).toBe('insert')
  })

  test.each(['postgresql', 'mysql'] as const)('%s: must begin with a reading word', (engine) => {
    for (const sql of [
      'select 1',
      '(select 1)',
      'with a as (select 1) select * from a',
      'values (1)',
      'explain select 1',
      'show x',
    ])
      expect(read(sql, {}, engine, true).text).toBe(sql)
    for (const sql of [
      'insert into a values (1)',
      'set x = 1',
      'do $$ $$',
      'call p()',
      'create table a(x)',
      'begin not atomic x',
    ])
      expect(refusal(() => read(sql, {}, engine, true)).code).toBe('FORBIDDEN')
  })

  test('MySQL: is refused if it writes a file of the server or has an executable comment', () => {
    for (const sql of [
      "select 1 into outfile '/x'",
      "select 1 INTO\nDumpfile '/x'",
      "select 1.into outfile '/x'",
      "select .5into dumpfile '/x'",
      "select 1 --\u00a0 from (select 1 as \u00a0) as x into outfile '/x'",
      "select 1 --\u0001'\n into outfile '/x' -- '",
      // A string to us, and none where a server has NO_BACKSLASH_ESCAPES set.
      "select '\\' into outfile '/x' -- '",
      'select 1 /*! into @x */',
      '/*! select */ 1',
    ])
      expect(refusal(() => read(sql, {}, 'mysql', true)).code).toBe('FORBIDDEN')
    expect(read('select outfile from t', {}, 'mysql', true).words[1]).toBe('outfile')
  })
})
