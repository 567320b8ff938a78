import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { bug } from '../errors/index.ts'

/** One step of a schema: applied once, in a transaction of its own, and taken back by its own rollback. */
export type Changeset = {
  author: string
  id: string
  /** The file's path below the root of the changelogs, as Liquibase records it. */
  file: string
  line: number
  sql: string
  /** The SQL that takes it back: empty where there is nothing to do, undefined where nobody said how. */
  rollback: string | undefined
  comment: string
  /** Of what was written, parameters unfilled, without comment lines: explaining a changeset does not edit it. */
  checksum: string
}

/** What `${name}` stands for in the SQL, as in Liquibase: names of roles, mostly. */
export type Parameters = Readonly<Record<string, string>>

const header = /^--\s*liquibase formatted sql\s*$/i
const changesetLine = /^--\s*changeset\s+([^\s:]+):(\S+)\s*(.*)$/i
const rollbackLine = /^--\s*rollback(?:\s+(.*))?$/i
const commentLine = /^--\s*comment:?\s+(.*)$/i
const otherDirective = /^--\s*(property|precondition[\w-]*|validCheckSum|ignoreLines|labels|context)\b/i
const nothingToRollBack = /^(empty|not required)$/i
/** How Liquibase cuts a changeset into statements does not matter to us: PostgreSQL takes it whole. */
const harmlessAttribute = /^(splitStatements|stripComments|endDelimiter):\S+$/

/**
 * Reads the changelogs of the folders (relative to `root`) in their order, the files of each in the order
 * of their names. It understands the part of Liquibase's formatted SQL that we write, and refuses the rest
 * rather than ignore it: Bug CHANGELOG_MALFORMED, naming file and line.
 */
export async function readChangelog(
  root: string,
  folders: readonly string[],
  parameters: Parameters,
): Promise<Changeset[]> {
  const files = await Promise.all(folders.map((folder) => sqlFiles(root, folder)))
  const changesets = await Promise.all(
    files.flat().map(async (file) => parseChangelog(file, await readFile(join(root, file), 'utf8'), parameters)),
  )
  return changesets.flat()
}

async function sqlFiles(root: string, folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder))
  return names
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => `${folder}/${name}`)
}

/** Parses one file of formatted SQL. Throws Bug CHANGELOG_MALFORMED. */
export function parseChangelog(file: string, text: string, parameters: Parameters): Changeset[] {
  const lines = text.split(/\r?\n/)
  if (!header.test(lines[0] ?? '')) throw malformed(file, 1, 'the first line must be "--liquibase formatted sql"')
  const drafts: Draft[] = []
  for (const [index, line] of lines.entries()) {
    if (index === 0) continue
    const draft = drafts.at(-1)
    const begin = changesetLine.exec(line)
    if (begin) drafts.push(beginChangeset(file, index + 1, begin))
    else if (/^--\s*changeset/i.test(line)) throw malformed(file, index + 1, 'expected "--changeset author:id"')
    else if (otherDirective.test(line)) throw malformed(file, index + 1, `not supported here: ${line}`)
    else if (draft) addLine(draft, line)
    else if (line.trim() && !line.startsWith('--')) throw malformed(file, index + 1, 'SQL before the first changeset')
  }
  refuseTwins(file, drafts)
  return drafts.map((draft) => complete(draft, parameters))
}

type Draft = {
  author: string
  id: string
  file: string
  line: number
  sql: string[]
  rollback: string[]
  comment: string
}

function beginChangeset(file: string, line: number, [, author = '', id = '', attributes = '']: RegExpExecArray): Draft {
  for (const attribute of attributes.split(/\s+/).filter(Boolean))
    if (!harmlessAttribute.test(attribute)) throw malformed(file, line, `the attribute ${attribute} is not supported`)
  return { author, id, file, line, sql: [], rollback: [], comment: '' }
}

function addLine(draft: Draft, line: string): void {
  const rollback = rollbackLine.exec(line)
  const comment = commentLine.exec(line)
  if (rollback) draft.rollback.push(rollback[1] ?? '')
  if (comment) draft.comment = comment[1] ?? ''
  // Line for line as in the file, so that a position in the SQL leads back to a line of the file.
  draft.sql.push(rollback || comment ? '' : line)
}

function complete(draft: Draft, parameters: Parameters): Changeset {
  const { author, id, file, line, comment } = draft
  const written = draft.sql.filter((text) => !text.trimStart().startsWith('--')).map((text) => text.trimEnd())
  if (!written.some(Boolean)) throw malformed(file, line, 'the changeset is empty')
  const rollback = draft.rollback.join('\n').trim()
  return {
    author,
    id,
    file,
    line,
    comment,
    sql: fill(draft.sql.join('\n'), parameters, { file, line }),
    rollback: rollbackOf(draft, fill(rollback, parameters, { file, line })),
    checksum: createHash('sha256').update(written.join('\n').trim()).digest('hex'),
  }
}

function rollbackOf(draft: Draft, text: string): string | undefined {
  if (draft.rollback.length === 0) return undefined
  return nothingToRollBack.test(text) ? '' : text
}

/** An unknown parameter is refused: Liquibase would leave it standing, and the SQL would mean something else. */
function fill(text: string, parameters: Parameters, at: { file: string; line: number }): string {
  return text.replaceAll(/\$\{([\w.-]+)\}/g, (whole, name: string) => {
    const value = parameters[name]
    if (value === undefined) throw malformed(at.file, at.line, `the parameter ${whole} has no value here`)
    return value
  })
}

/** Author, id and file are what a changeset is known by. */
function refuseTwins(file: string, drafts: readonly Draft[]): void {
  const seen = new Set<string>()
  for (const { author, id, line } of drafts) {
    if (seen.has(`${author}:${id}`)) throw malformed(file, line, `there are two changesets ${author}:${id}`)
    seen.add(`${author}:${id}`)
  }
}

function malformed(file: string, line: number, why: string): Error {
  return bug('CHANGELOG_MALFORMED', `${file}:${line}: ${why}`)
}
