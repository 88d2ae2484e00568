// What is used of undici, imported by name: undici is CommonJS, and a bundled `import('undici')` would give its default
// alone. Import this file dynamically; undici takes a noticeable part of the start-up time.
export { Agent, EnvHttpProxyAgent, FormData, fetch, Headers, Pool } from 'undici'
