import type { ProofData } from '../data.js'

const data: ProofData = {
  unreferenced: 'what a statement may say is on the page of each database, not on one of ours',
  long: { query: 188 },
}

export default data
