import { createDatabasePort, startPostgres, startMariadb } from './entry.js'
import pg from 'pg'; import mysql from 'mysql2/promise'; import Database from 'libsql'; import fs from 'node:fs'
const stats = (ts) => { ts.sort((a,b)=>a-b); return { median: +(ts[ts.length>>1]*1000).toFixed(1), p95: +(ts[Math.floor(ts.length*.95)]*1000).toFixed(1) } }
const signal = new AbortController().signal
async function compare(name, fns, n=8000) {
  const times = Object.fromEntries(Object.keys(fns).map(k=>[k,[]]))
  for (let i=0;i<500;i++) for (const f of Object.values(fns)) await f(i)
  for (let r=0;r<n;r++) for (const [k,f] of Object.entries(fns)) { const t=performance.now(); await f(r%1000); times[k].push(performance.now()-t) }
  for (const k in times) console.log(name.padEnd(12), k.padEnd(34), JSON.stringify(stats(times[k])), 'µs')
}
const P = await startPostgres(), M = await startMariadb()
const port = createDatabasePort()
try {
  const pool = new pg.Pool({ connectionString: P.url, max: 4 })
  await pool.query('create table t (id int primary key, name text, at timestamptz default now())'); await pool.query("insert into t select n, 'name ' || n from generate_series(0,1000) n"); await pool.query('analyze t')
  const opts = { limit: 1000, timeoutMs: 30000, signal }
  const d = port.open('p', { url: P.url }), ro = port.open('pro', { url: P.url, read_only: true })
  await compare('postgresql', {
    'pg pool.query': (i) => pool.query('select id, name, at from t where id = $1', [i]),
    'database.query': (i) => port.open('p', {url: P.url}).query('select id, name, at from t where id = :id', { id: i }, opts),
    'database.query read_only': (i) => ro.query('select id, name, at from t where id = :id', { id: i }, opts),
  })
  const mp = mysql.createPool({ uri: M.url, connectionLimit: 4 })
  await mp.query('create database b'); await mp.query('create table b.t (id int primary key, name text)'); await mp.query("insert into b.t select seq, concat('name ', seq) from seq_0_to_1000")
  const md = port.open('m', { url: M.url })
  await compare('mariadb', {
    'mysql2 pool.execute': (i) => mp.execute('select id, name from b.t where id = ?', [i]),
    'database.query': (i) => md.query('select id, name from b.t where id = :id', { id: i }, opts),
  }, 4000)
  fs.rmSync('/tmp/b.db', {force:true}); const l = new Database('/tmp/b.db'); l.exec("create table t (id integer primary key, name text); insert into t with recursive c(n) as (select 0 union all select n+1 from c where n<1000) select n, 'name '||n from c")
  const sd = port.open('s', { url: 'sqlite:////tmp/b.db' })
  await compare('sqlite', {
    'libsql in process': (i) => l.prepare('select id, name from t where id = ?').all([BigInt(i)]),
    'database.query (own process)': (i) => sd.query('select id, name from t where id = :id', { id: i }, opts),
  }, 4000)
  await pool.end(); await mp.end()
} finally { await port.closeAll(); await P.stop(); await M.stop() }
