import { connect } from './src/app/index.js'
import { readConfig } from './src/config/index.js'
import { startPostgres } from './test/databases/servers.js'
import { rmSync } from 'node:fs'
rmSync('/tmp/pp',{recursive:true,force:true})
const pg = await startPostgres()
const conn = connect(readConfig({CONNECTORS_DATA_DIR:'/tmp/pp', HOME:'/tmp'}))
const client = await conn.client()
const u = await client.createUser('a'); const t=(await client.authenticate('a',u.secret)).token
await client.linkCustom('sql',t,{configuration:{url:pg.url}})
const host = await conn.embedded!.host()
const { service, api } = host
const caller = await service.users.byToken(t)
async function m(name:string, n:number, f:()=>Promise<unknown>|unknown){ for(let i=0;i<n/5;i++) await f(); const c0=process.cpuUsage(); const t0=performance.now(); for(let i=0;i<n;i++) await f(); const c=process.cpuUsage(c0); console.log(name.padEnd(36), ((c.user+c.system)/n).toFixed(1).padStart(8),'cpu us', ((performance.now()-t0)*1000/n).toFixed(1),'wall us') }
const body=JSON.stringify({query:'select 1 as one'})
const reqInit={method:'POST',headers:{authorization:'Bearer '+t,'content-type':'application/json','x-gl-error-contract':'2'},body}
const signal=new AbortController().signal
const { default: PG } = await import('pg'); const pool=new PG.Pool({connectionString:pg.url,max:4})
for (let k=0;k<2;k++){
await m('bare pg',2000,()=>pool.query('select 1 as one'))
await m('client.execute',2000,()=>client.execute('sql','query',{params:{query:'select 1 as one'},userToken:t}))
await m('api.fetch sql',2000,async()=>(await api.fetch(new Request('http://x/connectors/sql/query',reqInit))).json())
await m('service.runAction',2000,()=>service.runAction(caller,{connector:'sql',action:'query',input:{query:'select 1 as one'},identifier:null,signal}))
await m('byToken',5000,()=>service.users.byToken(t))
await m('me via api',3000,async()=>(await api.fetch(new Request('http://x/health'))).json())
await m('Request+Response only',5000,async()=>{ const r=new Request('http://x/a',reqInit); await r.text(); return new Response(body,{headers:{a:'b'}}).json()})
const key=(client as any)
}
await conn.close(); await pool.end(); await pg.stop()
