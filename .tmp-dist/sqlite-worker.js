import {
  READY,
  __name,
  float,
  integer
} from "./chunk-UPMRKRAO.js";

// src/database/sqlite-worker.ts
import { statSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";
import Database from "libsql";
var BUSY_TIME = 2e3;
var MEMORY = 256 * 1024 * 1024;
var KEPT = 16;
var BATCH = 100;
var COUNTED = /* @__PURE__ */ new Set(["insert", "update", "delete", "replace", "with"]);
var READS = /* @__PURE__ */ new Set(["select", "with", "values", "explain", "pragma"]);
var kept = /* @__PURE__ */ new Map();
function open({ file, readOnly }) {
  const { dev, ino } = statFile(file);
  const key = `${readOnly ? "ro" : "rw"}:${file}`;
  const inode = `${dev}:${ino}`;
  const known = kept.get(key);
  if (known?.inode === inode) return known.database;
  forget(key);
  const [oldest] = kept.keys();
  if (kept.size >= KEPT && oldest !== void 0) forget(oldest);
  const database = new Database(`${pathToFileURL(file).href}?mode=${readOnly ? "ro" : "rw"}`);
  database.pragma(`busy_timeout=${BUSY_TIME}`);
  database.pragma(`hard_heap_limit=${MEMORY}`);
  database.pragma("trusted_schema=0");
  if (readOnly) database.pragma("query_only=1");
  kept.set(key, { database, inode });
  return database;
}
__name(open, "open");
function statFile(file) {
  const stats = statSync(file);
  if (!stats.isFile()) throw Object.assign(new Error("not a file"), { code: "EISDIR" });
  return stats;
}
__name(statFile, "statFile");
function forget(key) {
  kept.get(key)?.database.close();
  kept.delete(key);
}
__name(forget, "forget");
function run(request) {
  const database = open(request);
  const statement = database.prepare(request.text);
  const values = request.values.map(toSqlite);
  if (!statement.reader) {
    const { changes } = statement.run(values);
    return { kind: "affected", affectedRows: COUNTED.has(request.word) ? changes : -1 };
  }
  statement.safeIntegers(true);
  statement.raw(true);
  const columns = statement.columns();
  const { rows, truncated } = fetch(database, statement.iterate(values), request);
  return {
    kind: "rows",
    names: columns.map(({ name }) => name),
    types: columns.map(({ type }) => type),
    rows,
    truncated
  };
}
__name(run, "run");
function fetch(database, found, { limit, word }) {
  const wanted = limit + 1;
  const rows = [];
  if (wanted < BATCH) found.nextRows = new Array(wanted);
  while (rows.length < wanted) {
    const { done, value } = found.next();
    if (done) break;
    rows.push(value.map(toJson));
  }
  const truncated = rows.length > limit;
  if (truncated) {
    rows.pop();
    finish(database, found, READS.has(word));
  }
  return { rows, truncated };
}
__name(fetch, "fetch");
function finish(database, found, reads) {
  found.nextRowIndex = BATCH;
  if (!reads) {
    found.nextRows = new Array(BATCH);
    while (!found.next().done) ;
    return;
  }
  ;
  database.interrupt();
  try {
    while (!found.next().done) ;
  } catch (error) {
    if (error.code !== "SQLITE_INTERRUPT") throw error;
  }
}
__name(finish, "finish");
function toSqlite(value) {
  if (typeof value === "boolean") return value ? 1n : 0n;
  return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
}
__name(toSqlite, "toSqlite");
function toJson(value) {
  if (value === null || value === void 0 || typeof value === "string") return value ?? null;
  if (typeof value === "bigint") return integer(value);
  if (typeof value === "number") return float(value);
  return Buffer.from(value).toString("base64");
}
__name(toJson, "toJson");
function answer(request) {
  try {
    return run(request);
  } catch (thrown) {
    const { code = null, message } = thrown;
    const unopened = code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR" || code === "EACCES";
    return unopened ? { kind: "unopened", code, message } : { kind: "failed", code, message };
  } finally {
    if (request.changesSession) {
      for (const key of kept.keys()) if (key.endsWith(`:${request.file}`)) forget(key);
    }
  }
}
__name(answer, "answer");
var WATCH = `
const { workerData: parent } = require('node:worker_threads')
const gone = () => { try { process.kill(parent, 0); return process.ppid !== parent } catch { return true } }
setInterval(() => { if (gone()) process.kill(process.pid, 'SIGKILL') }, 1000)
`;
new Worker(WATCH, { eval: true, workerData: process.ppid, execArgv: [] }).unref();
process.on("disconnect", () => process.exit(0));
process.on("message", (request) => {
  process.send?.(answer(request));
});
process.send?.(READY);
