import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A file of the repository: its path from the root, and its text. */
export type Source = Readonly<{ path: string; text: string }>

const CODE = /\.(ts|mjs|js|sql)$/
const TEST = /\.test\.ts$|\/testing\//
const MAX_LINES = 400
const MAX_DEPTH = 2

// Such a folder says what a file is, never what it is for.
const NO_FOLDERS = ['src', 'lib', 'utils', 'util', 'common', 'helpers', 'helper', 'types', 'shared', 'misc']

// What a domain calls its things. The kernel is what no domain owns.
const DOMAIN_WORDS =
  /employee|payroll|department|salary|wage|onboarding|\bhir(e|ed|ing)\b|invoice|billing|\bhr\b|lohn|steuer|compliance/i

// Reading the clock or rolling the dice. Handing on a clock, `() => new Date()`, is not reading it.
const CLOCK = /(?<!=> ?)(\bDate\.now\(|\bMath\.random\(|\bnew Date\(\))/
const IDS = /\b(randomUUID|randomBytes|crypto)\b/
// Where a process begins, and what surrounds the programs rather than being part of them.
const MAY_READ_CLOCK = /^(stack|demo|e2e|bench)\/|\/(main|relay)\.ts$|^kernel\/config\/runProcess\.ts$/
const IDS_ARE_PASSED_IN = /^subgraphs\/[^/]+\/(commands|domain)\/|^saga-worker\/sagas\/|^german-payroll\//

const UNFINISHED = /\b(TODO|FIXME|XXX)\b/
const SILENCED = /@ts-(ignore|expect-error|nocheck)/

/** The files that git knows or would add; nothing installed, generated or kept as data is among them. */
export function sourcesOf(root: string): Source[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root })
  const paths = listed
    .toString()
    .split('\0')
    .filter((path) => CODE.test(path) || basename(path) === 'package.json')
  return paths
    .filter((path) => existsSync(join(root, path)))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

/**
 * What no other tool holds of docs/architecture.md and CONTRIBUTING.md: how long a file and how deep a folder
 * may be, what a folder is called, that the kernel knows no domain, and that clock and chance are passed in.
 * Answers one sentence for each violation.
 */
export function problemsIn(sources: readonly Source[]): string[] {
  const packages = sources
    .filter(({ path }) => basename(path) === 'package.json')
    .map(({ path }) => path.slice(0, -'package.json'.length))
    .filter((root) => root !== '')
  return sources
    .filter(({ path }) => CODE.test(path))
    .flatMap((source) => [...problemsOfPlace(source.path, packages), ...problemsOfText(source)])
}

function problemsOfPlace(path: string, packages: readonly string[]): string[] {
  const root = packages.find((each) => path.startsWith(each)) ?? ''
  const folders = path.slice(root.length).split('/').slice(0, -1)
  const vague = folders.filter((folder) => NO_FOLDERS.includes(folder))
  const problems = vague.map((folder) => `${path}: a folder named ${folder} does not say what it is for`)
  if (root !== '' && folders.length > MAX_DEPTH)
    problems.push(`${path}: lies ${folders.length} folders deep in its package; ${MAX_DEPTH} are allowed`)
  return problems
}

function problemsOfText({ path, text }: Source): string[] {
  const lines = text.split('\n')
  const length = text.endsWith('\n') ? lines.length - 1 : lines.length
  const problems: string[] = []
  if (length > MAX_LINES) problems.push(`${path}: has ${length} lines; ${MAX_LINES} are allowed`)
  if (path === 'stack/check-sources.ts' || path === 'stack/check-sources.test.ts') return problems
  const at = (pattern: RegExp, problem: (found: string) => string, of = lines) => {
    for (const [index, line] of of.entries()) {
      const [found] = pattern.exec(line) ?? []
      if (found !== undefined) problems.push(`${path}:${index + 1}: ${problem(found)}`)
    }
  }
  at(UNFINISHED, (found) => `${found} marks unfinished work; finish it or open an issue`)
  at(SILENCED, (found) => `${found} silences the type checker`)
  if (TEST.test(path)) return problems
  if (path.startsWith('kernel/')) at(DOMAIN_WORDS, (found) => `"${found}" is a word of a domain; the kernel knows none`)
  if (!path.endsWith('.ts')) return problems
  const code = lines.map((line) => line.replace(/^\s*(\/\/|\/?\*).*$/, ''))
  if (!MAY_READ_CLOCK.test(path))
    at(CLOCK, (found) => `${found.replace(/\($/, '')} is read here; have it passed in`, code)
  if (IDS_ARE_PASSED_IN.test(path)) at(IDS, (found) => `${found} makes an id here; have it passed in`, code)
  return problems
}
