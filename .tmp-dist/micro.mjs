var __defProp = Object.defineProperty;
var __name = (target, value) => __defProp(target, "name", { value, configurable: true });

// src/kit/index.ts
import { z as z6 } from "zod";

// src/base/errors.ts
var ConnectorsError = class extends Error {
  static {
    __name(this, "ConnectorsError");
  }
  name = "ConnectorsError";
  code;
  details;
  retryable;
  retryAfterSeconds;
  constructor(code2, message, options = {}) {
    super(message, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.code = code2;
    this.details = options.details;
    this.retryable = options.retryable ?? false;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
};
function invalidParameters(message, errors = []) {
  return new ConnectorsError("INVALID_PARAMETERS", message, errors.length > 0 ? { details: { errors } } : {});
}
__name(invalidParameters, "invalidParameters");

// src/base/json.ts
function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
__name(isPlainObject, "isPlainObject");

// src/kit/database-url.ts
var ENGINES = {
  postgresql: "postgresql",
  postgres: "postgresql",
  mysql: "mysql",
  mariadb: "mysql",
  sqlite: "sqlite"
};
var PARTS = ["host", "port", "database", "username", "password", "driver"];
var EXAMPLE = "postgresql://user:password@host:5432/database";
function databaseAddress(configuration) {
  const url = urlOf(configuration);
  return url === void 0 ? fromParts(configuration) : fromUrl(url);
}
__name(databaseAddress, "databaseAddress");
function databaseAccountName({ driver, host, port, username, database }) {
  return [driver, host, port, username, database].map((part) => part ?? "None").join(":");
}
__name(databaseAccountName, "databaseAccountName");
function urlOf({ url }) {
  const text2 = typeof url === "string" ? url.trim() : "";
  return text2 === "" ? void 0 : text2;
}
__name(urlOf, "urlOf");
function fromParts(configuration) {
  const text2 = /* @__PURE__ */ __name((name) => {
    const value = configuration[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : null;
  }, "text");
  const driver = text2("driver") ?? "";
  const file = driver !== "" && engineOf(driver) === "sqlite";
  const missing = (file ? ["database"] : PARTS).filter((name) => text2(name) === null || name === "driver" && !driver);
  if (missing.length > 0) {
    throw invalidParameters(
      `The database is not named: give its url alone, or all of ${PARTS.join(", ")}. Missing: ${missing.join(", ")}.`,
      missing.map((field) => ({ field, message: "is missing" }))
    );
  }
  return {
    engine: engineOf(driver),
    driver,
    host: text2("host") || null,
    port: portOf(text2("port"), "port"),
    username: text2("username") || null,
    password: text2("username") ? text2("password") ?? "" : null,
    database: text2("database") || null,
    parameters: extraParameters(configuration.extra_config)
  };
}
__name(fromParts, "fromParts");
function extraParameters(extra) {
  const entries = isPlainObject(extra) ? Object.entries(extra) : [];
  return new Map(entries.map(([name, value]) => [name, typeof value === "object" ? JSON.stringify(value) : `${value}`]));
}
__name(extraParameters, "extraParameters");
function fromUrl(url) {
  const [, driver, rest] = /^([A-Za-z][\w+.-]*):\/\/(.*)$/s.exec(url) ?? [];
  if (driver === void 0 || rest === void 0) {
    throw invalidUrl(`The url has no scheme; write it like ${EXAMPLE}.`);
  }
  const engine = engineOf(driver);
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? "";
  const at = authority.lastIndexOf("@");
  const [path2, query] = splitOnce(rest.slice(authority.length), "?");
  const database = path2.replace(/^\//, "");
  if (at === -1 && engine !== "sqlite" && database.includes("@")) throw unreadable();
  const parameters = new Map(new URLSearchParams(query));
  const { host, port } = server(authority.slice(at + 1));
  return {
    engine,
    driver,
    host: host ?? parameters.get(engine === "mysql" ? "unix_socket" : "host") ?? null,
    port: port ?? portOf(parameters.get("port") ?? null, "url"),
    ...login(at === -1 ? void 0 : authority.slice(0, at)),
    // SQLAlchemy takes the path of a file as it stands.
    database: (engine === "sqlite" ? database : decode(database)) || null,
    parameters
  };
}
__name(fromUrl, "fromUrl");
function login(userInfo) {
  if (userInfo === void 0) return { username: null, password: null };
  const [username, password] = splitOnce(userInfo, ":");
  return { username: decode(username) || null, password: decode(password) };
}
__name(login, "login");
function server(text2) {
  if (text2.includes(",")) throw invalidUrl("The url names several hosts; name one.");
  const [, v6, name, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text2) ?? [];
  if (v6 === void 0 && name === void 0) throw unreadable();
  return { host: v6 ?? (decode(name ?? "") || null), port: portOf(port ?? null, "url") };
}
__name(server, "server");
function portOf(text2, field) {
  if (text2 === null || text2 === "") return null;
  const port = /^\d{1,5}$/.test(text2) ? Number(text2) : 0;
  if (port >= 1 && port <= 65535) return port;
  if (field === "url") throw unreadable();
  throw invalidParameters("The port of the database is not a number from 1 to 65535.", [
    { field, message: "is not a port" }
  ]);
}
__name(portOf, "portOf");
function engineOf(driver) {
  const engine = ENGINES[driver.split("+")[0]?.toLowerCase() ?? ""];
  if (engine) return engine;
  throw invalidParameters(
    "The driver is not known; postgresql, mysql, mariadb and sqlite can be linked, as in postgresql+psycopg2."
  );
}
__name(engineOf, "engineOf");
var decode = /* @__PURE__ */ __name((text2) => text2.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}), "decode");
function splitOnce(text2, separator) {
  const index = text2.indexOf(separator);
  return index === -1 ? [text2, ""] : [text2.slice(0, index), text2.slice(index + 1)];
}
__name(splitOnce, "splitOnce");
var invalidUrl = /* @__PURE__ */ __name((message) => invalidParameters(message, [{ field: "url", message: "is not a database url" }]), "invalidUrl");
var unreadable = /* @__PURE__ */ __name(() => invalidUrl(
  `The url cannot be read; write it like ${EXAMPLE}, with / ? and # in user name and password percent-encoded.`
), "unreadable");

// src/kit/date-or-time.ts
import { z } from "zod";
var date = z.iso.date();
var dateTime = z.iso.datetime({ offset: true, local: true });

// src/kit/define.ts
import { z as z5 } from "zod";

// src/kit/input-forms.ts
import { z as z2 } from "zod";

// src/kit/files.ts
import { z as z3 } from "zod";

// src/kit/shaping.ts
import { z as z4 } from "zod";
var text = z4.string();
var base = { field_name: text.min(1), root: text.min(1).nullish() };
var responseFilter = z4.discriminatedUnion("type", [
  z4.strictObject({ type: z4.literal("string"), ...base, value: text, ignore_case: z4.boolean().default(true) }),
  z4.strictObject({
    type: z4.literal("string_list"),
    ...base,
    values: z4.array(text),
    ignore_case: z4.boolean().default(true)
  }),
  z4.strictObject({ type: z4.literal("number"), ...base, value: z4.number() }),
  z4.strictObject({ type: z4.literal("number_list"), ...base, values: z4.array(z4.number()) }),
  z4.strictObject({
    type: z4.literal("number_range"),
    ...base,
    from_value: z4.number().nullish(),
    to_value: z4.number().nullish()
  }),
  z4.strictObject({
    type: z4.literal("date_range"),
    ...base,
    from_date: dateText().nullish(),
    to_date: dateText().nullish()
  })
]);
var responseShaping = {
  response_filters: z4.array(responseFilter).nullish().describe("Keep only items that pass all of these conditions"),
  response_fields: z4.array(text.min(1)).nullish().describe("Keep only these dotted paths of the answer")
};
function dateText() {
  return z4.string().regex(
    /^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}:\d{2}Z?)?$/,
    "is not YYYY-MM-DD, YYYY-MM-DD HH:MM:SS or YYYY-MM-DDTHH:MM:SSZ"
  ).refine((value) => !Number.isNaN(toTime(value)), "is not a date of the calendar");
}
__name(dateText, "dateText");
var toTime = /* @__PURE__ */ __name((value) => Date.parse(value.length === 10 ? value : `${value.replace(" ", "T").replace(/Z$/, "")}Z`), "toTime");

