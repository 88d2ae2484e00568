// The parts of undici in use, imported by name: undici is CommonJS, and a bundled `import('undici')` would have only its
// default export. Import this file dynamically; undici takes a noticeable part of the start-up time.
export { Agent, EnvHttpProxyAgent, FormData, fetch, Headers, Pool } from 'undici'
