/** The column types that differ between databases. */
export interface ColumnTypes {
  /** The type of a key that the database counts up, never giving the same number twice. */
  sequence: 'integer' | 'bigserial'
  /** The type of bytes. */
  bytes: 'blob' | 'bytea'
}