// src/http/send.ts
var MAX_BYTES = 32 * 1024 * 1024;

// src/database/bind.ts
function bind(tokens2, variables, engine, { reuse }) {
  refuseStrays(tokens2, variables, engine);
  const values = [];
  const known = /* @__PURE__ */ new Map();
  const shifts = [];
  let text2 = "";
  let written = 0;
  const placeholder = /* @__PURE__ */ __name((value) => {
    values.push(value);
    return engine === "mysql" ? "?" : `${engine === "postgresql" ? "$" : "?"}${values.length}`;
  }, "placeholder");
  for (const [index, token] of tokens2.entries()) {
    if (token.kind === "variable") {
      const name = token.text.slice(1);
      const value = variables[name];
      if (Array.isArray(value) && !standsInList(tokens2, index)) throw listElsewhere(name);
      const put = known.get(name) ?? boundItems(name, value).map(placeholder).join(", ");
      if (reuse && engine !== "mysql") known.set(name, put);
      text2 += put;
      shifts.push({ from: text2.length, by: put.length - token.text.length });
    } else {
      text2 += token.text;
    }
    written += token.text.length;
  }
  return {
    text: text2,
    values,
    locate: /* @__PURE__ */ __name((offset) => Math.min(
      written,
      shifts.reduce((at, { from, by }) => offset >= from ? at - by : at, offset)
    ), "locate")
  };
}
__name(bind, "bind");
function boundItems(name, value) {
  if (!Array.isArray(value)) return [isPlainObject(value) ? JSON.stringify(value) : value];
  if (value.length === 0) {
    throw unfit(
      name,
      `The variable "${name}" is an empty list; leave the condition out where there is nothing to match.`
    );
  }
  if (value.some((item) => typeof item === "object" && item !== null)) {
    throw unfit(name, `The variable "${name}" is a list of more than single values; give JSON text instead.`);
  }
  return value;
}
__name(boundItems, "boundItems");
function standsInList(tokens2, index) {
  const [open, word] = codeAround(tokens2, index, -1);
  const [close] = codeAround(tokens2, index, 1);
  return open?.text === "(" && word?.text.toLowerCase() === "in" && close?.text === ")";
}
__name(standsInList, "standsInList");
function codeAround(tokens2, index, step) {
  const found = [];
  for (let at = index + step; at >= 0 && at < tokens2.length && found.length < 2; at += step) {
    const token = tokens2[at];
    if (token && token.kind !== "space" && token.kind !== "comment") found.push(token);
  }
  return found;
}
__name(codeAround, "codeAround");
function refuseStrays(tokens2, variables, engine) {
  const used = /* @__PURE__ */ new Set();
  for (const { kind, text: text2 } of tokens2) {
    if (kind === "variable") {
      const name = text2.slice(1);
      used.add(name);
      if (Object.hasOwn(variables, name)) continue;
      throw unfit(name, `The query uses the variable :${name}, but variables holds no "${name}".`);
    }
    if (kind === "placeholder") {
      const engines = engine === "mysql" ? "A ? placeholder" : "A placeholder of the engine";
      throw invalidParameters(`${engines} cannot be used; write :name and give its value in variables.`);
    }
  }
  for (const name of Object.keys(variables)) {
    if (used.has(name)) continue;
    throw unfit(name, `The variable "${name}" is given, but the query has no :${name} outside strings and comments.`);
  }
}
__name(refuseStrays, "refuseStrays");
var unfit = /* @__PURE__ */ __name((name, message) => invalidParameters(message, [{ field: `variables.${name}`, message: "does not fit the query" }]), "unfit");
var listElsewhere = /* @__PURE__ */ __name((name) => unfit(name, `The variable "${name}" is a list, which can stand in \`in (:${name})\` only; elsewhere give JSON text.`), "listElsewhere");

