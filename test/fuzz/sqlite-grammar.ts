/** Statements as somebody would write them who wants to reach another file through an SQLite account. */

export interface Targets {
  /** A file that must not be read. */
  canary: string
  /** A path at which no file must appear. */
  written: string
  /** A folder that must not be listed. */
  folder: string
}

/** Chooses by a seed, so that a run can be played again. @see https://gist.github.com/tommyettinger/46a874533244883189143505d203312c (mulberry32) */
export class Choice {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  of<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)] as T
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }
}

const FILE_FUNCTIONS = [
  'readfile',
  'writefile',
  'edit',
  'fsdir',
  'lsmode',
  'load_extension',
  'sha3_query',
  'eval',
  'zipfile',
]
const OTHER_FUNCTIONS = [
  'fts3_tokenizer',
  'sqlite_log',
  'fts5',
  'hex',
  'lower',
  'length',
  'json',
  'printf',
  'zeroblob',
  'load_extension',
]
const TABLES = [
  't',
  'log',
  'v',
  'f',
  'r',
  'sqlite_schema',
  'sqlite_dbpage',
  'dbstat',
  'temp.t',
  'main.t',
  'fsdir',
  'csv',
]
const MODULES = [
  'csv',
  'fts5',
  'fts4',
  'rtree',
  'dbstat',
  'zipfile',
  'fsdir',
  'sqlite_dbpage',
  'fts3tokenize',
  'bytecode',
  'vfsstat',
]
const PRAGMAS = [
  ...[
    'temp_store_directory',
    'data_store_directory',
    'writable_schema',
    'trusted_schema',
    'journal_mode',
    'query_only',
  ],
  ...['locking_mode', 'mmap_size', 'database_list', 'lock_proxy_file', 'table_info', 'user_version', 'wal_checkpoint'],
  ...['temp_store', 'hard_heap_limit', 'activate_extensions', 'key', 'rekey', 'vdbe_trace', 'optimize', 'foreign_keys'],
]
const SPACES = [
  ' ',
  '\n',
  '\t',
  '/**/',
  "/*'*/",
  '-- x\n',
  '/*")*/',
  "--'\n",
  '\ufeff',
  '\u00a0',
  '\u200b',
  ' \u2003',
  '\f',
  '\v',
]
const FULL_WIDTH = 0xfee0

export class SqliteGrammar {
  readonly #choice: Choice
  readonly #targets: Targets

  constructor(choice: Choice, targets: Targets) {
    this.#choice = choice
    this.#targets = targets
  }

  statement(): string {
    const { of, chance } = this.#bound()
    const start = chance(0.1) ? of([';', '\ufeff', '/* */', '--\n', '(']) : ''
    const explain = chance(0.1) ? of(['explain ', 'explain query plan ', 'EXPLAIN/**/']) : ''
    const end = chance(0.25) ? of([';', '; select 1', `;${this.#core(1)}`, ' --', ' /*', ';;', '\0', ')']) : ''
    return start + explain + this.#core(0) + end
  }

