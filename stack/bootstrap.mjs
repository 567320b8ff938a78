/**
 * The way into every command of this repository, on nothing but Node ≥ 20 with npm: installs what the
 * lockfile names when it has changed, generates code when its sources have changed, and runs the target
 * with the Node that the lockfile names. Everything it says goes to stderr; stdout is the target's alone.
 */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { follow, lineUpToNpm } from './follow.mjs'
import { tryLock } from './lock.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const pnpm = 'pnpm@10.34.9'
const oldestNode = 20

/** What each target runs: a script, or vitest, with the rest of the command line. */
const targets = {
  start: (args) => ['stack/start.ts', ...args],
  'start:production': (args) => ['stack/production.ts', ...args],
  test: (args) => [vitest, 'run', ...args],
  demo: (args) => ['demo/main.ts', ...args],
  e2e: (args) => behaviour(named(args, 'e2e', folders('e2e'), (name) => `e2e/${name}/`)),
  bench: (args) => named(args, 'bench', scripts('bench'), (name) => `bench/${name}.ts`),
  check: (args) => ['stack/check.ts', ...args],
  generate: () => undefined,
  'process-versions': (args) => ['subgraphs/processes/versions.ts', ...args],
  'wage-tax': (args) => ['german-payroll/wage-tax.ts', ...args.map(whereAsked)],
}
const vitest = 'node_modules/vitest/vitest.mjs'

class Failure extends Error {}

async function main([target, ...args]) {
  const began = performance.now()
  if (Number(process.versions.node.split('.')[0]) < oldestNode)
    throw new Failure(`this is Node ${process.versions.node}; Node ${oldestNode} or newer is needed`)
  if (!target || !Object.hasOwn(targets, target))
    throw new Failure(`usage: node stack/bootstrap.mjs ${Object.keys(targets).join('|')} [arguments]`)

  const command = targets[target](args)
  const lock = await takeLock()
  try {
    await prepare('packages', installInputs(), join('node_modules', '.steinmetz-installed'), install)
    await prepare('generated code', generateInputs(), join('node_modules', '.steinmetz-generated'), generate, {
      always: target === 'generate',
    })
  } finally {
    lock.release()
  }
  if (!command) return 0
  if (!existsSync(join(root, command[0]))) throw new Failure(`there is no ${command[0]} in this checkout`)
  say(`${target}: prepared in ${seconds(began)}`)
  return run(projectNode, ['--import', './stack/follow-bootstrap.mjs', ...command], { stdio: 'inherit' })
}

/** Does `work` unless the inputs are those it was last done for, which `stampFile` remembers. */
async function prepare(what, inputs, stampFile, work, { always = false } = {}) {
  const stamp = fingerprint(inputs)
  const path = join(root, stampFile)
  if (!always && existsSync(path) && readFileSync(path, 'utf8') === stamp) return
  const began = performance.now()
  await work()
  writeFileSync(path, stamp)
  say(`${what}: done in ${seconds(began)}`)
}

async function install() {
  say(`packages: installing what pnpm-lock.yaml names (${pnpm})`)
  const args = ['-y', pnpm, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false']
  const code = await run('npx', args, { stdio: ['ignore', 2, 2], path: process.env.PATH }).catch((error) => {
    if (error.code === 'ENOENT') throw new Failure('npx was not found on PATH; it comes with npm: install npm')
    throw error
  })
  if (code !== 0)
    throw new Failure(
      `installing the packages failed (exit code ${code}); its output is above. ` +
        'Without a network, or behind a proxy, see which package registry `npm config get registry` names.',
    )
  if (!existsSync(projectNode))
    throw new Failure(
      'the packages are installed, but node_modules/node/bin/node is missing; remove node_modules and try again',
    )
}

async function generate() {
  say('generated code: Prisma clients and GraphQL types')
  const code = await run(projectNode, [generator], { stdio: ['ignore', 2, 2] })
  if (code !== 0) throw new Failure(`generating code failed (exit code ${code}); its output is above`)
}
const generator = 'stack/generate.ts'

/** The shim in node_modules/.bin is a shell that stays in between and swallows signals; this is the program. */
const projectNode = join(root, 'node_modules', 'node', 'bin', 'node')

/** What the programs are told unless the caller says otherwise: to call nobody, and to compile each file once. */
const ourDefaults = {
  APOLLO_TELEMETRY_DISABLED: 'true',
  CHECKPOINT_DISABLE: '1',
  NODE_COMPILE_CACHE: join(root, '.data', 'compiled'),
}

/** Runs a program to its end, passing signals on. Resolves to the exit code, 128 + n for signal n. */
function run(program, args, { stdio, path = projectPath() }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: root,
      stdio,
      env: { ...ourDefaults, ...process.env, PATH: path },
    })
    const forward = (signal) => child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, forward)
    const done = (settle, value) => {
      for (const signal of signals) process.off(signal, forward)
      settle(value)
    }
    child.once('error', (error) => done(reject, error))
    child.once('exit', (code, signal) => done(resolve, code ?? 128 + constants.signals[signal]))
  })
}

