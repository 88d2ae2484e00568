import { WordReader } from './words.js'

/**
 * Words that stand for each other in needs and in descriptions of actions, a group on each line. They are those of what
 * connectors are about (mail, files, calendars, chats, code, tables) and of plain English; a word may be in several groups.
 * What belongs here is what a person would say for the same thing; what only goes together (a mail and its attachment) does not.
 */
const GROUPS = `
  create add new open insert make write compose start register raise
  delete remove erase drop discard trash clear cancel
  update edit change modify adjust alter set revise
  rename retitle name title
  list show all view display browse enumerate
  search find query lookup seek discover locate
  get fetch retrieve read obtain
  info information detail details metadata
  send post submit deliver dispatch write
  reply respond answer response
  copy duplicate clone
  move transfer relocate
  upload import attach
  download export save
  archive shelve
  restore undo untrash unarchive recover undelete revert
  share permission access grant invite
  revoke unshare withdraw
  close finish complete end resolve
  accept confirm approve
  decline reject refuse
  schedule plan book appointment arrange
  remind reminder alert
  summarize summary overview digest summarise
  count number total amount many
  run execute perform launch
  calculate compute determine evaluate
  convert transform turn
  translate translation
  compare comparison versus
  check verify validate test
  generate produce create
  recommend suggest recommendation suggestion advice
  analyze analyse analysis analytics statistics stats insight
  rank ranking top best popular leading
  latest recent newest last new
  current now today live
  history past historical previous
  near nearby close around
  mail email message inbox
  message post chat note
  chat conversation dm channel
  channel room space
  thread discussion conversation reply
  comment note remark feedback
  draft unsent
  attachment file
  recipient addressee
  reaction emoji
  file document doc
  folder directory
  document text page article
  spreadsheet sheet excel table workbook
  row record entry line
  column field
  value cell
  picture image photo photograph
  video clip movie film
  song music track
  calendar agenda schedule
  event meeting appointment call
  meeting conference call
  attendee participant guest invitee
  busy free availability available
  person people user member contact
  team group
  colleague coworker teammate
  profile account user
  author writer creator
  owner holder
  role permission
  issue bug ticket problem task
  task todo
  pull pr merge
  repository repo codebase
  commit change revision
  contributor collaborator developer
  release version
  label tag
  project board
  code program script
  database sql table
  website site page web url
  link url address
  address location place
  paper publication study research preprint manuscript
  abstract summary
  category topic subject
  news story headline article
  token coin crypto cryptocurrency
  pair market
  price cost rate quote fee
  buy purchase order
  sell sale
  shop store
  company business firm organization organisation corporation
  job position employment career
  employee staff worker
  money payment fund
  car vehicle auto automobile
  trip travel journey
  hotel accommodation lodging
  flight airline plane
  food meal dish
  game match
  language locale
  country nation
  city town
  id identifier
  phone telephone mobile
  picture avatar
  password credential
  usage consumption spend
  setting configuration preference option
  presence status online
  vacation holiday auto
  weekly week
  daily day
  monthly month
  yearly annual year
  begin start
  size length
  permanent permanently forever
  bookmark favorite favourite star
  pin stick
  snooze postpone delay
  dismiss ignore
  accept rsvp attend
  slot availability free
  seat license licence
  recording transcript transcription
  append add
  range cell
  tab sheet
  subscription notification webhook
  unread new
  spam junk
  trash bin
  subfolder child
  maintainer collaborator owner
  mark label flag
`

let made: Map<string, Set<string>> | undefined

/** The stems of a stem's synonyms. */
export function synonymsOf(stem: string): ReadonlySet<string> {
  made ??= readGroups()
  return made.get(stem) ?? NONE
}

const NONE: ReadonlySet<string> = new Set()

function readGroups(): Map<string, Set<string>> {
  const reader = new WordReader()
  const found = new Map<string, Set<string>>()
  for (const line of GROUPS.trim().split('\n')) {
    const stems = new Set(reader.read(line, line.length).map(({ stem }) => stem))
    for (const stem of stems) {
      const others = found.get(stem) ?? new Set()
      for (const other of stems) if (other !== stem) others.add(other)
      found.set(stem, others)
    }
  }
  return found
}