// src/database/scanner.ts
function scan(sql2, engine) {
  const tokens2 = [];
  let at = 0;
  while (at < sql2.length) {
    const token = nextToken(sql2, at, engine, tokens2.at(-1));
    tokens2.push(token);
    at += token.text.length;
  }
  return tokens2;
}
__name(scan, "scan");
var SPACE = /\s+/y;
var NUMBER = /\d[\w.]*/y;
var WORD = /[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*/uy;
var VARIABLE = /:[\p{L}_][\p{L}\p{N}_]*/uy;
var COLONS = /::|:=/y;
var DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\u{10ffff}][\w\u0080-\u{10ffff}]*)?\$/uy;
var LINE_COMMENT = {
  postgresql: /--[^\r\n]*/y,
  // MySQL takes two dashes for a comment only before white space; `1--1` is arithmetic.
  mysql: /(?:--(?=\s|$)|#)[^\n]*/y,
  sqlite: /--[^\n]*/y
};
var PLACEHOLDER = {
  postgresql: /\$\d+/y,
  mysql: /\?/y,
  sqlite: /\?\d*|[@$][\w$\u0080-\u{10ffff}]+/uy
};
function match(pattern, sql2, at) {
  pattern.lastIndex = at;
  return pattern.exec(sql2)?.[0];
}
__name(match, "match");
function nextToken(sql2, at, engine, before) {
  const space = match(SPACE, sql2, at);
  if (space) return { kind: "space", text: space };
  const comment = match(LINE_COMMENT[engine], sql2, at) ?? blockComment(sql2, at, engine);
  if (comment) {
    const executable = engine === "mysql" && /^\/\*M?!/i.test(comment);
    return { kind: executable ? "executable" : "comment", text: comment };
  }
  const quoted = quotedText(sql2, at, engine);
  if (quoted) return { kind: "quoted", text: quoted };
  const word = match(WORD, sql2, at);
  if (word) return { kind: "word", text: word };
  const number = match(NUMBER, sql2, at);
  if (number) return { kind: "number", text: number };
  const variable = endsOperand(before) ? void 0 : match(VARIABLE, sql2, at);
  if (variable) return { kind: "variable", text: variable };
  const placeholder = match(PLACEHOLDER[engine], sql2, at);
  if (placeholder) return { kind: "placeholder", text: placeholder };
  return { kind: "symbol", text: match(COLONS, sql2, at) ?? sql2.charAt(at) };
}
__name(nextToken, "nextToken");
function endsOperand(before) {
  if (!before) return false;
  return before.kind === "word" || before.kind === "number" || before.text === ")" || before.text === "]";
}
__name(endsOperand, "endsOperand");
function blockComment(sql2, at, engine) {
  if (!sql2.startsWith("/*", at)) return void 0;
  if (engine !== "postgresql") return upTo(sql2, at, "*/", at + 2);
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at + 2;
  let depth = 1;
  for (let found = edge.exec(sql2); found; found = edge.exec(sql2)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return sql2.slice(at, edge.lastIndex);
  }
  return sql2.slice(at);
}
__name(blockComment, "blockComment");
function quotedText(sql2, at, engine) {
  const first = sql2.charAt(at);
  switch (first) {
    case "'":
      return quotedBy("'", sql2, at, engine === "mysql");
    case '"':
      return quotedBy('"', sql2, at, engine === "mysql");
    case "`":
      return engine === "postgresql" ? void 0 : quotedBy("`", sql2, at, false);
    case "[":
      return engine === "sqlite" ? upTo(sql2, at, "]", at + 1) : void 0;
    case "e":
    case "E":
      return engine === "postgresql" && sql2.charAt(at + 1) === "'" ? quotedBy("'", sql2, at, true, 1) : void 0;
    case "$": {
      const tag = engine === "postgresql" ? match(DOLLAR_QUOTE, sql2, at) : void 0;
      return tag && upTo(sql2, at, tag, at + tag.length);
    }
    default:
      return void 0;
  }
}
__name(quotedText, "quotedText");
function quotedBy(quote, sql2, at, backslashEscapes, prefix = 0) {
  let end = at + prefix + 1;
  while (end < sql2.length) {
    const char = sql2.charAt(end);
    if (char === "\\" && backslashEscapes) end += 2;
    else if (char !== quote) end += 1;
    else if (sql2.charAt(end + 1) === quote) end += 2;
    else return sql2.slice(at, end + 1);
  }
  return sql2.slice(at);
}
__name(quotedBy, "quotedBy");
function upTo(sql2, at, close, from) {
  const end = sql2.indexOf(close, from);
  return end === -1 ? sql2.slice(at) : sql2.slice(at, end + close.length);
}
__name(upTo, "upTo");

// src/database/statement.ts
var READING = /* @__PURE__ */ new Set(["select", "with", "values", "table", "show", "explain", "describe", "desc", "pragma", "("]);
var TRANSACTION = /* @__PURE__ */ new Set(["begin", "start", "commit", "rollback", "savepoint", "release", "abort", "end", "xa"]);
var SESSION = /* @__PURE__ */ new Set([
  ...["set", "reset", "use", "discard", "pragma", "load", "lock", "unlock", "handler", "listen", "unlisten"],
  ...["prepare", "execute", "deallocate", "declare", "call", "do", "begin"]
]);
var COMPOUND = /* @__PURE__ */ new Set(["create", "alter", "begin", "declare"]);
function readStatement(sql2, variables, engine, readOnly) {
  if (sql2.includes("\0")) throw invalidParameters("The query holds a NUL character; take it out.");
  const tokens2 = scan(sql2, engine);
  const code2 = tokens2.filter(({ kind }) => kind !== "space" && kind !== "comment");
  if (code2.length === 0) throw invalidParameters("The query is empty; give one SQL statement.");
  const words = firstWords(code2);
  const several = isSeveral(code2, words, engine);
  if (several && (engine === "sqlite" || !COMPOUND.has(words[0] ?? ""))) throw severalStatements();
  refuseTransactions(words);
  refuseFiles(words, code2, engine);
  if (readOnly) refuseWriting(words, code2, engine);
  const { text: text2, values, locate } = bind(tokens2, variables, engine, { reuse: true });
  return {
    text: text2,
    values,
    locate,
    source: sql2,
    words,
    several,
    changesSession: changesSession(words),
    unshared: /* @__PURE__ */ __name(() => bind(tokens2, variables, engine, { reuse: false }), "unshared")
  };
}
__name(readStatement, "readStatement");
var severalStatements = /* @__PURE__ */ __name(() => invalidParameters("The query holds several statements; run them one by one, each in a call of its own."), "severalStatements");
function firstWords(code2) {
  return code2.slice(0, 4).map(({ kind, text: text2 }) => kind === "executable" ? "/*!" : text2.toLowerCase());
}
__name(firstWords, "firstWords");
function isSeveral(code2, words, engine) {
  const trigger = engine === "sqlite" && /^create (?:temp(?:orary)? )?trigger\b/.test(words.join(" "));
  const end = code2.findIndex(
    ({ text: text2 }, index) => text2 === ";" && (!trigger || code2[index - 1]?.text.toLowerCase() === "end" && code2[index - 2]?.text === ";")
  );
  return end !== -1 && code2.slice(end).some(({ text: text2 }) => text2 !== ";");
}
__name(isSeveral, "isSeveral");
function refuseTransactions([first, second]) {
  if (!TRANSACTION.has(first ?? "")) return;
  if (first === "begin" && second === "not" || first === "start" && second !== "transaction") return;
  throw invalidParameters(
    "Transactions cannot span queries: each query is committed on its own. Put the work into one statement."
  );
}
__name(refuseTransactions, "refuseTransactions");
var BEYOND_THE_FILE = /* @__PURE__ */ new Set([
  ...["readfile", "writefile", "lsmode", "fsdir", "load_extension", "sha3_query", "fts3_tokenizer"]
]);
function refuseFiles(words, code2, engine) {
  const [first] = words;
  if (engine === "postgresql" && first === "copy") {
    throw invalidParameters("COPY cannot be used here; read with SELECT and write with INSERT.");
  }
  if (engine !== "sqlite") return;
  const toFile = first === "vacuum" && code2.some(({ text: text2 }) => text2.toLowerCase() === "into");
  if (first === "attach" || first === "detach" || toFile || code2.some(({ text: text2 }) => BEYOND_THE_FILE.has(unquoted(text2)))) {
    throw new ConnectorsError(
      "FORBIDDEN",
      "Files beside the linked SQLite file cannot be reached: no ATTACH, VACUUM INTO, readfile, writefile and the like. Link another file by itself; a text that is such a word goes into a variable."
    );
  }
}
__name(refuseFiles, "refuseFiles");
var unquoted = /* @__PURE__ */ __name((text2) => text2.replace(/^["'`[](.*)["'`\]]$/s, "$1").toLowerCase(), "unquoted");
function refuseWriting([first], code2, engine) {
  const hidden = engine === "mysql" && code2.some(
    ({ kind, text: text2 }, index) => kind === "executable" || /^(?:out|dump)file$/i.test(text2) && code2[index - 1]?.text.toLowerCase() === "into"
  );
  if (READING.has(first ?? "") && !hidden) return;
  throw readOnlyAccount();
}
__name(refuseWriting, "refuseWriting");
var readOnlyAccount = /* @__PURE__ */ __name((upstream) => new ConnectorsError(
  "FORBIDDEN",
  "This database account is linked read-only, so nothing was changed; link it without read_only to write.",
  upstream ? { details: { upstream } } : {}
), "readOnlyAccount");
function changesSession(words) {
  const temporary = words[0] === "create" && words.slice(1).some((word) => word === "temp" || word === "temporary");
  return temporary || SESSION.has(words[0] ?? "");
}
__name(changesSession, "changesSession");

// src/database/ending.ts
var Ending = class {
  static {
    __name(this, "Ending");
  }
  #error;
  #listeners = /* @__PURE__ */ new Set();
  #timer;
  #signal;
  #aborted = /* @__PURE__ */ __name(() => this.end(stopped(this.#signal?.reason)), "#aborted");
  /** @param timeoutMs from now, waiting for a free connection included */
  constructor(timeoutMs, signal2) {
    this.#timer = setTimeout(() => this.end(tooLong(timeoutMs)), timeoutMs);
    this.#timer.unref();
    this.#signal = signal2;
    signal2?.addEventListener("abort", this.#aborted, { once: true });
    if (signal2?.aborted) this.#aborted();
  }
  end(error) {
    if (this.#error) return;
    this.#error = error;
    for (const listener of this.#listeners) listener(error);
    this.clear();
  }
  /** @throws the error it ended with */
  check() {
    if (this.#error) throw this.#error;
  }
  /** Calls `listener` when it ends, at once if it did already. @returns forgets the listener */
  listen(listener) {
    if (this.#error) listener(this.#error);
    else this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
  /**
   * The outcome of `work`, or the error this ends with, whichever is first.
   * @param kill ends the work itself; called once, before the error is thrown
   */
  guard(work, kill) {
    return new Promise((resolve, reject) => {
      const forget = this.listen((error) => {
        kill();
        reject(error);
      });
      work.then(resolve, reject).finally(forget);
    });
  }
  /** Lets go of the timer and the signal. */
  clear() {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#aborted);
    this.#listeners.clear();
  }
};
var tooLong = /* @__PURE__ */ __name((timeoutMs) => new ConnectorsError(
  "UPSTREAM_TIMEOUT",
  `The query took longer than ${timeoutMs} ms and was stopped; make it smaller, or give a larger timeout_ms.`
), "tooLong");
var stopped = /* @__PURE__ */ __name((reason) => reason instanceof ConnectorsError ? reason : new ConnectorsError(
  "UPSTREAM_TIMEOUT",
  "The query was stopped, because the call was cancelled or ran out of time.",
  {
    cause: reason
  }
), "stopped");

// ../../tmp/micro.ts
var time = /* @__PURE__ */ __name((n, f) => {
  for (let i = 0; i < 2e4; i++) f();
  const t = performance.now();
  for (let i = 0; i < 5e4; i++) f();
  console.log(n, ((performance.now() - t) / 5e4 * 1e3).toFixed(2), "\xB5s");
}, "time");
var sql = "select id, name, at from t where id = :id";
time("scan", () => scan(sql, "postgresql"));
time("read", () => readStatement(sql, { id: 1 }, "postgresql", false));
var signal = new AbortController().signal;
time("ending", () => {
  const e = new Ending(3e4, signal);
  e.clear();
});
time("ending nosignal", () => {
  const e = new Ending(3e4);
  e.clear();
});
var a = databaseAddress({ url: "postgresql://u:p@h/d" });
time("name", () => databaseAccountName(a));
var tokens = scan(sql, "postgresql");
time("bind", () => bind(tokens, { id: 1 }, "postgresql", { reuse: true }));
var code = tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
time("filter", () => tokens.filter(({ kind }) => kind !== "space" && kind !== "comment"));
time("slice", () => code.slice(0, 4).map(({ kind, text: text2 }) => kind === "executable" ? "/*!" : text2.toLowerCase()));
time("several", () => code.findIndex(({ text: text2 }, i) => text2 === ";"));
time("includes", () => sql.includes("\0"));
time("read", () => readStatement(sql, { id: 1 }, "postgresql", false));
