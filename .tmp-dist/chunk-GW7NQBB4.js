// src/database/rows.ts
function uniqueNames(names) {
  if (new Set(names).size === names.length) return [...names];
  const taken = new Set(names);
  const seen = /* @__PURE__ */ new Set();
  return names.map((name) => {
    let unique = name;
    for (let count = 2; seen.has(unique) || unique !== name && taken.has(unique); count += 1)
      unique = `${name}_${count}`;
    seen.add(unique);
    return unique;
  });
}
function rowObject(names, value) {
  const row = {};
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index];
    if (name === "__proto__") {
      Object.defineProperty(row, name, { value: value(index), enumerable: true, writable: true, configurable: true });
    } else {
      row[name] = value(index);
    }
  }
  return row;
}
function integer(digits) {
  const number = Number(digits);
  return Number.isSafeInteger(number) ? number : String(digits);
}
var float = (number) => Number.isFinite(number) ? number : String(number);
function parseJson(text) {
  const exact = /\d{16}/.test(text) ? text.replace(
    /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g,
    (token) => /^-?\d{16,}$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token
  ) : text;
  try {
    return JSON.parse(exact);
  } catch {
    return text;
  }
}
function isoTimestamp(text) {
  const [, date, time, offset] = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)([+-]\d\d(?::\d\d){0,2})?$/.exec(text) ?? [];
  if (date === void 0 || time === void 0) return text;
  return `${date}T${time}${offset === void 0 ? "" : isoOffset(offset)}`;
}
var isoOffset = (offset) => offset.length === 3 ? `${offset}:00` : offset;

// src/database/sqlite-protocol.ts
var READY = "ready";

export {
  uniqueNames,
  rowObject,
  integer,
  float,
  parseJson,
  isoTimestamp,
  isoOffset,
  READY
};