function projectPath() {
  return [dirname(projectNode), join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
}

/** One who installs at a time: two would write the same node_modules. */
async function takeLock() {
  const path = join(root, '.data', 'bootstrap.lock')
  for (let said = false; ; said = true) {
    const lock = tryLock(path, 'installing or generating')
    if ('release' in lock) return lock
    if (!said) say(`waiting for process ${lock.holder.pid}, which is ${lock.holder.purpose}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function installInputs() {
  return ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', ...workspacePackages()]
}

/** Whatever code is generated from: schemas, the generator itself, and the lockfile that fixes its version. */
function generateInputs() {
  const input = /(\.prisma|(^|\/)(schema\.graphql|prisma\.config\.ts|generat[^/]*(?<!\.test)\.ts))$/
  return ['pnpm-lock.yaml', ...files('.').filter((file) => input.test(file))]
}

/** The package.json of each folder that pnpm-workspace.yaml lists, `*` being one folder of any name. */
function workspacePackages() {
  const text = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const listed = /^packages:\n((?: +- .*\n)+)/m.exec(text)?.[1] ?? ''
  const patterns = [...listed.matchAll(/- ['"]?([^'"\n]+)['"]?/g)].map((match) => match[1])
  const packages = patterns.flatMap((pattern) =>
    pattern.endsWith('/*') ? folders(pattern.slice(0, -2)).map((name) => join(pattern.slice(0, -2), name)) : [pattern],
  )
  return packages.map((folder) => join(folder, 'package.json')).filter((file) => existsSync(join(root, file)))
}

function fingerprint(inputs) {
  const hash = createHash('sha256').update(`${pnpm} ${process.platform} ${process.arch}\n`)
  for (const file of [...inputs].sort())
    hash
      .update(`${file}\n`)
      .update(readFileSync(join(root, file)))
      .update('\n')
  return hash.digest('hex')
}

/** The files below a folder, leaving out what is installed, generated or data. */
function files(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = relative('.', join(folder, entry.name))
    if (entry.isDirectory()) return ignored(entry.name) ? [] : files(path)
    return [path]
  })
}

function ignored(name) {
  return name.startsWith('.') || name === 'node_modules' || name === 'generated'
}

function folders(folder) {
  if (!existsSync(join(root, folder))) return []
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory() && !ignored(entry.name)).map((entry) => entry.name)
}

function scripts(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder)).flatMap((name) => /^(\w[\w-]*)\.ts$/.exec(name)?.[1] ?? [])
}

/** A behaviour is shown by tests, or by a program that prints what it found. */
function behaviour([folder = '', ...rest]) {
  const program = `${folder}main.ts`
  const isProgram = folder !== '' && existsSync(join(root, program))
  return isProgram ? [program, ...rest] : [vitest, 'run', '--project', 'e2e', folder, ...rest].filter(Boolean)
}

/** A file named on the command line, as seen from where it was typed: npm moves us to the root and says where that was. */
function whereAsked(file) {
  return resolve(process.env.INIT_CWD ?? process.cwd(), file)
}

/** The first argument as one of `names`; a wrong one is answered with the list. */
function named(args, target, names, path) {
  const [name, ...rest] = args
  if (name === undefined && target === 'e2e') return rest
  if (!names.includes(name))
    throw new Failure(`usage: npm run ${target} -- NAME, one of: ${names.join(', ') || 'none yet'}`)
  return [path(name), ...rest]
}

function seconds(began) {
  return `${((performance.now() - began) / 1000).toFixed(1)} s`
}

function say(line) {
  process.stderr.write(`· ${line}\n`)
}

mkdirSync(join(root, '.data'), { recursive: true })
// Started by hand, in the background of a shell that ends, we are meant to go on.
if (process.env.npm_lifecycle_event) follow(lineUpToNpm())
try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  process.stderr.write(error instanceof Failure ? `\n${error.message}\n` : `\n${error.stack}\n`)
  process.exitCode = 1
}
