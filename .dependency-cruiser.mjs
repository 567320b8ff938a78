// Who may import whom: the table of docs/architecture.md, row by row. A type import counts like any other.

/** The rooms of the kernel in their order: each may import those before it, none behind it. */
const KERNEL_ROOMS = [
  'errors',
  'table',
  'config',
  'telemetry',
  'health',
  'resilience',
  'auth',
  'attestation',
  'database',
  'migration',
  'idempotency',
  'audit',
  'outbox',
  'bus',
  'command',
  'subgraph',
]

const TEST = String.raw`\.test\.ts$|/testing/|(^|/)vitest\.`
const OURS = '^(gateway|subgraphs|saga-worker|german-payroll|kernel|stack|demo|e2e|bench)/'
const kernel = (...rooms) => `^kernel/(${rooms.join('|')})/`

/** A row of the table: what is in `from` imports of our own code nothing but what matches one of `may`. */
const mayImport = (name, from, may, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: TEST },
  to: { path: OURS, pathNot: may },
})

const mayNotImport = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to })

const kernelRows = KERNEL_ROOMS.map((room, at) =>
  mayImport(
    `kernel-${room}`,
    `^kernel/${room}/`,
    [kernel(...KERNEL_ROOMS.slice(0, at + 1))],
    'a room of the kernel imports only rooms before it',
  ),
)

const rows = [
  mayImport(
    'gateway',
    '^gateway/',
    ['^gateway/', kernel('errors', 'config', 'telemetry', 'health', 'resilience', 'auth')],
    'the gateway knows no subgraph and no database',
  ),
  mayImport(
    'commands',
    '^subgraphs/([^/]+)/commands/',
    [
      String.raw`^subgraphs/$1/(command\.ts|domain/|ledger/|events\.ts|generated/)`,
      kernel('command', 'errors', 'attestation', 'table'),
    ],
    'a command loads, asks its domain and saves; it sends no other command',
  ),
  mayImport(
    'ledger',
    '^subgraphs/([^/]+)/ledger/',
    [String.raw`^subgraphs/$1/(ledger/|domain/|events\.ts|generated/)`, kernel('command', 'errors', 'audit', 'outbox')],
    'what several commands save alike, in the transaction of the command that asks for it',
  ),
  mayImport(
    'queries-and-entities',
    '^subgraphs/([^/]+)/(queries|entities)/',
    [
      String.raw`^subgraphs/$1/(queries/|entities/|domain/|generated/|events\.ts|personal\.ts)`,
      kernel('subgraph', 'errors', 'audit'),
    ],
    'a read never reaches what writes',
  ),
  mayImport(
    'domain',
    '^subgraphs/([^/]+)/domain/',
    ['^subgraphs/$1/(domain|generated)/', kernel('errors', 'attestation', 'table'), '^german-payroll/'],
    'a decision is a pure function',
  ),
  mayImport(
    'events',
    String.raw`^subgraphs/([^/]+)/events\.ts`,
    [kernel('outbox')],
    'events are what others know of a domain; they must be loadable alone',
  ),
  mayImport(
    'subgraph',
    String.raw`^subgraphs/([^/]+)/[^/]+\.ts`,
    ['^subgraphs/$1/', '^kernel/'],
    'a subgraph never imports another',
  ),
  mayImport(
    'sagas',
    '^saga-worker/sagas/',
    [
      String.raw`^saga-worker/engine/saga\.ts`,
      '^saga-worker/generated/',
      String.raw`^saga-worker/adapters/[^/]+/commands\.ts`,
      String.raw`^subgraphs/[^/]+/events\.ts`,
    ],
    'a saga is a definition: commands as values, no I/O, no clock',
  ),
  mayImport(
    'engine-and-adapters',
    '^saga-worker/(engine|adapters)/',
    ['^saga-worker/(engine|adapters|generated)/', '^kernel/'],
    'the engine knows no saga by name',
  ),
  mayImport(
    'saga-worker',
    String.raw`^saga-worker/[^/]+\.ts`,
    ['^saga-worker/', '^kernel/', String.raw`^subgraphs/[^/]+/events\.ts`],
    'the worker knows the domains by their events and their contracts alone',
  ),
  mayImport('german-payroll', '^german-payroll/', ['^german-payroll/'], 'a library of its own'),
  mayImport(
    'stack',
    '^stack/',
    ['^stack/', '^kernel/', String.raw`^(gateway|saga-worker|subgraphs/[^/]+)/(main|relay|generate)\.ts`],
    'the stack starts packages and knows nothing of their insides',
  ),
  mayImport(
    'demo-e2e-bench',
    '^(demo|e2e|bench)/',
    [
      '^(demo|e2e|bench)/',
      '^stack/',
      '^kernel/',
      '^german-payroll/',
      String.raw`^(gateway|saga-worker|subgraphs/[^/]+)/(main|relay|events)\.ts`,
      // The saga worker's public exports: how a process is defined, and where its state is kept.
      String.raw`^saga-worker/engine/(saga|store)\.ts`,
    ],
    'they use what a user or an operator uses',
  ),
]

const rules = [
  ...rows,
  ...kernelRows,
  mayNotImport(
    'no-cycles',
    {},
    { circular: true },
    'code that imports itself in a circle cannot be understood, tested or moved alone; types count',
  ),
  mayNotImport(
    'tests-stay-in-their-package',
    { path: String.raw`^((subgraphs/)?[^/]+)/.*\.test\.ts$`, pathNot: '^(stack|e2e|bench)/' },
    { path: OURS, pathNot: ['^$1/', '^kernel/', '^stack/', String.raw`^subgraphs/[^/]+/events\.ts`] },
    'a test beside the code tests that code',
  ),
  mayNotImport(
    'no-test-code-in-programs',
    { pathNot: [TEST, '^e2e/'] },
    { path: TEST, pathNot: '^node_modules/' },
    'what runs in production does not load what tests it',
  ),
  mayNotImport(
    'decisions-and-sagas-take-pure-libraries-only',
    { path: '^(subgraphs/[^/]+/(domain|commands|ledger)|saga-worker/sagas)/', pathNot: TEST },
    { path: '^node_modules/', pathNot: '^node_modules/(.pnpm/)?(zod|ibantools|jsvat)[@/]' },
    'no I/O hides in a library',
  ),
  mayNotImport(
    'decisions-and-sagas-do-no-io',
    { path: '^(subgraphs/[^/]+/(domain|commands|ledger)|saga-worker/sagas)/', pathNot: TEST },
    { dependencyTypes: ['core'], pathNot: '^(node:)?(assert|util)$' },
    'what a decision needs is passed in',
  ),
  mayNotImport(
    'decisions-know-rows-as-types-only',
    { path: '^subgraphs/[^/]+/domain/', pathNot: TEST },
    { path: '^subgraphs/[^/]+/generated/', dependencyTypesNot: ['type-only'] },
    'a decision takes rows, it does not load them',
  ),
  mayNotImport(
    'no-database-at-the-door',
    { path: '^gateway/' },
    { path: '^node_modules/(.pnpm/)?(@types[+/])?(pg[@/]|@prisma[+/])' },
    'the gateway has no database',
  ),
  mayNotImport(
    'resolvable',
    { pathNot: '/generated/' },
    { couldNotResolve: true },
    'an import that leads nowhere fails when it is run',
  ),
]

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: rules,
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6'],
    doNotFollow: { path: ['node_modules', '/generated/prisma/'] },
    // A bench's peers are installed in its own folder, when it is run.
    exclude: { path: ['^[.]data/', '^bench/[^/]+-peers/'] },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
    skipAnalysisNotInRules: true,
  },
}
