import { createDatabasePort, startMariadb } from './entry.js'
import mysql from 'mysql2/promise'
const M = await startMariadb(); const port=createDatabasePort()
try {
const mp = mysql.createPool({ uri: M.url, connectionLimit: 4 }); const raw = mysql.createPool({ uri: M.url, connectionLimit: 4, rowsAsArray:true, dateStrings:true, supportBigNumbers:true, jsonStrings:true }); const t0=mysql.createPool({ uri: M.url, connectionLimit: 4 })
await mp.query('create database b'); await mp.query('create table b.t (id int primary key, name text)'); await mp.query("insert into b.t select seq, concat('name ', seq) from seq_0_to_1000")
const md = port.open('m', { url: M.url }); const opts={limit:1000,timeoutMs:30000,signal:new AbortController().signal}
const med=(a)=>{a.sort((x,y)=>x-y);return (a[a.length>>1]*1000).toFixed(1)}
const fns={ bare:i=>mp.execute('select id, name from b.t where id = ?',[i]), opts:i=>raw.execute('select id, name from b.t where id = ?',[i]), typed:i=>t0.execute('select id, name from b.t where id = ?',[mysql.TypedParameter.BIGINT(i)]), typed32:i=>t0.execute('select id, name from b.t where id = ?',[mysql.TypedParameter.INT(i)]), str:i=>t0.execute('select id, name from b.t where id = ?',[String(i)]), ours:i=>md.query('select id, name from b.t where id = :id',{id:i},opts), oursq:i=>md.query('select id, name from b.t where id = '+(i%50),{},opts), bareq:i=>mp.query('select id, name from b.t where id = '+(i%50)) }
const T={}; for (let r=0;r<4000;r++) for (const [k,f] of Object.entries(fns)) { const t=performance.now(); await f(r%1000); (T[k]??=[]).push(performance.now()-t) }
for (const k in T) console.log(k, med(T[k].slice(500)))
await mp.end(); await raw.end(); await t0.end()
} finally { await port.closeAll(); await M.stop() }
