import type { VerifyApproval } from '../attestation/index.ts'
import type { PersonalData } from '../audit/index.ts'
import type { Identity } from '../auth/index.ts'
import { assertCommitted, type Database, inOneWrite, type Lent, sqlState } from '../database/index.ts'
import { Conflict, conflict, Refusal, refuse, SteinmetzError } from '../errors/index.ts'
import { type Claim, claim, entomb, requestHash, type StoredAnswer } from '../idempotency/index.ts'
import type { AnyCommand, AnyOutcome, CommandContext } from './definition.ts'
import { unstorable } from './text.ts'

export type CommandRequest = {
  readonly identity: Identity
  readonly idempotencyKey: string
  readonly input: object
  /** For a compensation: the idempotency key of the command it undoes. */
  readonly forwardKey?: string | undefined
  readonly traceparent: string | null
}

export type CommandAnswer = { readonly answer: StoredAnswer; readonly replayed: boolean }

export type RunnerOptions<Client, Tools> = {
  readonly tools: Tools
  readonly database: Database<Client>
  readonly personal: PersonalData
  readonly verifyApproval: VerifyApproval
  readonly now: () => Date
  readonly newId: () => string
  /** Told how each command ended. */
  readonly onOutcome?: (command: string, outcome: CommandOutcome) => void
}

export type CommandOutcome = 'done' | 'refused' | 'replayed' | SteinmetzError['kind']

export type CommandRunner<Client, Tools> = (
  command: AnyCommand<Client, Tools>,
  request: CommandRequest,
) => Promise<CommandAnswer>

const sagaAttempts = 3
const keyPattern = /^[^\p{Cc}\p{Cs}]{1,200}$/u

/**
 * Runs commands against one domain's database, each as one transaction:
 *
 *   1  BEGIN; kernel.claim     the tenant is set, and the key claimed or its stored answer read
 *   2  load, decide, save      the command's own queries, the save guarded by version
 *   3  kernel.finish; COMMIT   audit, outbox and answer
 *
 * A replay gives the stored answer, a refusal included. A refusal undoes what was saved before it and is
 * stored. A conflict or a fault leaves no trace, so that the key may be sent again.
 */
export function commandRunner<Client, Tools>(options: RunnerOptions<Client, Tools>): CommandRunner<Client, Tools> {
  const inFlight = new Map<string, Promise<CommandAnswer>>()

  const told: CommandRunner<Client, Tools> = async (command, request) => {
    try {
      const { answer, replayed } = await run(command, request)
      const outcome = replayed ? 'replayed' : 'refusal' in answer ? 'refused' : 'done'
      options.onOutcome?.(command.name, outcome)
      return { answer, replayed }
    } catch (error) {
      options.onOutcome?.(command.name, error instanceof SteinmetzError ? error.kind : 'bug')
      throw error
    }
  }
  return told

  async function run(command: AnyCommand<Client, Tools>, request: CommandRequest): Promise<CommandAnswer> {
    const { identity, idempotencyKey, input, forwardKey } = request
    const invalid = checkInput(command, request)
    if (invalid) return { answer: asAnswer(invalid), replayed: false }

    const hash = requestHash({ input, forwardKey })
    const actor = identity.service === 'gateway' ? identity.account : `service:${identity.service}`
    const claimed = {
      tenantId: identity.tenantId,
      actor,
      operation: command.name,
      key: idempotencyKey,
      requestHash: hash,
    }

    // Twins in this process share one execution instead of each holding a connection while they wait;
    // as many twins as the pool is wide would starve every other command.
    const twin = JSON.stringify([identity.tenantId, actor, command.name, idempotencyKey, hash.toString('base64')])
    const running = inFlight.get(twin)
    if (running) return { ...(await running), replayed: true }
    const answering = attempt(options, command, request, claimed).finally(() => inFlight.delete(twin))
    inFlight.set(twin, answering)
    return answering
  }
}

/** A saga has no one to reread for it: its command is run again when it lost a race. */
async function attempt<Client, Tools>(
  options: RunnerOptions<Client, Tools>,
  command: AnyCommand<Client, Tools>,
  request: CommandRequest,
  claimed: Claim,
): Promise<CommandAnswer> {
  const attempts = request.identity.service === 'gateway' ? 1 : sagaAttempts
  for (let nth = 1; ; nth++) {
    try {
      return await options.database.lend((lent) => answerOn(lent, options, command, request, claimed))
    } catch (error) {
      const lostRace = error instanceof Conflict && error.code !== 'KEY_REUSED'
      if (!lostRace || nth === attempts) throw error
    }
  }
}

