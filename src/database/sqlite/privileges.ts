/**
 * What SQL may do on a linked SQLite file, as SQLite's own authorizer is answered: everything that is not in these lists
 * is refused. SQLite asks while it compiles a statement, also for statements inside views, triggers and virtual tables,
 * so that no spelling of the text matters.
 * @see https://www.sqlite.org/c3ref/set_authorizer.html
 * @see https://www.sqlite.org/c3ref/c_alter_table.html the action codes
 */

/** Why something is refused. */
export type RefusalReason = 'read-only' | 'beyond-the-file' | 'transaction' | 'setting' | 'function' | 'module'

/** `yes`, or a list that decides by name, or the reason of the refusal. */
export type AuthorizerAnswer =
  | 'yes'
  | 'by-function'
  | 'by-pragma'
  | 'by-module'
  | 'empty-file'
  | 'shadow-table'
  | RefusalReason

export interface Right {
  /** SQLite's number of the action. */
  code: number
  /** For an account that may write. */
  writer: AuthorizerAnswer
  /** For one that is linked read-only. */
  reader: AuthorizerAnswer
  /** What such an action does: changes the file, or only the connection, which then serves no further statement. */
  changes?: 'file' | 'connection'
}

const change = (code: number): Right => ({ code, writer: 'yes', reader: 'read-only', changes: 'file' })
const temporary = (code: number): Right => ({ code, writer: 'yes', reader: 'read-only', changes: 'connection' })

/**
 * One line for each action. An R-tree compiles statements that write its own tables as soon as it is read
 * (`shadow-table`); on a read-only account the mode in which the file is open still refuses to run them.
 */
export const RIGHTS = {
  CREATE_INDEX: change(1),
  CREATE_TABLE: change(2),
  CREATE_TEMP_INDEX: temporary(3),
  CREATE_TEMP_TABLE: temporary(4),
  CREATE_TEMP_TRIGGER: temporary(5),
  CREATE_TEMP_VIEW: temporary(6),
  CREATE_TRIGGER: change(7),
  CREATE_VIEW: change(8),
  DELETE: { ...change(9), reader: 'shadow-table' },
  DROP_INDEX: change(10),
  DROP_TABLE: change(11),
  DROP_TEMP_INDEX: temporary(12),
  DROP_TEMP_TABLE: temporary(13),
  DROP_TEMP_TRIGGER: temporary(14),
  DROP_TEMP_VIEW: temporary(15),
  DROP_TRIGGER: change(16),
  DROP_VIEW: change(17),
  INSERT: { ...change(18), reader: 'shadow-table' },
  PRAGMA: { code: 19, writer: 'by-pragma', reader: 'by-pragma' },
  READ: { code: 20, writer: 'yes', reader: 'yes' },
  SELECT: { code: 21, writer: 'yes', reader: 'yes' },
  // Each statement is a transaction of its own. VACUUM begins one inside.
  TRANSACTION: { code: 22, writer: 'transaction', reader: 'transaction' },
  UPDATE: { ...change(23), reader: 'shadow-table' },
  // VACUUM attaches an empty file of its own for the copy; VACUUM INTO attaches the file it names.
  ATTACH: { code: 24, writer: 'empty-file', reader: 'beyond-the-file', changes: 'connection' },
  DETACH: { code: 25, writer: 'beyond-the-file', reader: 'beyond-the-file' },
  ALTER_TABLE: change(26),
  REINDEX: change(27),
  ANALYZE: change(28),
  CREATE_VTABLE: { ...change(29), writer: 'by-module' },
  DROP_VTABLE: change(30),
  FUNCTION: { code: 31, writer: 'by-function', reader: 'by-function' },
  SAVEPOINT: { code: 32, writer: 'transaction', reader: 'transaction' },
  RECURSIVE: { code: 33, writer: 'yes', reader: 'yes' },
} satisfies Record<string, Right>

export type AuthorizerAction = keyof typeof RIGHTS

const words = (text: string): string[] => text.trim().split(/\s+/)

