import type { ProofData } from '../data.js'

const ITEM = { id: 1, type: 'story', title: 'A story', kids: [2] }
const USER = { id: 'pg', karma: 1, submitted: [1] }

const data: ProofData = {
  values: {
    cursor: { value: '10', reason: 'a cursor is an offset' },
    'user_received_get.cursor': { value: '0-0-0', reason: 'a cursor is a place among submissions and comments' },
  },
  answer: ({ path }) => {
    if (path === '/v0/topstories.json') return { json: [1] }
    return { json: path.startsWith('/v0/user/') ? USER : ITEM }
  },
  refusals: [
    { title: 'nothing of that id, with the status of a success', answer: { text: 'null' }, code: 'NOT_FOUND' },
  ],
  failing: { read: 'item_get' },
}

export default data
