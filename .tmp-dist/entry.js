import {
  READY,
  __name,
  float,
  integer,
  isoOffset,
  isoTimestamp,
  parseJson,
  rowObject,
  uniqueNames
} from "./chunk-UPMRKRAO.js";

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
  constructor(code, message, options = {}) {
    super(message, options.cause === void 0 ? void 0 : { cause: options.cause });
    this.code = code;
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
  const text3 = typeof url === "string" ? url.trim() : "";
  return text3 === "" ? void 0 : text3;
}
__name(urlOf, "urlOf");
function fromParts(configuration) {
  const text3 = /* @__PURE__ */ __name((name) => {
    const value = configuration[name];
    return typeof value === "string" || typeof value === "number" ? String(value) : null;
  }, "text");
  const driver = text3("driver") ?? "";
  const file = driver !== "" && engineOf(driver) === "sqlite";
  const missing = (file ? ["database"] : PARTS).filter((name) => text3(name) === null || name === "driver" && !driver);
  if (missing.length > 0) {
    throw invalidParameters(
      `The database is not named: give its url alone, or all of ${PARTS.join(", ")}. Missing: ${missing.join(", ")}.`,
      missing.map((field) => ({ field, message: "is missing" }))
    );
  }
  return {
    engine: engineOf(driver),
    driver,
    host: text3("host") || null,
    port: portOf(text3("port"), "port"),
    username: text3("username") || null,
    password: text3("username") ? text3("password") ?? "" : null,
    database: text3("database") || null,
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
  const [path3, query] = splitOnce(rest.slice(authority.length), "?");
  const database = path3.replace(/^\//, "");
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
function login(userInfo3) {
  if (userInfo3 === void 0) return { username: null, password: null };
  const [username, password] = splitOnce(userInfo3, ":");
  return { username: decode(username) || null, password: decode(password) };
}
__name(login, "login");
function server(text3) {
  if (text3.includes(",")) throw invalidUrl("The url names several hosts; name one.");
  const [, v6, name, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/s.exec(text3) ?? [];
  if (v6 === void 0 && name === void 0) throw unreadable();
  return { host: v6 ?? (decode(name ?? "") || null), port: portOf(port ?? null, "url") };
}
__name(server, "server");
function portOf(text3, field) {
  if (text3 === null || text3 === "") return null;
  const port = /^\d{1,5}$/.test(text3) ? Number(text3) : 0;
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
var decode = /* @__PURE__ */ __name((text3) => text3.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}), "decode");
function splitOnce(text3, separator) {
  const index = text3.indexOf(separator);
  return index === -1 ? [text3, ""] : [text3.slice(0, index), text3.slice(index + 1)];
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
  constructor(timeoutMs, signal) {
    this.#timer = setTimeout(() => this.end(tooLong(timeoutMs)), timeoutMs);
    this.#timer.unref();
    this.#signal = signal;
    signal?.addEventListener("abort", this.#aborted, { once: true });
    if (signal?.aborted) this.#aborted();
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
    return new Promise((resolve2, reject) => {
      const forget = this.listen((error) => {
        kill();
        reject(error);
      });
      work.then(resolve2, reject).finally(forget);
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

// src/database/engine.ts
var CONNECTIONS = 4;
var CONNECT_TIME = 8e3;
async function reachedHost({ host }, limits) {
  if (!host?.startsWith("/")) return limits.resolveHost(host ?? "localhost");
  if (limits.localFiles) return host;
  throw new ConnectorsError("FORBIDDEN", "A socket of the machine of the service cannot be linked here; give a host.");
}
__name(reachedHost, "reachedHost");

// src/database/mysql.ts
import { createConnection as connectSocket } from "node:net";
import { userInfo } from "node:os";

// src/database/connection-pool.ts
var ConnectionPool = class {
  static {
    __name(this, "ConnectionPool");
  }
  #connect;
  #size;
  #idle = [];
  #waiters = [];
  #open = 0;
  #connecting = 0;
  #closed = false;
  /**
   * @param connect opens a connection, or throws what the waiting query is to fail with
   * @param size the most connections at a time
   */
  constructor(connect3, size) {
    this.#connect = connect3;
    this.#size = size;
  }
  /** Runs with a connection of its own. A connection that is not usable afterwards is closed. */
  async use(ending, run2) {
    ending.check();
    const connection = this.#takeIdle() ?? await this.#wait(ending);
    try {
      return await run2(connection);
    } finally {
      this.#give(connection);
    }
  }
  /** Closes what is idle now, and everything else when it comes back. */
  close() {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
  }
  #takeIdle() {
    for (let connection = this.#idle.pop(); connection; connection = this.#idle.pop()) {
      if (connection.usable) return connection;
      this.#drop(connection);
    }
    return void 0;
  }
  #wait(ending) {
    return new Promise((resolve2, reject) => {
      const waiter = {
        resolve: /* @__PURE__ */ __name((connection) => {
          forget();
          resolve2(connection);
        }, "resolve"),
        reject: /* @__PURE__ */ __name((error) => {
          forget();
          reject(error);
        }, "reject")
      };
      const forget = ending.listen((error) => {
        const at = this.#waiters.indexOf(waiter);
        if (at !== -1) this.#waiters.splice(at, 1);
        reject(error);
      });
      this.#waiters.push(waiter);
      this.#grow();
    });
  }
  /** Opens connections while more queries wait than connections are on their way. */
  #grow() {
    while (this.#connecting < this.#waiters.length && this.#open < this.#size) {
      this.#open += 1;
      this.#connecting += 1;
      this.#connect().then(
        (connection) => {
          this.#connecting -= 1;
          this.#give(connection);
        },
        (error) => {
          this.#connecting -= 1;
          this.#open -= 1;
          this.#waiters.shift()?.reject(error);
          this.#grow();
        }
      );
    }
  }
  #give(connection) {
    if (!connection.usable) {
      this.#drop(connection);
      this.#grow();
      return;
    }
    const waiter = this.#waiters.shift();
    if (waiter) waiter.resolve(connection);
    else if (this.#closed) this.#drop(connection);
    else this.#idle.push(connection);
  }
  #drop(connection) {
    this.#open -= 1;
    connection.close();
  }
};

// src/database/errors.ts
var details = /* @__PURE__ */ __name((fault) => ({ details: { upstream: { ...fault } } }), "details");
var statementRefused = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "INVALID_PARAMETERS",
  "The database refused the statement; what it said is in the details. Correct the query or its variables.",
  details(fault)
), "statementRefused");
var loginRefused = /* @__PURE__ */ __name((fault) => new ConnectorsError("RECONNECT_REQUIRED", "The database refused the user name or password.", details(fault)), "loginRefused");
var databaseRefused = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "RECONNECT_REQUIRED",
  "The server has no database of that name, or the user may not connect to it; check the name and the rights.",
  details(fault)
), "databaseRefused");
var rightMissing = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "FORBIDDEN",
  "The database user has no right to do this; its owner can grant it, or link the account with another user.",
  details(fault)
), "rightMissing");
var writesRefused = /* @__PURE__ */ __name((fault) => new ConnectorsError("FORBIDDEN", "The database accepts no changes; it can only be read.", details(fault)), "writesRefused");
var unreachable = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "UPSTREAM_ERROR",
  "The database cannot be reached; check that host and port are right and that it is running.",
  { ...details(fault), retryable: true }
), "unreachable");
var connectionLost = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "UPSTREAM_ERROR",
  "The connection to the database was lost while the statement ran; look whether it took effect before you repeat it.",
  details(fault)
), "connectionLost");
var conflictUndone = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "UPSTREAM_ERROR",
  "The database undid the statement, because others were in its way; try it again.",
  {
    ...details(fault),
    retryable: true
  }
), "conflictUndone");
var databaseFailed = /* @__PURE__ */ __name((fault) => new ConnectorsError("UPSTREAM_ERROR", "The database failed; what it said is in the details.", details(fault)), "databaseFailed");
var stoppedByDatabase = /* @__PURE__ */ __name((fault) => new ConnectorsError(
  "UPSTREAM_TIMEOUT",
  "The database stopped the statement, because it took too long or an administrator ended it.",
  details(fault)
), "stoppedByDatabase");

