import { cacheOfTokens, internalTokenSigner } from '@steinmetz/kernel/auth'
import type { Check } from '@steinmetz/kernel/health'
import type { Log, Metrics, Tracing } from '@steinmetz/kernel/telemetry'
import { httpGateways } from './adapters/httpGateways.ts'
import { type MailOutboxOptions, mailOutbox } from './adapters/mail/mailOutbox.ts'
import { mailSchema } from './adapters/mail/message.ts'
import { outsideSystems } from './adapters/outsideSystems.ts'
import type { Config } from './config.ts'
import type { AnyCommand, Envelope, Send } from './engine/command.ts'
import { createSender } from './engine/send.ts'
import { documents } from './generated/commands.ts'

export type Sending = {
  readonly send: Send
  /** One for each system outside. */
  readonly checks: readonly Check[]
  close(): Promise<void>
}

/** Mutations that can be sent: the document of each, and the scopes by which they are. */
export type Commands = { readonly documents: Readonly<Record<string, string>>; readonly scopes: readonly string[] }

/** What the sagas may do, and nothing besides: subgraphs give these scopes to no user. */
export const commands: Commands = {
  documents,
  scopes: [
    ...['hr:activate', 'hr:onboard', 'hr:withdraw', 'payroll:accounts', 'approvals:request'],
    ...['billing:issue', 'billing:deliver'],
  ],
}

const invoiceMail = 'query ($invoiceId: ID!) { invoiceMail(invoiceId: $invoiceId) { to from subject text } }'

// A token lives 60 s. Used for 20, it has 40 left wherever it arrives, and a subgraph, which remembers what it has
// verified, sees one token for all steps of a saga.
const reusedForSeconds = 20
const remembered = 1_000

/** Signs a token for a command, or gives once more the one of a command before for the same person. */
function tokensOf(
  signer: ReturnType<typeof internalTokenSigner>,
  scopes: readonly string[],
  now: () => Date,
): (envelope: Envelope) => string {
  const tokens = cacheOfTokens<{ token: string; signedAt: number }>({ size: remembered })
  return ({ tenantId, onBehalfOf }) => {
    const { person, account, session, address } = onBehalfOf
    const caller = JSON.stringify([tenantId, person, account, session, address])
    const seconds = now().getTime() / 1_000
    const known = tokens.get(caller, seconds)
    // When the database's clock is put back, what was signed before is not valid for as long as it was wrong.
    if (known && known.signedAt <= seconds) return known.token
    const token = signer.sign({ tenantId, scopes, onBehalfOf })
    tokens.set(caller, { token, signedAt: seconds }, seconds + reusedForSeconds)
    return token
  }
}

export type SendingOptions = {
  readonly service: 'saga-worker'
  readonly log: Log
  readonly metrics: Metrics
  readonly tracing: Tracing
  /** The time by which tokens are signed. */
  readonly now: () => Date
  readonly commands: Commands
}

/** Where commands go: to the subgraph they name, or by an adapter to a system outside. */
export function openSending(
  config: Config,
  { service, log, metrics, tracing, now, commands: { documents, scopes } }: SendingOptions,
): Sending {
  const signer = internalTokenSigner({ key: config.INTERNAL_SIGNING_KEY, service, now })
  const sender = createSender({
    urls: config.SUBGRAPH_URLS,
    documents,
    sign: tokensOf(signer, scopes, now),
    connections: config.CONCURRENCY,
  })
  const compose: MailOutboxOptions['compose'] = async (envelope, invoiceId) => {
    const answer = await sender.ask(envelope, 'billing', invoiceMail, { invoiceId })
    return mailSchema.nullable().parse(answer.invoiceMail)
  }
  const { MAIL_FOLDER: folder, OUTSIDE_URLS, SUBGRAPH_URLS } = config
  const mail = folder === undefined ? [] : [mailOutbox({ folder, compose, now })]
  const outside = outsideSystems([...mail, httpGateways(OUTSIDE_URLS)], { log, metrics })
  // Commands of versions from before `external` do not say that they go outside: no subgraph is called so.
  const goesOutside = ({ outside, subgraph }: AnyCommand) => outside === true || !Object.hasOwn(SUBGRAPH_URLS, subgraph)
  return {
    // One span a sending: attempts of a step are seen side by side in the trace of whoever began the saga.
    send: (envelope) => {
      const route = goesOutside(envelope.command) ? outside : sender
      const span = { kind: 'client', parent: envelope.traceparent } as const
      return tracing.span(`send ${envelope.command.mutation}`, span, (traceparent) =>
        route.send({ ...envelope, traceparent }),
      )
    },
    checks: outside.checks,
    close: async () => void (await Promise.all([sender.close(), outside.close()])),
  }
}