async function answerOn<Client, Tools>(
  lent: Lent<Client>,
  options: RunnerOptions<Client, Tools>,
  command: AnyCommand<Client, Tools>,
  request: CommandRequest,
  claimed: Claim,
): Promise<CommandAnswer> {
  const stored = await claim(lent.connection, claimed)
  if (stored) return { answer: stored, replayed: true }
  try {
    const context = await contextFor(lent, options, command, request, claimed)
    const outcome = await command.execute(request.input as never, context).catch(asConflict)
    return { answer: await finish(lent, options, request, claimed, outcome), replayed: false }
  } catch (refusal) {
    if (!(refusal instanceof Refusal)) throw refusal
    // What was saved before the refusal is undone, and the refusal kept. A twin may claim the key between
    // the two transactions: then its answer is ours.
    await lent.connection.query('ROLLBACK')
    const twins = await claim(lent.connection, claimed)
    if (twins) return { answer: twins, replayed: true }
    if (command.compensates) await entombForward(lent, command, request, claimed)
    return { answer: await finish(lent, options, request, claimed, refusal), replayed: false }
  }
}

async function contextFor<Client, Tools>(
  lent: Lent<Client>,
  { now, newId, verifyApproval, tools }: RunnerOptions<Client, Tools>,
  command: AnyCommand<Client, Tools>,
  request: CommandRequest,
  claimed: Claim,
): Promise<CommandContext<Client, Tools>> {
  const { identity } = request
  const at = now()
  return {
    tx: lent.client,
    tools,
    now: at,
    identity,
    newId,
    verifyApproval: (attestation, expected) =>
      verifyApproval(attestation, { ...expected, tenantId: identity.tenantId, now: at }),
    forwardDone: command.compensates ? await entombForward(lent, command, request, claimed) : false,
  }
}

const entombForward = <Client, Tools>(
  { connection }: Lent<Client>,
  { compensates = '' }: AnyCommand<Client, Tools>,
  { forwardKey = '' }: CommandRequest,
  { actor }: Claim,
) => entomb(connection, actor, compensates, forwardKey)

/** Writes what happened and commits. Gives the answer as stored, so that a replay reads the same. */
async function finish<Client, Tools>(
  { connection }: Lent<Client>,
  { personal }: RunnerOptions<Client, Tools>,
  { identity, traceparent }: CommandRequest,
  { actor, operation, key }: Claim,
  outcome: AnyOutcome | Refusal,
): Promise<StoredAnswer> {
  const refused = outcome instanceof Refusal
  const answer = JSON.stringify(refused ? asAnswer(outcome) : { payload: storedPayload(outcome.payload) })
  const changes = refused ? [] : await personal.seal(connection, outcome.changes)
  const events = refused ? [] : (outcome.events ?? [])
  const { service, person, account, session, address, requestId } = identity
  const context = { command: operation, service, person, account, session, address, requestId }
  const [, committed] = await inOneWrite(connection, () => [
    connection.query({
      name: 'kernel.finish',
      text: 'select kernel.finish($1, $2, $3, $4, $5, $6, $7, $8)',
      values: [actor, operation, key, asJson(context), traceparent, asJson(changes), asJson(events), answer],
    }),
    connection.query('COMMIT'),
  ])
  assertCommitted(committed)
  return JSON.parse(answer)
}

/** Rows become references: what is stored is who and which version, never what a person is called. */
function storedPayload(payload: object): Record<string, unknown> {
  const stored = Object.entries(payload).map(([field, value]) => {
    const isRow = typeof value === 'object' && value !== null && 'id' in value
    return [field, isRow ? { id: value.id, version: (value as { version?: number }).version } : value]
  })
  return Object.fromEntries(stored)
}

/** What the database cannot hold and what the command's own check refuses, told before the key is claimed. */
function checkInput<Client, Tools>(
  command: AnyCommand<Client, Tools>,
  { idempotencyKey, input, forwardKey }: CommandRequest,
): Refusal | undefined {
  if (!keyPattern.test(idempotencyKey))
    return refuse('INVALID_INPUT', 'idempotencyKey: give 1 to 200 characters, no control characters among them')
  if (command.compensates && !keyPattern.test(forwardKey ?? ''))
    return refuse('INVALID_INPUT', 'forwardKey: give the idempotency key of the command that is undone')
  const text = unstorable(input, 'input')
  if (text) return refuse('INVALID_INPUT', text.replace(/^input\./, ''))
  const checked = command.check?.safeParse(input)
  if (!checked || checked.success) return undefined
  const mistakes = checked.error.issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`)
  return refuse('INVALID_INPUT', mistakes.join('; '))
}

function asAnswer({ code, message, facts }: Refusal): StoredAnswer {
  return { refusal: { code, message, facts } }
}

/** A unique index that two requests met at once: the loser rereads, and finds what the winner wrote. */
function asConflict(error: unknown): never {
  const uniqueViolation = (error as { code?: unknown }).code === 'P2002' || sqlState(error) === '23505'
  if (!uniqueViolation) throw error
  throw conflict('CONCURRENT_CHANGE', 'the same thing was just created by someone else', {}, { cause: error })
}

const asJson = (value: unknown) =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? part.toString() : part))
