import type { ProofData } from '../data.js'

const data: ProofData = {
  answer: ({ path }) => ({ json: path.startsWith('/latest/') ? { pairs: [] } : [] }),
  refusals: [{ title: '429', answer: { status: 429 }, code: 'RATE_LIMITED', retryable: true, retryAfter: 60 }],
}

export default data