  #bound() {
    const choice = this.#choice
    return { of: choice.of.bind(choice) as Choice['of'], chance: choice.chance.bind(choice) as Choice['chance'] }
  }

  #core(depth: number): string {
    const { of } = this.#bound()
    const make = of([
      () => this.#select(depth),
      () => this.#select(depth),
      () => this.#select(depth),
      () => this.#reaching(),
      () => this.#reaching(),
      () => this.#pragma(),
      () => this.#defining(depth),
      () => this.#writing(depth),
      () => `with ${this.#name('x')} as (${this.#select(depth + 1)}) ${this.#select(depth + 1)}`,
      () => `values (${this.#expression(depth + 1)}), (${this.#expression(depth + 1)})`,
    ])
    return make()
  }

  #select(depth: number): string {
    const { of, chance } = this.#bound()
    if (depth > 3) return 'select 1'
    const glued = chance(0.25) ? this.#variable() : `${this.#space()}${this.#expression(depth)}`
    const more = chance(0.4) ? `, ${this.#expression(depth)}` : ''
    const from = chance(0.5) ? `${this.#space()}from${this.#space()}${this.#table(depth)}` : ''
    const where = chance(0.3) ? ` where${chance(0.3) ? this.#variable() : ` ${this.#expression(depth)}`}` : ''
    const tail = chance(0.2)
      ? of([' limit 3', ' order by 1', ' group by 1', ' union select 1', ' limit:n(x)', ' offset@o'])
      : ''
    return this.#word('select') + glued + more + from + where + tail
  }

  #table(depth: number): string {
    const { of, chance } = this.#bound()
    if (chance(0.2)) return `(${this.#select(depth + 1)})`
    if (chance(0.3)) return `${this.#name(of([...FILE_FUNCTIONS, 'json_each', 'pragma_table_info']))}(${this.#path()})`
    return chance(0.3) ? this.#name(of(TABLES)) : of(TABLES)
  }

  #expression(depth: number): string {
    const { of, chance } = this.#bound()
    if (depth > 3) return '1'
    const make = of([
      () => this.#path(),
      () => this.#variable(),
      () => this.#variable(),
      () => this.#call(depth),
      () => this.#call(depth),
      () => `(${this.#select(depth + 1)})`,
      () => of(['1', 'null', "x'61'", '1.5e3', '0x1f', "'it''s'", '"a"', '[a]', '`a`', 'a', 't.a', '*']),
      () =>
        `${this.#expression(depth + 1)}${of(['||', '+', ' and ', ' in ', '->>', ' like ', '='])}${this.#expression(depth + 1)}`,
    ])
    const made = make()
    return chance(0.1) ? `cast(${made} as text)` : made
  }

  #call(depth: number): string {
    const { of, chance } = this.#bound()
    const name = of(chance(0.4) ? FILE_FUNCTIONS : OTHER_FUNCTIONS)
    const more = chance(0.3) ? `, ${this.#expression(depth + 1)}` : ''
    return `${this.#name(name)}${chance(0.3) ? this.#space() : ''}(${this.#path()}${more})`
  }

  /** Every form of a variable, with what Tcl allows behind it, in which more of the statement seems to hide. */
  #variable(): string {
    const { of, chance } = this.#bound()
    const sign = of([':', ':', '@', '$', '#', '::', '?'])
    const name = of(['a', 'b', 'path', 'ünï', '1', 'a::b', 'a$', '', 'ａ'])
    if (chance(0.4)) return sign + name
    const quote = of(["'", '"', '`', '[', '/*', '--', ''])
    const close = quote === '[' ? ']' : quote === '/*' ? '*/' : quote === '--' ? '\n' : quote
    const hidden = of([
      `,${of(FILE_FUNCTIONS)}(${this.#path()})`,
      `;attach/**/${this.#path()}/**/as/**/x`,
      `,(select/**/data/**/from/**/fsdir(${this.#path()}))`,
      `,1/**/union/**/select/**/load_extension(${this.#path()})`,
    ])
    return `${sign}${name}(${quote})${hidden}--${close})`
  }

  #reaching(): string {
    const { of, chance } = this.#bound()
    const path = this.#path()
    const space = this.#space()
    return of([
      `${this.#word('attach')}${space}${path} as ${this.#name('x')}`,
      `${this.#word('attach')} database${space}${path} as x key 'k'`,
      `attach${chance(0.5) ? this.#variable() : ` ${path}`} as${space}x`,
      `${this.#word('vacuum')}${space}into${space}${path}`,
      `vacuum${space}main into ${chance(0.3) ? this.#variable() : path}`,
      `vacuum temp into ${path}`,
      'vacuum',
      'detach x',
      'detach main',
    ])
  }

  #pragma(): string {
    const { of, chance } = this.#bound()
    const name = `${chance(0.3) ? of(['main.', 'temp.', '"main".']) : ''}${chance(0.2) ? this.#word(of(PRAGMAS)) : of(PRAGMAS)}`
    const value = chance(0.5)
      ? this.#path()
      : of(['1', 'on', 'off', 'wal', 'memory', 'exclusive', `'${this.#targets.folder}'`])
    return `pragma${this.#space()}${name}${of(['', ` = ${value}`, `(${value})`, `=${this.#variable()}`])}`
  }

  #defining(depth: number): string {
    const { of } = this.#bound()
    const name = this.#name(of(['v', 'tr', 'n', 'i']))
    return of([
      `create view ${name} as ${this.#select(depth + 1)}`,
      `create temp view ${name} as ${this.#select(depth + 1)}`,
      `create trigger ${name} after insert on log begin ${this.#select(depth + 1)}; end`,
      `create virtual table ${name} using ${this.#word(of(MODULES))}(filename=${this.#path()})`,
      `create virtual table temp.${name} using ${of(MODULES)}(${this.#path()})`,
      `create table ${name} (a default (${this.#expression(depth + 1)}), b as (${this.#call(depth + 1)}))`,
      `create index ${name} on log (${this.#call(depth + 1)})`,
      `create table ${name} as ${this.#select(depth + 1)}`,
      `alter table log add column c default ${this.#path()}`,
      `drop view ${name}`,
      'reindex',
      'analyze',
    ])
  }

  #writing(depth: number): string {
    const { of } = this.#bound()
    return of([
      `insert into log values (${this.#expression(depth)}) returning ${this.#expression(depth + 1)}`,
      `insert into log ${this.#select(depth + 1)}`,
      `update log set x = ${this.#expression(depth)} returning *`,
      `delete from log where x = ${this.#expression(depth)}`,
      `replace into sqlite_schema values ('view', 'h', 'h', 0, 'create view h as select readfile(1)')`,
      `update sqlite_schema set sql = ${this.#path()}`,
    ])
  }

  /** The path of a file, written in one of many ways. */
  #path(): string {
    const { of, chance } = this.#bound()
    const { canary, written, folder } = this.#targets
    const path = of([canary, canary, written, folder, '/proc/self/environ', '', ':memory:'])
    const text = chance(0.2) ? `file:${path}?mode=rwc` : path
    const hex = Buffer.from(text).toString('hex')
    return of([
      `'${text}'`,
      `"${text}"`,
      `cast(x'${hex}' as text)`,
      `'${text.slice(0, 3)}'||'${text.slice(3)}'`,
      `char(${[...text].map((character) => character.codePointAt(0)).join() || '32'})`,
      ':path',
      `[${text}]`,
    ])
  }

  #space(): string {
    return this.#choice.chance(0.7) ? ' ' : this.#choice.of(SPACES)
  }

  /** A keyword in any letters, some of which only look like it. */
  #word(word: string): string {
    const { of, chance } = this.#bound()
    if (chance(0.8)) return word
    if (chance(0.7)) return [...word].map((letter) => (chance(0.5) ? letter.toUpperCase() : letter)).join('')
    const at = Math.floor(this.#choice.next() * word.length)
    const odd = of([
      String.fromCharCode(word.charCodeAt(at) + FULL_WIDTH),
      'ſ',
      'ı',
      `${word.charAt(at)}\u0301`,
      '\u212a',
    ])
    return word.slice(0, at) + odd + word.slice(at + 1)
  }

  /** A name, bare or in one of the four quotes. */
  #name(name: string): string {
    const { of, chance } = this.#bound()
    if (chance(0.5)) return this.#word(name)
    return of([`"${name}"`, `\`${name}\``, `[${name}]`, `'${name}'`, `main.${name}`])
  }
}
