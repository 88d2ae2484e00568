import Database from 'libsql'

/** The databases of two bookshops of one owner. */
export const SHOPS = ['berlin', 'lisbon'] as const
export type Shop = (typeof SHOPS)[number]

type Sale = [date: string, title: string, copies: number, cents: number]

const SALES: Record<Shop, readonly Sale[]> = {
  berlin: [
    ['2026-09-01', 'The Left Hand of Darkness', 3, 1299],
    ['2026-09-01', 'Momo', 2, 1100],
    ['2026-09-02', 'The Left Hand of Darkness', 1, 1299],
    ['2026-09-03', 'Invisible Cities', 4, 1450],
    ['2026-09-05', 'Momo', 5, 1100],
    ['2026-09-08', 'Kindred', 2, 1375],
    ['2026-09-09', 'Invisible Cities', 2, 1450],
  ],
  lisbon: [
    ['2026-09-01', 'The Book of Disquiet', 6, 1650],
    ['2026-09-02', 'Blindness', 3, 1399],
    ['2026-09-04', 'Invisible Cities', 2, 1425],
    ['2026-09-04', 'The Book of Disquiet', 3, 1650],
    ['2026-09-07', 'Blindness', 1, 1399],
    ['2026-09-10', 'Kindred', 1, 1350],
  ],
}

/** What sells best: the same question for either shop. */
export const BEST_SELLERS = {
  query: 'select title, sum(copies) as copies from sales where sold_on >= :since group by title order by 2 desc',
  variables: { since: '2026-09-02' },
}

/** Makes the database of a shop. @param file of which there is none yet */
export function makeShop(shop: Shop, file: string): void {
  const database = new Database(file)
  try {
    database.exec('create table sales (sold_on text, title text, copies integer, cents integer)')
    const insert = database.prepare('insert into sales values (?, ?, ?, ?)')
    for (const sale of SALES[shop]) insert.run(...sale)
  } finally {
    database.close()
  }
}
