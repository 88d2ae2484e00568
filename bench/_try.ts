import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { encode } from 'gpt-tokenizer/encoding/o200k_base'
import { StdioProcess } from '../test/built/stdio-process.js'
const home = mkdtempSync(join(tmpdir(), 'try-'))
const s = new StdioProcess(['dist/main.js'], { HOME: home })
const list = await s.request('tools/list')
console.log('tools/list', encode(JSON.stringify(list.tools)).length)
const show = async (n: string, a: object) => { const r = await s.tryCall(n, a as never); const t = r.content.map((b) => b.text ?? JSON.stringify(b)).join('\n'); console.log('>', n, JSON.stringify(a)); console.log(t.slice(0, 1500)); console.log('  tokens', encode(t).length); return r }
await show('search_actions', { query: 'what tables are in my database' })
await show('register_user', { identifier: 'ada' })
await show('authenticate', {})
await show('search_actions', { query: 'open issues about login in a repository', limit: 3 })
const file = join(home, 'shop.db'); const db = new DatabaseSync(file); db.exec('create table sales(id integer primary key, title text, copies int, note text)')
for (let i=0;i<2000;i++) db.prepare('insert into sales values(?,?,?,?)').run(i, 'Title '+i, i%7, i%3?null:'a note of some length, number '+i)
db.close()
await show('link_integration', { connector: 'sql', configuration: { url: `sqlite:///${file}`, identifier: 'shop' } })
await show('link_integration', { connector: 'sql', configuration: { url: `sqlite:///${file}`, identifier: 'copy' } })
const r = await show('read_connector', { connector: 'sql', action: 'query', params: { query: 'select * from sales' } })
const h = r.shown.meta.handle
await show('read_result', { handle: h, offset: 900, limit: 3 })
await show('read_result', { handle: h, response_fields: ['id','copies'], max_tokens: 800 })
await show('read_connector', { connector: 'sql', action: 'query', identifier: '*', params: { query: 'select count(*) n from sales' } })
await show('read_connector', { connector: 'sql', action: 'query', limit: 5, params: { query: 'select * from sales' } })
await show('read_connector', { connector: 'sql', action: 'list_tables', all_pages: true })
await show('read_connector', { connector: 'sql', action: 'query', cursor: 'x', params: { query: 'select 1' } })
await show('read_connector', { connector: 'hackernews', action: 'top_storis', limit: 5 })
await s.end()
