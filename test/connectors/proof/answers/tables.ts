import type { Database } from '../../../../src/database/port.js'

const refused = (): never => {
  throw new Error('An example of an answer asks for nothing else.')
}

/** A row as databases of shops have it. */
const CUSTOMER = {
  CustomerId: 17,
  FirstName: 'Frantisek',
  LastName: 'Wichterlova',
  Company: 'Wine and Books s.r.o.',
  Address: 'Klanova 9/506',
  City: 'Prague',
  State: null,
  Country: 'Czech Republic',
  PostalCode: '14700',
  Phone: '+420 2 4172 5555',
  Fax: '+420 2 4172 5555',
  Email: 'frantisek.w@mail.example',
  SupportRepId: 4,
}

const COLUMNS = Object.entries(CUSTOMER).map(([name, value]) => ({
  name,
  type: typeof value === 'number' ? 'INTEGER' : 'NVARCHAR(60)',
}))

const TABLE = { schema: 'main', name: 'Customer', kind: 'table', rowEstimate: 59, comment: null } as const

/** A database of one table, for the answers of `sql`. */
export const oneTable: Database = {
  name: 'sqlite:None:None:None:shop.db',
  engine: 'sqlite',
  readOnly: false,
  query: async () => ({ kind: 'rows', rows: [CUSTOMER], columns: COLUMNS, truncated: false }),
  listTables: async () => ({ tables: [TABLE], total: 1, more: false }),
  describeTable: async () => ({
    ...TABLE,
    columns: COLUMNS.map(({ name, type }) => ({
      ...{ name, type, nullable: name !== 'CustomerId', default: null },
      ...{ generated: null, expression: null, identity: null, comment: null },
    })),
    primaryKey: ['CustomerId'],
    uniqueKeys: [],
    foreignKeys: [{ columns: ['SupportRepId'], schema: 'main', table: 'Employee', tableColumns: ['EmployeeId'] }],
    referencedBy: [{ columns: ['CustomerId'], schema: 'main', table: 'Invoice', tableColumns: ['CustomerId'] }],
    indexes: [{ name: 'IFK_SupportRep', columns: ['SupportRepId'], unique: false, method: null, where: null }],
    cut: [],
  }),
  probe: refused,
}
