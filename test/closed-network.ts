import dns from 'node:dns'
import { syncBuiltinESMExports } from 'node:module'
import { isIP, type LookupFunction, Socket } from 'node:net'
import { afterAll, afterEach } from 'vitest'

/**
 * Closes the network to tests: only loopback can be reached. Every connection of Node ends in `Socket.connect`, whatever
 * library opens it (either fetch, pg, mysql2, tls), so that is where it is refused; names are not even looked up. An
 * attempt fails the test it was made in, also when the code under test swallowed the error.
 */
const attempts: string[] = []

/** The attempts so far, for a test that means to make one; they then no longer fail it. */
export const takeAttempts = (): string[] => attempts.splice(0)

const failOnAttempts = (): void => {
  const seen = takeAttempts()
  if (seen.length > 0) throw new Error(`The network is closed to tests, but this was called: ${seen.join(', ')}`)
}
afterEach(failOnAttempts)
afterAll(failOnAttempts)

function refusal(what: string): NodeJS.ErrnoException {
  attempts.push(what)
  return Object.assign(new Error(`The network is closed to tests: ${what}`), { code: 'ENETUNREACH' })
}

const isLocal = (host: string): boolean =>
  isIP(host) === 0
    ? host === '' || /^(?:.+\.)?localhost$/.test(host)
    : /^(?:127\.|::1$|::ffff:127\.|0\.0\.0\.0$|::$)/.test(host)

/** A lookup of the caller's own may map a name to loopback; what else it finds is refused. */
const guarded = (lookup: LookupFunction): LookupFunction => {
  return (host, options, callback) =>
    lookup(host, options, (error, found, family) => {
      const addresses = Array.isArray(found) ? found.map(({ address }) => address) : [found]
      const outside = error ? undefined : addresses.find((address) => !isLocal(address))
      if (outside === undefined) callback(error, found, family)
      else callback(refusal(`${host} (${outside})`), '', 0)
    })
}

interface Target {
  host?: string
  port?: number | string
  path?: string
  lookup?: LookupFunction
}

/** The forms in which `connect` is called: its own normalized list, an object, a pipe's path, a port and a host. */
function targetOf(args: unknown[]): Target {
  const [first, second] = args
  if (Array.isArray(first)) return (first[0] ?? {}) as Target
  if (typeof first === 'object' && first !== null) return first as Target
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first }
  return { port: first as number, ...(typeof second === 'string' ? { host: second } : {}) }
}

type Connect = (this: Socket, ...args: unknown[]) => Socket
const connect = Socket.prototype.connect as Connect
const closedConnect: Connect = function (...args) {
  const target = targetOf(args)
  if (target.path !== undefined || isLocal(target.host ?? '')) return connect.apply(this, args)
  if (target.lookup && isIP(target.host ?? '') === 0) {
    const checked = { ...target, lookup: guarded(target.lookup) }
    if (Array.isArray(args[0])) args[0][0] = checked
    else args[0] = checked
    return connect.apply(this, args)
  }
  const error = refusal(`${target.host}:${target.port}`)
  process.nextTick(() => this.destroy(error))
  return this
}
Socket.prototype.connect = closedConnect as typeof Socket.prototype.connect

const lookup = dns.lookup
const closedLookup = (host: string, ...rest: unknown[]): unknown => {
  if (isLocal(host) || isIP(host) !== 0) return Reflect.apply(lookup, dns, [host, ...rest])
  const callback = rest.at(-1) as (error: Error) => void
  const error = refusal(host)
  return process.nextTick(() => callback(error))
}
dns.lookup = closedLookup as typeof dns.lookup

const lookupPromise = dns.promises.lookup
const closedLookupPromise = async (host: string, ...rest: unknown[]): Promise<unknown> => {
  if (isLocal(host) || isIP(host) !== 0) return Reflect.apply(lookupPromise, dns.promises, [host, ...rest])
  throw refusal(host)
}
dns.promises.lookup = closedLookupPromise as typeof dns.promises.lookup
syncBuiltinESMExports()