// src/database/bind.ts
function bind(tokens, variables, engine, { reuse }) {
  refuseStrays(tokens, variables, engine);
  const values = [];
  const known = /* @__PURE__ */ new Map();
  const shifts = [];
  let text3 = "";
  let written = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.kind === "variable") {
      const name = token.text.slice(1);
      const value = variables[name];
      if (Array.isArray(value) && !standsInList(tokens, index)) throw listElsewhere(name);
      const put = known.get(name) ?? placeholders(boundItems(name, value), values, engine);
      if (reuse && engine !== "mysql") known.set(name, put);
      text3 += put;
      shifts.push({ from: text3.length, by: put.length - token.text.length });
    } else {
      text3 += token.text;
    }
    written += token.text.length;
  }
  return {
    text: text3,
    values,
    locate: /* @__PURE__ */ __name((offset) => Math.min(
      written,
      shifts.reduce((at, { from, by }) => offset >= from ? at - by : at, offset)
    ), "locate")
  };
}
__name(bind, "bind");
function placeholders(items, values, engine) {
  const sign = engine === "postgresql" ? "$" : "?";
  let text3 = "";
  for (const item of items) {
    values.push(item);
    text3 += `${text3 === "" ? "" : ", "}${sign}${engine === "mysql" ? "" : values.length}`;
  }
  return text3;
}
__name(placeholders, "placeholders");
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
function standsInList(tokens, index) {
  const [open, word] = codeAround(tokens, index, -1);
  const [close] = codeAround(tokens, index, 1);
  return open?.text === "(" && word?.text.toLowerCase() === "in" && close?.text === ")";
}
__name(standsInList, "standsInList");
function codeAround(tokens, index, step) {
  const found = [];
  for (let at = index + step; at >= 0 && at < tokens.length && found.length < 2; at += step) {
    const token = tokens[at];
    if (token && token.kind !== "space" && token.kind !== "comment") found.push(token);
  }
  return found;
}
__name(codeAround, "codeAround");
function refuseStrays(tokens, variables, engine) {
  const used = /* @__PURE__ */ new Set();
  for (const { kind, text: text3 } of tokens) {
    if (kind === "variable") {
      const name = text3.slice(1);
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
function scan(sql, engine) {
  const tokens = [];
  let at = 0;
  while (at < sql.length) {
    const token = nextToken(sql, at, engine, tokens.at(-1));
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
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
function match(pattern, sql, at) {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}
__name(match, "match");
function nextToken(sql, at, engine, before) {
  const space = match(SPACE, sql, at);
  if (space) return { kind: "space", text: space };
  const comment = match(LINE_COMMENT[engine], sql, at) ?? blockComment(sql, at, engine);
  if (comment) {
    const executable = engine === "mysql" && /^\/\*M?!/i.test(comment);
    return { kind: executable ? "executable" : "comment", text: comment };
  }
  const quoted = quotedText(sql, at, engine);
  if (quoted) return { kind: "quoted", text: quoted };
  const word = match(WORD, sql, at);
  if (word) return { kind: "word", text: word };
  const number2 = match(NUMBER, sql, at);
  if (number2) return { kind: "number", text: number2 };
  const variable = endsOperand(before) ? void 0 : match(VARIABLE, sql, at);
  if (variable) return { kind: "variable", text: variable };
  const placeholder = match(PLACEHOLDER[engine], sql, at);
  if (placeholder) return { kind: "placeholder", text: placeholder };
  return { kind: "symbol", text: match(COLONS, sql, at) ?? sql.charAt(at) };
}
__name(nextToken, "nextToken");
function endsOperand(before) {
  if (!before) return false;
  return before.kind === "word" || before.kind === "number" || before.text === ")" || before.text === "]";
}
__name(endsOperand, "endsOperand");
function blockComment(sql, at, engine) {
  if (!sql.startsWith("/*", at)) return void 0;
  if (engine !== "postgresql") return upTo(sql, at, "*/", at + 2);
  const edge = /\/\*|\*\//g;
  edge.lastIndex = at + 2;
  let depth = 1;
  for (let found = edge.exec(sql); found; found = edge.exec(sql)) {
    depth += found[0] === "/*" ? 1 : -1;
    if (depth === 0) return sql.slice(at, edge.lastIndex);
  }
  return sql.slice(at);
}
__name(blockComment, "blockComment");
function quotedText(sql, at, engine) {
  const first2 = sql.charAt(at);
  switch (first2) {
    case "'":
      return quotedBy("'", sql, at, engine === "mysql");
    case '"':
      return quotedBy('"', sql, at, engine === "mysql");
    case "`":
      return engine === "postgresql" ? void 0 : quotedBy("`", sql, at, false);
    case "[":
      return engine === "sqlite" ? upTo(sql, at, "]", at + 1) : void 0;
    case "e":
    case "E":
      return engine === "postgresql" && sql.charAt(at + 1) === "'" ? quotedBy("'", sql, at, true, 1) : void 0;
    case "$": {
      const tag = engine === "postgresql" ? match(DOLLAR_QUOTE, sql, at) : void 0;
      return tag && upTo(sql, at, tag, at + tag.length);
    }
    default:
      return void 0;
  }
}
__name(quotedText, "quotedText");
function quotedBy(quote, sql, at, backslashEscapes, prefix = 0) {
  let end = at + prefix + 1;
  while (end < sql.length) {
    const char = sql.charAt(end);
    if (char === "\\" && backslashEscapes) end += 2;
    else if (char !== quote) end += 1;
    else if (sql.charAt(end + 1) === quote) end += 2;
    else return sql.slice(at, end + 1);
  }
  return sql.slice(at);
}
__name(quotedBy, "quotedBy");
function upTo(sql, at, close, from) {
  const end = sql.indexOf(close, from);
  return end === -1 ? sql.slice(at) : sql.slice(at, end + close.length);
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
function readStatement(sql, variables, engine, readOnly) {
  if (sql.includes("\0")) throw invalidParameters("The query holds a NUL character; take it out.");
  const tokens = scan(sql, engine);
  const code = tokens.filter(({ kind }) => kind !== "space" && kind !== "comment");
  if (code.length === 0) throw invalidParameters("The query is empty; give one SQL statement.");
  const words = firstWords(code);
  const several = isSeveral(code, words, engine);
  if (several && (engine === "sqlite" || !COMPOUND.has(words[0] ?? ""))) throw severalStatements();
  refuseTransactions(words);
  refuseFiles(words, code, engine);
  if (readOnly) refuseWriting(words, code, engine);
  const { text: text3, values, locate } = bind(tokens, variables, engine, { reuse: true });
  return {
    text: text3,
    values,
    locate,
    source: sql,
    words,
    several,
    changesSession: changesSession(words),
    unshared: /* @__PURE__ */ __name(() => bind(tokens, variables, engine, { reuse: false }), "unshared")
  };
}
__name(readStatement, "readStatement");
var severalStatements = /* @__PURE__ */ __name(() => invalidParameters("The query holds several statements; run them one by one, each in a call of its own."), "severalStatements");
function firstWords(code) {
  return code.slice(0, 4).map(({ kind, text: text3 }) => kind === "executable" ? "/*!" : text3.toLowerCase());
}
__name(firstWords, "firstWords");
function isSeveral(code, words, engine) {
  const trigger = engine === "sqlite" && /^create (?:temp(?:orary)? )?trigger\b/.test(words.join(" "));
  const end = code.findIndex(
    ({ text: text3 }, index) => text3 === ";" && (!trigger || code[index - 1]?.text.toLowerCase() === "end" && code[index - 2]?.text === ";")
  );
  return end !== -1 && code.slice(end).some(({ text: text3 }) => text3 !== ";");
}
__name(isSeveral, "isSeveral");
function refuseTransactions([first2, second]) {
  if (!TRANSACTION.has(first2 ?? "")) return;
  if (first2 === "begin" && second === "not" || first2 === "start" && second !== "transaction") return;
  throw invalidParameters(
    "Transactions cannot span queries: each query is committed on its own. Put the work into one statement."
  );
}
__name(refuseTransactions, "refuseTransactions");
var BEYOND_THE_FILE = /* @__PURE__ */ new Set([
  ...["readfile", "writefile", "lsmode", "fsdir", "load_extension", "sha3_query", "fts3_tokenizer"]
]);
function refuseFiles(words, code, engine) {
  const [first2] = words;
  if (engine === "postgresql" && first2 === "copy") {
    throw invalidParameters("COPY cannot be used here; read with SELECT and write with INSERT.");
  }
  if (engine !== "sqlite") return;
  const toFile = first2 === "vacuum" && code.some(({ text: text3 }) => text3.toLowerCase() === "into");
  if (first2 === "attach" || first2 === "detach" || toFile || code.some(({ text: text3 }) => BEYOND_THE_FILE.has(unquoted(text3)))) {
    throw new ConnectorsError(
      "FORBIDDEN",
      "Files beside the linked SQLite file cannot be reached: no ATTACH, VACUUM INTO, readfile, writefile and the like. Link another file by itself; a text that is such a word goes into a variable."
    );
  }
}
__name(refuseFiles, "refuseFiles");
var unquoted = /* @__PURE__ */ __name((text3) => text3.replace(/^["'`[](.*)["'`\]]$/s, "$1").toLowerCase(), "unquoted");
function refuseWriting([first2], code, engine) {
  const hidden = engine === "mysql" && code.some(
    ({ kind, text: text3 }, index) => kind === "executable" || /^(?:out|dump)file$/i.test(text3) && code[index - 1]?.text.toLowerCase() === "into"
  );
  if (READING.has(first2 ?? "") && !hidden) return;
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

// src/database/mysql-errors.ts
var LOGIN_REFUSED = /* @__PURE__ */ new Set([1045, 1130, 1251, 1524, 1698, 3118, 3955, 4151]);
var DATABASE_REFUSED = /* @__PURE__ */ new Set([1044, 1049]);
var RIGHT_MISSING = /* @__PURE__ */ new Set([1044, 1045, 1095, 1142, 1143, 1227, 1370, 1419, 1449]);
var READ_ONLY_TRANSACTION = 1792;
var READ_ONLY_SERVER = /* @__PURE__ */ new Set([1036, 1290, 1836]);
var STOPPED = /* @__PURE__ */ new Set([1317, 1969, 3024]);
var CONFLICT = /* @__PURE__ */ new Set([1205, 1213]);
var FAILED = /* @__PURE__ */ new Set([1021, 1030, 1037, 1038, 1041, 1053, 1114, 1194, 1195]);
function connectError(thrown) {
  if (thrown instanceof ConnectorsError) return thrown;
  const error = thrown;
  const number2 = isServerFault(error) ? error.errno ?? 0 : 0;
  const fault = faultOf(error);
  if (LOGIN_REFUSED.has(number2)) return loginRefused(fault);
  if (DATABASE_REFUSED.has(number2)) return databaseRefused(fault);
  return unreachable(fault);
}
__name(connectError, "connectError");
function queryError(thrown, statement, readOnly) {
  const error = thrown;
  const fault = faultOf(error);
  if (!isServerFault(error)) return connectionLost(fault);
  const number2 = error.errno ?? 0;
  if (number2 === 1064 && statement.several) return severalStatements();
  if (number2 === READ_ONLY_TRANSACTION) return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault);
  if (READ_ONLY_SERVER.has(number2)) return writesRefused(fault);
  if (RIGHT_MISSING.has(number2)) return rightMissing(fault);
  if (STOPPED.has(number2)) return stoppedByDatabase(fault);
  if (CONFLICT.has(number2)) return conflictUndone(fault);
  if (FAILED.has(number2)) return databaseFailed(fault);
  return statementRefused(fault);
}
__name(queryError, "queryError");
var isServerFault = /* @__PURE__ */ __name(({ errno, code }) => typeof errno === "number" && errno > 0 && !code?.startsWith("PROTOCOL_"), "isServerFault");
var faultOf = /* @__PURE__ */ __name((error) => ({
  engine: "mysql",
  code: error.code ?? error.sqlState ?? null,
  message: error.message
}), "faultOf");

// src/database/mysql-values.ts
var UNSIGNED = 32;
var ENUM = 256;
var SET = 2048;
var BINARY = 63;
var FLOAT = 4;
var BIT = 16;
var JSON_TYPE = 245;
var TIME = 11;
var TIMESTAMPS = /* @__PURE__ */ new Set([7, 12]);
var NUMBERS = /* @__PURE__ */ new Set([0, 1, 2, 3, 4, 5, 8, 9, 246]);
var NAMES = {
  ...{ 0: "decimal", 1: "tinyint", 2: "smallint", 3: "int", 4: "float", 5: "double", 6: "null", 7: "timestamp" },
  ...{ 8: "bigint", 9: "mediumint", 10: "date", 11: "time", 12: "datetime", 13: "year", 14: "date", 15: "varchar" },
  ...{ 16: "bit", 242: "vector", 245: "json", 246: "decimal", 247: "enum", 248: "set", 255: "geometry" }
};
var TEXTS = {
  249: ["tinytext", "tinyblob"],
  250: ["mediumtext", "mediumblob"],
  251: ["longtext", "longblob"],
  252: ["text", "blob"],
  253: ["varchar", "varbinary"],
  254: ["char", "binary"]
};
function typeName(field) {
  if (field.extendedFormat === "json") return "json";
  if (field.extendedTypeName) return field.extendedTypeName;
  if (field.flags & ENUM) return "enum";
  if (field.flags & SET) return "set";
  const [text3, bytes] = TEXTS[field.columnType] ?? [];
  const name = (field.characterSet === BINARY ? bytes : text3) ?? NAMES[field.columnType] ?? `type ${field.columnType}`;
  return field.flags & UNSIGNED && NUMBERS.has(field.columnType) ? `${name} unsigned` : name;
}
__name(typeName, "typeName");
function toJson(value, field) {
  if (value === null || value === void 0) return null;
  if (Buffer.isBuffer(value)) return field.columnType === BIT ? bits(value) : value.toString("base64");
  if (typeof value === "bigint") return integer(value);
  if (typeof value === "number") return field.columnType === FLOAT ? shortest(value) : float(value);
  if (typeof value !== "string") return value;
  if (field.columnType === JSON_TYPE || field.extendedFormat === "json") return parseJson(value);
  if (field.columnType === TIME) return withFraction(value, field.decimals);
  return TIMESTAMPS.has(field.columnType) ? isoTimestamp(withFraction(value, field.decimals)) : value;
}
__name(toJson, "toJson");
function withFraction(time, digits) {
  if (digits < 1 || digits > 6) return time;
  const [whole, fraction = ""] = time.split(".");
  return `${whole}.${fraction.padEnd(digits, "0")}`;
}
__name(withFraction, "withFraction");
var bits = /* @__PURE__ */ __name((bytes) => integer(BigInt(bytes.length === 0 ? 0 : `0x${bytes.toString("hex")}`)), "bits");
function shortest(value) {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return float(short);
  }
  return float(value);
}
__name(shortest, "shortest");

// src/database/tls.ts
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
var MODES = {
  ...{ disable: "disable", disabled: "disable", false: "disable", "0": "disable", off: "disable", no: "disable" },
  ...{ allow: "prefer", prefer: "prefer", preferred: "prefer" },
  ...{ require: "require", required: "require", true: "require", "1": "require", on: "require", yes: "require" },
  ...{
    "no-verify": "require",
    "verify-ca": "verify-ca",
    "verify-full": "verify-full",
    "verify-identity": "verify-full"
  }
};
function tlsMode({ host, parameters }) {
  const asked = first(parameters, ["sslmode", "ssl_mode", "ssl-mode", "ssl"]);
  const mode = asked === void 0 ? void 0 : MODES[asked.toLowerCase().replaceAll("_", "-")];
  if (asked !== void 0 && !mode) {
    throw invalidParameters(`The sslmode is not known; use disable, prefer, require, verify-ca or verify-full.`);
  }
  if (isTrue(parameters.get("ssl_disabled"))) return "disable";
  if (isTrue(parameters.get("ssl_verify_identity"))) return "verify-full";
  const authority = first(parameters, CA);
  if ((mode ?? "require") === "require" && (authority || isTrue(parameters.get("ssl_verify_cert")))) return "verify-ca";
  return mode ?? (isLoopback(host) ? "disable" : "prefer");
}
__name(tlsMode, "tlsMode");
async function tlsOptions(address, mode, localFiles) {
  const pem = /* @__PURE__ */ __name(async (names) => {
    const given = first(address.parameters, names);
    if (given === void 0 || given === "" || given === "system") return void 0;
    if (given.includes("-----BEGIN")) return given;
    if (!localFiles)
      throw invalidParameters(`${names[0]} must be the PEM text itself, since files cannot be read here.`);
    try {
      return await readFile(given, "utf8");
    } catch (cause) {
      throw new ConnectorsError("INVALID_PARAMETERS", `The file of ${names[0]} cannot be read; check the path.`, {
        cause
      });
    }
  }, "pem");
  const [ca, cert, key] = await Promise.all([pem(CA), pem(["sslcert", "ssl_cert"]), pem(["sslkey", "ssl_key"])]);
  return {
    rejectUnauthorized: mode === "verify-ca" || mode === "verify-full",
    ...mode === "verify-full" ? {} : { checkServerIdentity: /* @__PURE__ */ __name(() => void 0, "checkServerIdentity") },
    ...address.host && isIP(address.host) === 0 ? { servername: address.host } : {},
    ...ca ? { ca } : {},
    ...cert ? { cert } : {},
    ...key ? { key } : {}
  };
}
__name(tlsOptions, "tlsOptions");
var CA = ["sslrootcert", "ssl_ca", "ssl-ca"];
function first(parameters, names) {
  const name = names.find((candidate) => parameters.has(candidate));
  return name === void 0 ? void 0 : parameters.get(name);
}
__name(first, "first");
var isTrue = /* @__PURE__ */ __name((value) => value !== void 0 && /^(?:true|1|yes|on)$/i.test(value), "isTrue");
var isLoopback = /* @__PURE__ */ __name((host) => host === null || host.startsWith("/") || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(host), "isLoopback");

// src/database/mysql.ts
function openMysql(address, readOnly, limits) {
  const session = { address, readOnly, limits, mode: tlsMode(address) };
  const pool = new ConnectionPool(() => connect(session), CONNECTIONS);
  const run2 = /* @__PURE__ */ __name((statement, limit, ending) => pool.use(ending, (connection) => connection.query(statement, limit, ending)), "run");
  return {
    async query(sql, variables, limit, ending) {
      return run2(readStatement(sql, variables, "mysql", readOnly), limit, ending);
    },
    async probe(ending) {
      const result = await run2(readStatement("select version() as version", {}, "mysql", readOnly), 1, ending);
      const version = result.kind === "rows" ? String(result.rows[0]?.version ?? "") : "";
      return { server: /mariadb/i.test(version) ? "MariaDB" : "MySQL", version };
    },
    close: /* @__PURE__ */ __name(() => pool.close(), "close")
  };
}
__name(openMysql, "openMysql");
var READS = /* @__PURE__ */ new Set(["select", "with", "values", "table", "show", "explain", "describe", "desc", "("]);
var COUNTED = /* @__PURE__ */ new Set(["insert", "update", "delete", "replace", "with", "load", "call"]);
var MysqlConnection = class {
  static {
    __name(this, "MysqlConnection");
  }
  usable = true;
  #driver;
  #client;
  #session;
  #options;
  #failed = /* @__PURE__ */ __name(() => void 0, "#failed");
  constructor(driver, client, options, session) {
    this.#driver = driver;
    this.#client = client;
    this.#options = options;
    this.#session = session;
    client.on("error", (error) => {
      this.usable = false;
      this.#failed(error);
    });
    client.on("end", () => {
      this.usable = false;
    });
  }
  async query(statement, limit, ending) {
    if (statement.changesSession) this.usable = false;
    const { readOnly } = this.#session;
    const [word = ""] = statement.words;
    const send = /* @__PURE__ */ __name(async () => {
      if (!readOnly) return this.#send(statement, limit);
      await this.#plain("start transaction read only");
      const raw = await this.#send(statement, limit);
      if (this.usable) await this.#plain("rollback");
      return raw;
    }, "send");
    try {
      const raw = await ending.guard(send(), () => this.#kill());
      if (!raw.fields) return { kind: "affected", affectedRows: COUNTED.has(word) ? raw.affectedRows : -1 };
      return resultOf(raw.rows, raw.fields, limit);
    } catch (error) {
      ending.check();
      if (readOnly && this.usable) await this.#plain("rollback").catch(() => this.close());
      throw queryError(error, statement, readOnly);
    }
  }
  close() {
    this.usable = false;
    this.#client.destroy();
  }
  /**
   * Sends a statement and keeps at most `limit + 1` of its rows. The protocol cannot ask for fewer rows than there are,
   * so the connection is given up where a reading statement has more: the server then stops by itself.
   */
  #send({ text: text3, values, words }, limit) {
    const raw = { fields: void 0, rows: [], affectedRows: 0 };
    return new Promise((resolve2, reject) => {
      this.#failed = reject;
      const command2 = values.length === 0 ? this.#client.query(text3) : this.#client.execute(text3, this.#parameters(values));
      let current;
      on(command2, "fields", (fields) => {
        current = columnsOf(fields);
        raw.fields ??= current;
      });
      on(command2, "result", (row) => {
        if (!current) raw.affectedRows = row?.affectedRows ?? 0;
        else if (current === raw.fields && raw.rows.length <= limit) raw.rows.push(row);
        if (raw.rows.length <= limit || !this.usable || !READS.has(words[0] ?? "")) return;
        this.close();
        resolve2(raw);
      });
      on(command2, "error", (error) => reject(error));
      on(command2, "end", () => resolve2(raw));
    });
  }
  /** Whole numbers go as such: the driver would send them as floating point, which `limit :n` does not take. */
  #parameters(values) {
    const { TypedParameter } = this.#driver;
    return values.map(
      (value) => typeof value === "number" && Number.isSafeInteger(value) ? TypedParameter.BIGINT(value) : value
    );
  }
  #plain(text3) {
    return new Promise((resolve2, reject) => {
      this.#failed = reject;
      this.#client.query(text3, (error) => error ? reject(error) : resolve2());
    });
  }
  /** Ends the statement at the server from a second connection, since the first one is busy with it. */
  #kill() {
    const thread = this.#client.threadId;
    this.close();
    const killer = this.#driver.createConnection(this.#options);
    killer.on("error", () => killer.destroy());
    killer.query(`kill ${thread}`, () => killer.destroy());
  }
};
function on(command2, event, listener) {
  command2.on(event, listener);
}
__name(on, "on");
function columnsOf(fields) {
  return fields?.map((field) => {
    const { name, columnType, flags, characterSet, decimals, extendedTypeName, extendedFormat } = field;
    field.name = "";
    return { name, columnType, flags, characterSet, decimals, extendedTypeName, extendedFormat };
  });
}
__name(columnsOf, "columnsOf");
function resultOf(values, fields, limit) {
  const names = uniqueNames(fields.map(({ name }) => name));
  const truncated = values.length > limit;
  const rows2 = (truncated ? values.slice(0, limit) : values).map(
    (row) => rowObject(names, (index) => toJson(row[index], fields[index]))
  );
  const columns = names.map((name, index) => ({ name, type: typeName(fields[index]) }));
  return { kind: "rows", rows: rows2, columns, truncated };
}
__name(resultOf, "resultOf");
async function connect(session) {
  const { address, limits } = session;
  const driver = (await import("mysql2")).default;
  const host = address.host ?? "localhost";
  const port = address.port ?? 3306;
  const reached = await reachedHost(address, limits);
  const started = Date.now();
  const open = /* @__PURE__ */ __name(async (mode) => {
    const options = {
      ...reached.startsWith("/") ? { socketPath: reached } : { host, port, stream: /* @__PURE__ */ __name(() => connectSocket({ host: reached, port, noDelay: true, keepAlive: true }), "stream") },
      ...mode === "disable" ? {} : { ssl: await sslOf(address, mode, limits.localFiles) },
      user: address.username ?? userInfo().username,
      ...address.password ? { password: address.password } : {},
      ...address.database ? { database: address.database } : {},
      connectTimeout: Math.max(1, CONNECT_TIME - (Date.now() - started)),
      charset: "utf8mb4",
      // A server must not be able to ask for files of this machine.
      flags: ["-LOCAL_FILES"],
      ...{ rowsAsArray: true, dateStrings: true, supportBigNumbers: true, jsonStrings: true },
      maxPreparedStatements: 50
    };
    return new MysqlConnection(driver, await openClient(driver, options), options, session);
  }, "open");
  try {
    return await open(session.mode);
  } catch (error) {
    if (session.mode !== "prefer" || error.code !== "HANDSHAKE_NO_SSL_SUPPORT") {
      throw connectError(error);
    }
    session.mode = "disable";
    return open("disable").catch((again) => Promise.reject(connectError(again)));
  }
}
__name(connect, "connect");
function openClient(driver, options) {
  const client = driver.createConnection(options);
  return new Promise((resolve2, reject) => {
    const failed = /* @__PURE__ */ __name((error) => {
      client.destroy();
      reject(error);
    }, "failed");
    client.once("error", failed);
    client.once("connect", () => {
      client.removeListener("error", failed);
      resolve2(client);
    });
  });
}
__name(openClient, "openClient");
async function sslOf(address, mode, localFiles) {
  const { ca, cert, key } = await tlsOptions(address, mode, localFiles);
  return {
    rejectUnauthorized: mode === "verify-ca" || mode === "verify-full",
    verifyIdentity: mode === "verify-full",
    ...ca ? { ca } : {},
    ...cert ? { cert } : {},
    ...key ? { key } : {}
  };
}
__name(sslOf, "sslOf");

// src/database/postgres.ts
import { userInfo as userInfo2 } from "node:os";

// src/database/postgres-errors.ts
function connectError2(thrown) {
  if (thrown instanceof ConnectorsError) return thrown;
  const error = thrown;
  const fault = faultOf2(error);
  if (error.code?.startsWith("28") || /^SASL: .*password/.test(error.message)) return loginRefused(fault);
  if (error.code === "3D000" || error.code === "42501") return databaseRefused(fault);
  return unreachable(fault);
}
__name(connectError2, "connectError");
function queryError2(thrown, statement, readOnly) {
  const error = thrown;
  const fault = faultOf2(error, statement);
  if (isLost(error)) return connectionLost(fault);
  if (error.code === "42601" && statement.several) return severalStatements();
  if (error.code === "25006") return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault);
  if (error.code === "42501") return rightMissing(fault);
  if (error.code === "57014") return stoppedByDatabase(fault);
  if (error.code === "40001" || error.code === "40P01" || error.code === "55P03") return conflictUndone(fault);
  if (/^(?:53|58|F0|XX)/.test(error.code ?? "")) return databaseFailed(fault);
  return statementRefused(fault);
}
__name(queryError2, "queryError");
function isLost(thrown) {
  const { severity, code } = thrown;
  return severity === void 0 || code === void 0 || /^(?:08|57P)/.test(code);
}
__name(isLost, "isLost");
function faultOf2(error, statement) {
  return {
    engine: "postgresql",
    code: error.code ?? null,
    message: error.message,
    ...error.position && statement ? { position: positionInQuery(Number(error.position), statement) } : {},
    ...error.detail ? { detail: error.detail } : {},
    ...error.hint ? { hint: error.hint } : {}
  };
}
__name(faultOf2, "faultOf");
function positionInQuery(position, { text: text3, source, locate }) {
  const before = [...text3].slice(0, position - 1).join("");
  return [...source.slice(0, locate(before.length))].length + 1;
}
__name(positionInQuery, "positionInQuery");

// src/database/postgres-query.ts
var PostgresQuery = class {
  static {
    __name(this, "PostgresQuery");
  }
  result;
  #text;
  #values;
  #types;
  #rows;
  #readOnly;
  #raw = { fields: void 0, rows: [], command: "" };
  #resolve = /* @__PURE__ */ __name(() => void 0, "#resolve");
  #reject = /* @__PURE__ */ __name(() => void 0, "#reject");
  /** How many of the statements have ended; the second of three is ours when it is wrapped. */
  #ended = 0;
  /** @param rows the most rows the server sends */
  constructor({ text: text3, values, types }, rows2, readOnly) {
    this.#text = text3;
    this.#values = values;
    this.#types = types;
    this.#rows = rows2;
    this.#readOnly = readOnly;
    this.result = new Promise((resolve2, reject) => {
      this.#resolve = resolve2;
      this.#reject = reject;
    });
  }
  submit(connection) {
    const wire = connection;
    wire.stream.cork();
    if (this.#readOnly) sendStatement(wire, "begin transaction read only");
    wire.parse({ text: this.#text, types: [...this.#types] });
    wire.bind({ values: this.#values.map((value) => value === null ? null : String(value)) });
    wire.describe({ type: "P" });
    wire.execute({ rows: this.#rows });
    if (this.#readOnly) sendStatement(wire, "rollback");
    wire.sync();
    wire.stream.uncork();
  }
  handleRowDescription({ fields }) {
    this.#raw.fields = fields;
  }
  handleDataRow({ fields }) {
    this.#raw.rows.push(fields);
  }
  handleCommandComplete({ text: text3 }) {
    if (this.#ended === (this.#readOnly ? 1 : 0)) this.#raw.command = text3;
    this.#ended += 1;
  }
  handlePortalSuspended() {
    this.#ended += 1;
  }
  handleEmptyQuery() {
    this.#ended += 1;
  }
  handleReadyForQuery() {
    this.#resolve(this.#raw);
  }
  handleError(error) {
    this.#reject(error);
  }
  handleCopyInResponse(connection) {
    ;
    connection.sendCopyFail("COPY is not available here");
  }
  handleCopyData() {
  }
};
function sendStatement(wire, text3) {
  wire.parse({ text: text3, types: [] });
  wire.bind({ values: [] });
  wire.execute({ rows: 0 });
}
__name(sendStatement, "sendStatement");
var BOOL = 16;
var INT4 = 23;
var INT8 = 20;
var NUMERIC = 1700;
var TEXT = 25;
var UNKNOWN = 0;
var typed = /* @__PURE__ */ __name(({ text: text3, values, locate }) => ({
  text: text3,
  values,
  locate,
  types: values.map(typeOf)
}), "typed");
function typeOf(value) {
  if (typeof value === "boolean") return BOOL;
  if (typeof value !== "number") return UNKNOWN;
  if (!Number.isSafeInteger(value)) return NUMERIC;
  return value >= -(2 ** 31) && value < 2 ** 31 ? INT4 : INT8;
}
__name(typeOf, "typeOf");
function retyped(sql, { code, message }, unshared) {
  if (code === "42P08") {
    const other = typed(unshared());
    return other.text === sql.text ? void 0 : other;
  }
  const index = code === "42P18" ? Number(/\$(\d+)/.exec(message)?.[1]) - 1 : -1;
  return sql.types[index] === UNKNOWN ? { ...sql, types: sql.types.with(index, TEXT) } : void 0;
}
__name(retyped, "retyped");

// src/database/postgres-types.ts
var TEXT_ARRAY = 1009;
var text2 = /* @__PURE__ */ __name((value) => value, "text");
var number = /* @__PURE__ */ __name((value) => float(Number(value)), "number");
var timeWithZone = /* @__PURE__ */ __name((value) => value.replace(/[+-]\d\d(?::\d\d){0,2}$/, isoOffset), "timeWithZone");
var rows = /* @__PURE__ */ __name((own) => [
  [16, "bool", 1e3, (value) => value === "t"],
  [17, "bytea", 1001, (value) => own.getTypeParser(17, "text")(value).toString("base64")],
  [18, "char", 1002],
  [19, "name", 1003],
  [20, "int8", 1016, integer],
  [21, "int2", 1005, Number],
  [23, "int4", 1007, Number],
  [25, "text", 1009],
  [26, "oid", 1028, Number],
  [114, "json", 199, parseJson],
  [142, "xml", 143],
  [600, "point", 1017],
  [650, "cidr", 651],
  [700, "float4", 1021, number],
  [701, "float8", 1022, number],
  [774, "macaddr8", 775],
  [790, "money", 791],
  [829, "macaddr", 1040],
  [869, "inet", 1041],
  [1042, "bpchar", 1014],
  [1043, "varchar", 1015],
  [1082, "date", 1182],
  [1083, "time", 1183],
  [1114, "timestamp", 1115, isoTimestamp],
  [1184, "timestamptz", 1185, isoTimestamp],
  [1186, "interval", 1187, (value) => isoInterval(value, own)],
  [1266, "timetz", 1270, timeWithZone],
  [1560, "bit", 1561],
  [1562, "varbit", 1563],
  // As the server prints it: a double would round it.
  [1700, "numeric", 1231],
  [2205, "regclass", 2210],
  [2206, "regtype", 2211],
  [2249, "record", 2287],
  [2278, "void", 0],
  [2950, "uuid", 2951],
  [3614, "tsvector", 3643],
  [3802, "jsonb", 3807, parseJson]
], "rows");
function postgresTypes(own) {
  const types = /* @__PURE__ */ new Map();
  for (const [oid, name, array, convert = text2] of rows(own)) {
    types.set(oid, { name, convert });
    if (array !== 0) types.set(array, arrayOf({ name, convert }, own));
  }
  return types;
}
__name(postgresTypes, "postgresTypes");
function arrayOf({ name, convert }, own) {
  const nested = /* @__PURE__ */ __name((value) => Array.isArray(value) ? value.map(nested) : value === null ? null : convert(value), "nested");
  return { name: `${name}[]`, convert: /* @__PURE__ */ __name((value) => nested(own.getTypeParser(TEXT_ARRAY, "text")(value)), "convert") };
}
__name(arrayOf, "arrayOf");
var namedType = /* @__PURE__ */ __name((name) => ({ name, convert: text2 }), "namedType");
function isoInterval(value, own) {
  if (!/^(?:[+-]?\d+ (?:years?|mons?|days?) ?)*(?:[+-]?\d+:\d\d:\d\d(?:\.\d+)?)?$/.test(value)) return value;
  const parsed = own.getTypeParser(1186, "text")(value);
  const seconds = ((parsed.seconds ?? 0) + (parsed.milliseconds ?? 0) / 1e3).toFixed(6).replace(/\.?0+$/, "");
  const part = /* @__PURE__ */ __name((amount, unit) => Number(amount ?? 0) === 0 ? "" : `${amount}${unit}`, "part");
  const date2 = part(parsed.years, "Y") + part(parsed.months, "M") + part(parsed.days, "D");
  const time = part(parsed.hours, "H") + part(parsed.minutes, "M") + part(seconds, "S");
  return date2 === "" && time === "" ? "PT0S" : `P${date2}${time === "" ? "" : `T${time}`}`;
}
__name(isoInterval, "isoInterval");

// src/database/postgres.ts
function openPostgres(address, readOnly, limits) {
  const session = { address, readOnly, limits, mode: tlsMode(address), types: void 0 };
  const pool = new ConnectionPool(() => connect2(session), CONNECTIONS);
  const run2 = /* @__PURE__ */ __name((statement, limit, ending) => pool.use(ending, (connection) => connection.query(statement, limit, ending)), "run");
  return {
    async query(sql, variables, limit, ending) {
      return run2(readStatement(sql, variables, "postgresql", readOnly), limit, ending);
    },
    async probe(ending) {
      const result = await run2(readStatement("show server_version", {}, "postgresql", readOnly), 1, ending);
      const [row] = result.kind === "rows" ? result.rows : [];
      return { server: "PostgreSQL", version: String(row?.server_version ?? "") };
    },
    close: /* @__PURE__ */ __name(() => pool.close(), "close")
  };
}
__name(openPostgres, "openPostgres");
var PostgresConnection = class {
  static {
    __name(this, "PostgresConnection");
  }
  usable = true;
  #driver;
  #client;
  #session;
  #types;
  constructor(driver, client, session) {
    this.#driver = driver;
    this.#client = client;
    this.#session = session;
    session.types ??= postgresTypes(driver.types);
    this.#types = session.types;
    const broken = /* @__PURE__ */ __name(() => {
      this.usable = false;
    }, "broken");
    client.on("error", broken).on("end", broken);
  }
  async query(statement, limit, ending) {
    if (statement.changesSession) this.usable = false;
    const raw = await this.#run(statement, limit, ending);
    if (this.#client.getTransactionStatus() !== "I") this.usable = false;
    if (!raw.fields) return { kind: "affected", affectedRows: affectedRows(raw.command) };
    const unknown = raw.fields.map(({ dataTypeID }) => dataTypeID).filter((oid) => !this.#types.has(oid));
    if (unknown.length > 0) await ending.guard(this.#learnTypes(unknown), () => this.#kill());
    return resultOf2(raw.rows, raw.fields, limit, this.#types);
  }
  close() {
    this.usable = false;
    this.#client.end().catch(() => void 0);
  }
  async #run(statement, limit, ending) {
    const { readOnly } = this.#session;
    let sql = typed(statement);
    for (; ; ) {
      const query = new PostgresQuery(sql, limit + 1, readOnly);
      this.#client.query(query);
      try {
        return await ending.guard(query.result, () => this.#kill());
      } catch (error) {
        ending.check();
        if (isLost(error)) this.usable = false;
        if (readOnly && this.usable) await this.#client.query("rollback").catch(() => void 0);
        const again = retyped(sql, error, statement.unshared);
        if (!again) throw queryError2(error, { ...statement, ...sql }, readOnly);
        sql = again;
      }
    }
  }
  /** Asks the server to stop the statement, and leaves without waiting for it. */
  #kill() {
    this.usable = false;
    cancel(this.#driver, this.#client);
    streamOf(this.#client).destroy();
  }
  /** Types that are not built in, once for a pool: enums, composites, those of extensions. */
  async #learnTypes(unknown) {
    const found = await this.#client.query(TYPE_NAMES, [unknown]).catch(() => ({ rows: [] }));
    for (const { oid, name, element } of found.rows) {
      const type = element === null ? namedType(name) : arrayOf(namedType(element), this.#driver.types);
      this.#types.set(Number(oid), type);
    }
  }
};
var TYPE_NAMES = `select t.oid, t.typname as name, e.typname as element from pg_catalog.pg_type t
  left join pg_catalog.pg_type e on e.oid = t.typelem and t.typcategory = 'A' and e.typdelim = ',' where t.oid = any($1)`;
function resultOf2(values, fields, limit, types) {
  const names = uniqueNames(fields.map(({ name }) => name));
  const own = fields.map(({ dataTypeID }) => types.get(dataTypeID) ?? namedType(`oid ${dataTypeID}`));
  const truncated = values.length > limit;
  const rows2 = (truncated ? values.slice(0, limit) : values).map(
    (row) => rowObject(names, (index) => {
      const text3 = row[index];
      return text3 === null || text3 === void 0 ? null : own[index]?.convert(text3) ?? null;
    })
  );
  const columns = names.map((name, index) => ({ name, type: own[index]?.name ?? null }));
  return { kind: "rows", rows: rows2, columns, truncated };
}
__name(resultOf2, "resultOf");
function affectedRows(command2) {
  const [, count] = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(command2) ?? [];
  return count === void 0 ? -1 : Number(count);
}
__name(affectedRows, "affectedRows");
async function connect2(session) {
  const { address, readOnly, limits } = session;
  const driver = (await import("pg")).default;
  const host = await reachedHost(address, limits);
  const started = Date.now();
  const open = /* @__PURE__ */ __name(async (mode) => {
    const ssl = mode === "disable" ? false : await tlsOptions(address, mode, limits.localFiles);
    return openClient2(
      driver,
      address,
      { host, ssl, connectionTimeoutMillis: Math.max(1, CONNECT_TIME - (Date.now() - started)) },
      readOnly
    );
  }, "open");
  try {
    return new PostgresConnection(driver, await open(session.mode), session);
  } catch (error) {
    if (session.mode !== "prefer" || !declinesTls(error)) throw connectError2(error);
    session.mode = "disable";
    return new PostgresConnection(
      driver,
      await open("disable").catch((again) => Promise.reject(connectError2(again))),
      session
    );
  }
}
__name(connect2, "connect");
var declinesTls = /* @__PURE__ */ __name((error) => error instanceof Error && error.message === "The server does not support SSL connections", "declinesTls");
async function openClient2(driver, address, transport, readOnly) {
  const user = address.username ?? userInfo2().username;
  const client = new driver.Client({
    ...transport,
    port: address.port ?? 5432,
    user,
    database: address.database ?? user,
    // A function, because the driver takes an empty text for a password to look for in the environment.
    password: /* @__PURE__ */ __name(() => address.password ?? "", "password"),
    application_name: address.parameters.get("application_name") ?? "connectors-mcp",
    keepAlive: true
  });
  const asked = address.parameters.get("options");
  const options = [asked, readOnly ? "-c default_transaction_read_only=on" : void 0].filter(Boolean).join(" ");
  Object.assign(Reflect.get(client, "connectionParameters"), {
    options: options === "" ? void 0 : options,
    replication: void 0
  });
  client.on("error", () => void 0);
  await client.connect();
  return client;
}
__name(openClient2, "openClient");
var streamOf = /* @__PURE__ */ __name((client) => client.connection.stream, "streamOf");
function cancel(driver, client) {
  const { ssl, host, port } = client;
  const processId = Reflect.get(client, "processID");
  const secretKey = Reflect.get(client, "secretKey");
  const connection = new driver.Connection({ ssl });
  const send = /* @__PURE__ */ __name(() => {
    connection.cancel(processId, secretKey);
    connection.stream.end();
  }, "send");
  connection.on("error", () => void 0);
  connection.on("connect", ssl ? () => connection.requestSsl() : send);
  connection.on("sslconnect", send);
  const giveUp = setTimeout(() => connection.stream.destroy(), CONNECT_TIME);
  giveUp.unref();
  connection.on("end", () => clearTimeout(giveUp));
  if (host.startsWith("/")) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
}
__name(cancel, "cancel");

// src/database/sqlite.ts
import { resolve } from "node:path";

// src/database/sqlite-errors.ts
function queryError3({ kind, code, message }, readOnly) {
  const fault = { engine: "sqlite", code, message };
  if (kind === "unopened") return unopened(code);
  const family = /^SQLITE_[A-Z]+/.exec(code ?? "")?.[0];
  switch (family) {
    case "SQLITE_BUSY":
    case "SQLITE_LOCKED":
      return conflictUndone(fault);
    case "SQLITE_READONLY":
      return readOnly ? readOnlyAccount({ ...fault }) : writesRefused(fault);
    case "SQLITE_AUTH":
    case "SQLITE_PERM":
      return rightMissing(fault);
    case void 0:
    case "SQLITE_CANTOPEN":
    case "SQLITE_CORRUPT":
    case "SQLITE_FULL":
    case "SQLITE_INTERNAL":
    case "SQLITE_IOERR":
    case "SQLITE_NOMEM":
    case "SQLITE_NOTADB":
    case "SQLITE_PROTOCOL":
      return databaseFailed(fault);
    default:
      return statementRefused(fault);
  }
}
__name(queryError3, "queryError");
var unopened = /* @__PURE__ */ __name((code) => new ConnectorsError(
  "UPSTREAM_ERROR",
  code === "EISDIR" ? "The database cannot be reached: its path names a directory, not an SQLite file." : "The database cannot be reached: there is no SQLite file at that path that could be read. A relative path starts where the service was started.",
  { details: { upstream: { engine: "sqlite", code } } }
), "unopened");

// src/database/sqlite.ts
function openSqlite(address, readOnly, limits, processes) {
  const file = fileOf(address, limits);
  const release = processes.hold();
  const turns = new ConnectionPool(async () => ({ usable: true, close() {
  } }), CONNECTIONS);
  const run2 = /* @__PURE__ */ __name(async (statement, limit, ending) => {
    const { text: text3, values, words, changesSession: changesSession2 } = statement;
    const request = { file, readOnly, text: text3, values, limit, word: words[0] ?? "", changesSession: changesSession2 };
    return resultOf3(await turns.use(ending, () => processes.run(request, ending)), readOnly);
  }, "run");
  return {
    async query(sql, variables, limit, ending) {
      return run2(readStatement(sql, variables, "sqlite", readOnly), limit, ending);
    },
    async probe(ending) {
      const sql = "select sqlite_version() as version from (select count(*) from sqlite_schema)";
      const result = await run2(readStatement(sql, {}, "sqlite", readOnly), 1, ending);
      return { server: "SQLite", version: result.kind === "rows" ? String(result.rows[0]?.version ?? "") : "" };
    },
    close: release
  };
}
__name(openSqlite, "openSqlite");
function fileOf({ host, database }, { localFiles }) {
  if (!localFiles) {
    throw new ConnectorsError(
      "FORBIDDEN",
      "SQLite files cannot be linked here, since they would be files of the service."
    );
  }
  const path3 = database ?? "";
  if (host === null && path3 !== "" && !path3.startsWith(":memory:") && !/^file:/i.test(path3)) return resolve(path3);
  throw invalidParameters(
    "An SQLite database must be a file that exists; write sqlite:////absolute/path or sqlite:///relative/path. Databases in memory cannot be linked.",
    [{ field: "url", message: "names no SQLite file" }]
  );
}
__name(fileOf, "fileOf");
function resultOf3(answer, readOnly) {
  if (answer.kind === "failed" || answer.kind === "unopened") throw queryError3(answer, readOnly);
  if (answer.kind === "affected") return answer;
  const names = uniqueNames(answer.names);
  const rows2 = answer.rows.map((row) => rowObject(names, (index) => row[index] ?? null));
  const columns = names.map((name, index) => ({ name, type: answer.types[index] ?? null }));
  return { kind: "rows", rows: rows2, columns, truncated: answer.truncated };
}
__name(resultOf3, "resultOf");

// src/database/sqlite-process.ts
import { fork } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
var PROCESSES = 8;
var SqliteProcesses = class {
  static {
    __name(this, "SqliteProcesses");
  }
  #pool;
  #accounts = 0;
  /** Counts an account in, until the returned function is called. */
  hold() {
    this.#accounts += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#accounts -= 1;
      if (this.#accounts > 0) return;
      this.#pool?.close();
      this.#pool = void 0;
    };
  }
  run(request, ending) {
    this.#pool ??= new ConnectionPool(startProcess, PROCESSES);
    return this.#pool.use(ending, (process2) => ending.guard(process2.run(request), () => process2.close()));
  }
};
var SqliteProcess = class {
  static {
    __name(this, "SqliteProcess");
  }
  usable = true;
  #child;
  #settle;
  constructor(child) {
    this.#child = child;
    child.on("message", (answer) => {
      child.channel?.unref();
      this.#settle?.resolve(answer);
    });
    child.on("error", () => this.#ended());
    child.on("exit", () => this.#ended());
    child.unref();
    child.channel?.unref();
  }
  run(request) {
    return new Promise((resolve2, reject) => {
      this.#settle = { resolve: resolve2, reject };
      this.#child.channel?.ref();
      this.#child.send(request, (error) => {
        if (error) this.#ended();
      });
    });
  }
  close() {
    this.usable = false;
    this.#child.kill("SIGKILL");
  }
  #ended() {
    this.usable = false;
    this.#settle?.reject(processEnded());
  }
};
function startProcess() {
  const { file, execArgv } = entry();
  const child = fork(file, [], {
    execArgv,
    env: {},
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "json"
  });
  return new Promise((resolve2, reject) => {
    const fail = /* @__PURE__ */ __name((cause) => {
      clearTimeout(late);
      child.kill("SIGKILL");
      reject(
        new ConnectorsError("UPSTREAM_ERROR", "The process that reads SQLite files did not start; try again.", {
          cause
        })
      );
    }, "fail");
    const late = setTimeout(fail, CONNECT_TIME);
    child.once("error", fail);
    child.once("exit", fail);
    child.once("message", (message) => {
      if (message !== READY) return fail();
      clearTimeout(late);
      child.removeListener("error", fail);
      child.removeListener("exit", fail);
      resolve2(new SqliteProcess(child));
    });
  });
}
__name(startProcess, "startProcess");
function entry() {
  if (!import.meta.url.endsWith(".ts")) {
    return { file: fileURLToPath(new URL("./sqlite-worker.js", import.meta.url)), execArgv: [] };
  }
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return { file: fileURLToPath(new URL("./sqlite-worker.ts", import.meta.url)), execArgv: ["--import", loader] };
}
__name(entry, "entry");
var processEnded = /* @__PURE__ */ __name(() => databaseFailed({ engine: "sqlite", code: null, message: "the process that ran the statement ended" }), "processEnded");

// src/database/pools.ts
var Pools = class {
  static {
    __name(this, "Pools");
  }
  #options;
  /** In the order of their last use. */
  #pools = /* @__PURE__ */ new Map();
  #processes = new SqliteProcesses();
  constructor(options) {
    this.#options = options;
  }
  accountOf(key) {
    return this.#pools.get(key)?.account;
  }
  /** @param run what to do with the engine; `ending` ends when the pool is closed meanwhile */
  async use(key, account, ending, run2) {
    try {
      const pool = this.#poolOf(key, account);
      pool.running.add(ending);
      try {
        return await run2(pool.engine);
      } finally {
        pool.running.delete(ending);
        if (this.#pools.get(key) === pool) pool.idle.refresh();
      }
    } finally {
      ending.clear();
    }
  }
  close(key) {
    const pool = this.#pools.get(key);
    if (!pool) return;
    this.#pools.delete(key);
    clearTimeout(pool.idle);
    for (const ending of pool.running) ending.end(accountClosed());
    pool.engine.close();
  }
  closeAll() {
    for (const key of [...this.#pools.keys()]) this.close(key);
  }
  #poolOf(key, account) {
    const known = this.#pools.get(key);
    if (known) {
      this.#pools.delete(key);
      this.#pools.set(key, known);
      return known;
    }
    this.#makeRoom();
    const { idleMs } = this.#options;
    const pool = {
      account,
      engine: this.#openEngine(account),
      running: /* @__PURE__ */ new Set(),
      idle: setTimeout(() => pool.running.size > 0 ? pool.idle.refresh() : this.close(key), idleMs)
    };
    pool.idle.unref();
    this.#pools.set(key, pool);
    return pool;
  }
  #makeRoom() {
    if (this.#pools.size < this.#options.pools) return;
    const [oldest] = this.#pools.keys();
    const unused = [...this.#pools].find(([, { running }]) => running.size === 0)?.[0];
    this.close(unused ?? oldest ?? "");
  }
  #openEngine({ address, readOnly }) {
    switch (address.engine) {
      case "postgresql":
        return openPostgres(address, readOnly, this.#options);
      case "mysql":
        return openMysql(address, readOnly, this.#options);
      case "sqlite":
        return openSqlite(address, readOnly, this.#options, this.#processes);
    }
  }
};
var accountClosed = /* @__PURE__ */ __name(() => new ConnectorsError("UPSTREAM_ERROR", "The database account was removed or replaced while the statement ran."), "accountClosed");

// src/database/index.ts
function createDatabasePort(options = {}) {
  const pools = new Pools({
    idleMs: options.idleMs ?? 6e4,
    pools: options.pools ?? 50,
    resolveHost: options.resolveHost ?? (async (host) => host),
    localFiles: options.localFiles ?? true
  });
  return {
    open(key, configuration) {
      const account = pools.accountOf(key) ?? accountOf(configuration);
      return {
        name: databaseAccountName(account.address),
        query: /* @__PURE__ */ __name((sql, variables, { limit, timeoutMs, signal }) => {
          const ending = new Ending(timeoutMs, signal);
          return pools.use(key, account, ending, (engine) => engine.query(sql, variables, limit, ending));
        }, "query"),
        probe: /* @__PURE__ */ __name(() => {
          const ending = new Ending(CONNECT_TIME);
          return pools.use(key, account, ending, (engine) => engine.probe(ending));
        }, "probe")
      };
    },
    close: /* @__PURE__ */ __name(async (key) => pools.close(key), "close"),
    closeAll: /* @__PURE__ */ __name(async () => pools.closeAll(), "closeAll")
  };
}
__name(createDatabasePort, "createDatabasePort");
var accountOf = /* @__PURE__ */ __name((configuration) => ({
  address: databaseAddress(configuration),
  readOnly: configuration.read_only === true
}), "accountOf");

// test/databases/servers.ts
import { execFile, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { chown, mkdtemp, readFile as readFile2, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
var run = promisify(execFile);
var READY_TIME = 6e4;
async function startPostgres() {
  const folders = existsSync("/usr/lib/postgresql") ? readdirSync("/usr/lib/postgresql").sort().reverse() : [];
  const places = [...folders.map((version) => `/usr/lib/postgresql/${version}/bin`), ...path2()];
  const initdb = find("initdb", places);
  const postgres = find("postgres", places);
  const user = await owner("postgres");
  const folder = await dataFolder("postgres", user);
  await runAs(user, initdb, [
    "-D",
    folder,
    "-U",
    "postgres",
    "--auth=trust",
    "--no-sync",
    "--encoding=UTF8",
    "--locale=C.UTF-8"
  ]);
  const rules = join(folder, "pg_hba.conf");
  await writeFile(rules, `host all guarded 127.0.0.1/32 scram-sha-256
${await readFile2(rules, "utf8")}`);
  const port = await freePort();
  const settings = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=200", "shared_buffers=32MB"];
  const server2 = spawnAs(user, postgres, [
    "-D",
    folder,
    "-p",
    `${port}`,
    "-k",
    folder,
    ...settings.flatMap((s) => ["-c", s])
  ]);
  await ready(server2, "ready to accept connections", "PostgreSQL");
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    folder,
    stop: /* @__PURE__ */ __name(() => stop(server2, folder, "SIGQUIT"), "stop")
  };
}
__name(startPostgres, "startPostgres");
async function startMariadb() {
  const places = [...path2(), "/usr/sbin", "/usr/local/sbin"];
  const install = find("mariadb-install-db", places);
  const mariadbd = find("mariadbd", places);
  const user = await owner("mysql");
  const folder = await dataFolder("mariadb", user);
  const fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=32M"];
  const login2 = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"];
  await runAs(user, install, ["--no-defaults", `--datadir=${folder}`, ...login2, ...fast]);
  const port = await freePort();
  const socket = join(folder, "sock");
  const place = [`--datadir=${folder}`, "--bind-address=127.0.0.1", `--port=${port}`, `--socket=${socket}`];
  const server2 = spawnAs(user, mariadbd, [
    "--no-defaults",
    ...place,
    ...fast,
    "--skip-name-resolve",
    "--max-connections=200"
  ]);
  await ready(server2, "ready for connections", "MariaDB");
  return { url: `mysql://root@127.0.0.1:${port}/mysql`, folder, stop: /* @__PURE__ */ __name(() => stop(server2, folder, "SIGKILL"), "stop") };
}
__name(startMariadb, "startMariadb");
var path2 = /* @__PURE__ */ __name(() => (process.env.PATH ?? "").split(":").filter(Boolean), "path");
function find(binary, places) {
  const place = places.find((folder) => existsSync(join(folder, binary)));
  if (place === void 0) throw new Error(`${binary} is not installed`);
  return join(place, binary);
}
__name(find, "find");
async function owner(name) {
  if (process.getuid?.() !== 0) return void 0;
  const [uid, gid] = await Promise.all(["-u", "-g"].map(async (flag) => Number((await run("id", [flag, name])).stdout)));
  return { uid, gid };
}
__name(owner, "owner");
async function dataFolder(name, user) {
  const folder = await mkdtemp(join(tmpdir(), `connectors-${name}-`));
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
}
__name(dataFolder, "dataFolder");
function command(user, file, args) {
  if (!existsSync("/usr/bin/setpriv")) return [file, [...args]];
  const drop = user ? [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"] : [];
  return ["/usr/bin/setpriv", ["--pdeathsig", "KILL", ...drop, "--", file, ...args]];
}
__name(command, "command");
async function runAs(user, file, args) {
  const [program, all] = command(user, file, args);
  await run(program, all, { cwd: tmpdir() });
}
__name(runAs, "runAs");
function spawnAs(user, file, args) {
  const [program, all] = command(user, file, args);
  return spawn(program, all, { cwd: tmpdir(), stdio: ["ignore", "ignore", "pipe"] });
}
__name(spawnAs, "spawnAs");
function ready(server2, sign, name) {
  return new Promise((resolve2, reject) => {
    let log = "";
    const fail = /* @__PURE__ */ __name(() => {
      server2.kill("SIGKILL");
      reject(new Error(`${name} did not start: ${log.slice(-1e3)}`));
    }, "fail");
    const late = setTimeout(fail, READY_TIME);
    server2.once("exit", fail);
    server2.stderr?.setEncoding("utf8").on("data", (text3) => {
      if (log.length < 1e5) log += text3;
      if (!log.includes(sign)) return;
      clearTimeout(late);
      server2.removeListener("exit", fail);
      resolve2();
    });
  });
}
__name(ready, "ready");
async function stop(server2, folder, signal) {
  await new Promise((resolve2) => {
    if (server2.exitCode !== null || server2.signalCode !== null) return resolve2();
    server2.once("exit", () => resolve2());
    server2.kill(signal);
  });
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}
__name(stop, "stop");
function freePort() {
  return new Promise((resolve2, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve2(port));
    });
  });
}
__name(freePort, "freePort");
export {
  createDatabasePort,
  startMariadb,
  startPostgres
};