/**
 * The functions that may be called; those of `DENIED_FUNCTIONS` may not. Together they are all that the driver has, which
 * a test compares, so that a function of a later version is decided on before it can be called.
 * @see https://www.sqlite.org/lang_corefunc.html and the pages of its date, aggregate, window, math and JSON functions
 */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...words(`-> ->> abs changes char coalesce concat concat_ws format glob hex if ifnull iif instr last_insert_rowid length
    like likelihood likely lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim sign
    soundex sqlite_compileoption_get sqlite_compileoption_used sqlite_source_id sqlite_version substr substring subtype
    total_changes trim typeof unhex unicode unistr unistr_quote unlikely upper zeroblob`),
  ...words('avg count group_concat median percentile percentile_cont percentile_disc string_agg sum total'),
  ...words('cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number'),
  ...words('current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch'),
  ...words(`acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log log10 log2 mod pi pow power
    radians sin sinh sqrt tan tanh trunc`),
  ...words(`json json_array json_array_insert json_array_length json_error_position json_extract json_group_array
    json_group_object json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_type
    json_valid jsonb jsonb_array jsonb_array_insert jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert
    jsonb_object jsonb_patch jsonb_remove jsonb_replace jsonb_set`),
  // Full text search, R-trees and shapes, on tables of the linked file.
  ...words(
    'bm25 fts5_get_locale fts5_insttoken fts5_locale fts5_source_id highlight match matchinfo offsets optimize snippet',
  ),
  ...words('rtreecheck rtreedepth rtreenode'),
  ...words(`geopoly_area geopoly_bbox geopoly_blob geopoly_ccw geopoly_contains_point geopoly_debug geopoly_group_bbox
    geopoly_json geopoly_overlap geopoly_regular geopoly_svg geopoly_within geopoly_xform`),
])

/** What ALTER TABLE calls inside; SQLite itself refuses them to everything else. */
export const INNER_FUNCTIONS: ReadonlySet<string> = new Set(
  words(`sqlite_add_constraint sqlite_drop_column sqlite_drop_constraint sqlite_fail sqlite_find_constraint
    sqlite_rename_column sqlite_rename_quotefix sqlite_rename_table sqlite_rename_test`),
)

/** Native code from a file, pointers as values, and the error log of the process. */
export const DENIED_FUNCTIONS: ReadonlySet<string> = new Set(words('load_extension fts3_tokenizer fts5 sqlite_log'))

/** What virtual tables may be made of: modules that keep their data in the linked file, or read others of its tables. */
export const MODULES: ReadonlySet<string> = new Set(
  words('fts3 fts3tokenize fts4 fts4aux fts5 fts5vocab geopoly rtree rtree_i32'),
)

/** How a PRAGMA may be used with an argument; without one, each of the list may be asked. */
export type PragmaArgument =
  /** Not at all: it is a setting of the connection, which would end with the statement, or of the process. */
  | 'none'
  /** The argument says what to look at. */
  | 'question'
  /** It does something to the file, so that it takes an account that may write, without an argument too. */
  | 'work'
  /** It is kept in the file, so that setting it takes an account that may write. */
  | 'kept'
  /** Only with these. */
  | { kept?: true; only: RegExp }

const each = <T>(names: string, value: T): [string, T][] => words(names).map((name) => [name, value])

/**
 * The PRAGMAs that may be used. `journal_mode` takes the two values that last with the file: the others are settings of
 * one connection that risk the file if it ends. Foreign keys are checked always, so switching that on is not an error.
 * @see https://www.sqlite.org/pragma.html
 */
export const PRAGMAS: ReadonlyMap<string, PragmaArgument> = new Map<string, PragmaArgument>([
  ...each(
    `auto_vacuum busy_timeout cache_size cell_size_check collation_list compile_options data_version database_list encoding
     freelist_count function_list journal_size_limit max_page_count module_list page_count page_size pragma_list query_only
     recursive_triggers schema_version secure_delete synchronous trusted_schema wal_autocheckpoint`,
    'none' as const,
  ),
  ...each(
    `foreign_key_check foreign_key_list index_info index_list index_xinfo integrity_check quick_check table_info table_list
     table_xinfo`,
    'question' as const,
  ),
  ...each('incremental_vacuum optimize wal_checkpoint', 'work' as const),
  ...each('application_id user_version', 'kept' as const),
  ['journal_mode', { kept: true, only: /^(?:wal|delete)$/i }],
  ['foreign_keys', { only: /^(?:on|yes|true|1)$/i }],
])

/** Tables in which an R-tree keeps its data. */
export const SHADOW_TABLE = /_(?:node|rowid|parent)$/
