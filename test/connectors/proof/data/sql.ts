import type { ProofData } from '../data.js'

const data: ProofData = {
  unreferenced: 'what a statement may say is on the page of each database, not on one of ours',
  long: { query: 158 },
}

export default data
