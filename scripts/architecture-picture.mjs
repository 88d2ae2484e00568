// Draws docs/architecture.md's pictures of who may import whom, and their table, from test/architecture-table.ts.
// `scripts/document-tables.mjs` writes them.

const inService = (room) => room.startsWith('service/')
const nodeOf = (room) => room.replaceAll(/[^a-z]/gi, '_')
const roomOf = (entry) => (inService(entry) ? entry : entry.split('/')[0])

/** For each room the rooms that it may import, with the files where it may not import all of them (`null`: all). */
function edgesOf(table, rooms, toRoom) {
  const edges = new Map(rooms.map((room) => [room, new Map()]))
  for (const [from, entries] of Object.entries(table)) {
    for (const entry of entries) {
      const [start, end] = [toRoom(from), toRoom(entry)]
      if (start === end || !edges.has(start) || !edges.has(end)) continue
      const files = edges.get(start)
      const file = entry === end || inService(entry) ? null : entry.split('/').slice(1).join('/')
      if (file === null) files.set(end, null)
      else if (files.get(end) !== null) files.set(end, [...(files.get(end) ?? []), file])
    }
  }
  return edges
}

/** The rooms that a room may import as a whole. */
const wholeRooms = (edges, room) => [...edges.get(room)].filter(([, files]) => files === null).map(([to]) => to)

/** Whether there is a way from one room to another, over others than the edge itself. */
function isReachedOtherwise(edges, from, to) {
  const seen = new Set(wholeRooms(edges, from).filter((room) => room !== to))
  // A set that grows while it is walked: each room once.
  for (const room of seen) {
    if (room === to) return true
    for (const next of wholeRooms(edges, room)) seen.add(next)
  }
  return false
}

/** Arrows that follow from others are left out: what a room reaches over others is not drawn again. */
const arrowsOf = (edges) =>
  [...edges].flatMap(([from, targets]) =>
    [...targets]
      .filter(([to]) => !isReachedOtherwise(edges, from, to))
      .map(([to, files]) => `  ${nodeOf(from)} -->${files ? `|${files.join(', ')}|` : ''} ${nodeOf(to)}`),
  )

const flowchart = (lines) => ['```mermaid', 'flowchart TD', ...lines, '```'].join('\n')

/**
 * The rooms of `src`, the sub-rooms of `service` as one.
 * @throws Error where a room of the table stands on no floor, or one on a floor is not in the table
 */
function picture(table, floors) {
  const rooms = Object.keys(table).filter((room) => !inService(room))
  const placed = Object.values(floors).flat()
  const lost = [...rooms.filter((room) => !placed.includes(room)), ...placed.filter((room) => !rooms.includes(room))]
  if (lost.length > 0) throw new Error(`FLOORS and MAY_IMPORT do not name the same rooms: ${lost.join(', ')}.`)
  const drawn = Object.entries(floors).flatMap(([floor, entries]) => [
    `  subgraph ${nodeOf(floor)}["${floor}"]`,
    ...entries.map((room) => `    ${nodeOf(room)}["${room}"]`),
    '  end',
  ])
  const toRoom = (entry) => (inService(entry) ? 'service' : roomOf(entry))
  return flowchart([...drawn, ...arrowsOf(edgesOf(table, rooms, toRoom))])
}

/** The sub-rooms of `service` among themselves. */
function pictureOfService(table) {
  const rooms = Object.keys(table).filter(inService)
  const nodes = rooms.map((room) => `  ${nodeOf(room)}["${room.slice('service/'.length)}"]`)
  return flowchart([...nodes, ...arrowsOf(edgesOf(table, rooms, (entry) => entry))])
}

/** @returns rows of a table: each room with all that it may import */
function rows(table) {
  const ofService = table.service.filter((entry) => !inService(entry))
  const nameOf = (entry) => `\`${entry}\``
  return Object.entries(table).map(([room, entries]) => {
    const isBelow = inService(room) && ofService.every((entry) => entries.includes(entry))
    const named = entries.filter((entry) => !isBelow || inService(entry)).map(nameOf)
    const all = [...(isBelow ? ['what `service` may import outside itself'] : []), ...named]
    return [nameOf(room), all.join(', ') || 'nothing']
  })
}

/** @returns what stands between the markers of docs/architecture.md, by their names */
export const architectureSections = ({ MAY_IMPORT, FLOORS }, table) => ({
  rooms: picture(MAY_IMPORT, FLOORS),
  'rooms of service': pictureOfService(MAY_IMPORT),
  'import table': table(['Room', 'May import'], rows(MAY_IMPORT)),
})
