import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { shownIn } from '../shown.js'

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
  'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
}

/** What a test reads of a tool's result. */
export interface ToolResult {
  isError?: boolean
  content: { type: string; text?: string; annotations?: { audience?: string[] } }[]
  /** Of failures, and of releases before 0.2. */
  structuredContent?: unknown
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects
  shown: any
}

interface Reply {
  result?: Record<string, unknown>
  error?: unknown
}

/** A stdio server under measurement, driven by bare JSON-RPC so that no client's time is measured with it. */
export class StdioProcess {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  /** Everything it wrote so far. */
  stdout = ''
  stderr = ''
  readonly #waiting = new Map<number, (reply: Reply) => void>()
  readonly #keepOutput: boolean
  #buffer = ''
  #id = 0

  /**
   * @param keepOutput false for a long measurement, whose output would fill the memory
   * @param node which Node runs it; this process's own by default
   */
  constructor(args: readonly string[], env: Record<string, string>, keepOutput = true, node = process.execPath) {
    this.#keepOutput = keepOutput
    this.child = spawn(node, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env.PATH ?? '', ...env },
    })
    this.child.stdout.on('data', (chunk: Buffer) => this.#read(chunk))
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString('utf8')
    })
  }

  /** One request of protocol version 2026-07-28. @throws when the answer is an error */
  request(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.requestAsIs(method, { ...params, _meta: META })
  }

  /** One request with these parameters and nothing else, as older protocol versions want it. @throws when the answer is an error */
  requestAsIs(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    this.#id += 1
    const id = this.#id
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) =>
        result ? resolve(result) : reject(new Error(JSON.stringify(error))),
      )
      this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    })
  }

  /** A message that has no answer. */
  notify(method: string): void {
    this.child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method })}\n`)
  }

  /** Calls a tool; the result may be a failure. */
  async tryCall(name: string, args: Record<string, unknown>): Promise<ToolResult> {
    const result = (await this.request('tools/call', { name, arguments: args })) as unknown as ToolResult
    return { ...result, shown: shownIn(result) }
  }

  /** Calls a tool. @throws when it fails */
  async call(name: string, args: Record<string, unknown>): Promise<ToolResult> {
    const result = await this.tryCall(name, args)
    if (result.isError) throw new Error(JSON.stringify(result))
    return result
  }

  /** CPU time of all its threads so far, in milliseconds. */
  cpuMs(): number {
    return cpuMsOf(this.child.pid ?? 0)
  }

  /** The same with the processes that it started and that still run. */
  familyCpuMs(): number {
    return familyCpuMsOf(this.child.pid ?? 0)
  }

  /** Resident memory now, in MB. */
  residentMb(): number {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null) return
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.stdin.end()
    await ended
  }

  #read(chunk: Buffer): void {
    const text = chunk.toString('utf8')
    if (this.#keepOutput) this.stdout += text
    this.#buffer += text
    for (let end = this.#buffer.indexOf('\n'); end >= 0; end = this.#buffer.indexOf('\n')) {
      const reply = JSON.parse(this.#buffer.slice(0, end)) as Reply & { id?: number }
      this.#buffer = this.#buffer.slice(end + 1)
      if (reply.id === undefined) continue
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
    }
  }
}

/** CPU time of all threads of a process so far, in milliseconds; 0 for one that is gone. */
function cpuMsOf(pid: number): number {
  try {
    const tasks = `/proc/${pid}/task`
    const nanoseconds = readdirSync(tasks).map((task) =>
      Number(readFileSync(`${tasks}/${task}/schedstat`, 'utf8').split(' ')[0]),
    )
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6
  } catch {
    return 0
  }
}

/** CPU time of a process and of those that it started and that still run, in milliseconds. */
export function familyCpuMsOf(pid: number): number {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => parentOf(name) === pid)
  return [pid, ...children.map(Number)].reduce((sum, each) => sum + cpuMsOf(each), 0)
}

function parentOf(pid: string): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    return undefined
  }
}
