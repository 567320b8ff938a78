import { internalTokenSigner } from '@steinmetz/kernel/auth'
import type { Check } from '@steinmetz/kernel/health'
import type { Log, Metrics, Tracing } from '@steinmetz/kernel/telemetry'
import { z } from 'zod'
import { mailOutbox } from './adapters/mail/mailOutbox.ts'
import { outsideSystems } from './adapters/outsideSystems.ts'
import type { Config } from './config.ts'
import type { Send } from './engine/command.ts'
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

const mailSchema = z.object({ to: z.string(), from: z.string(), subject: z.string(), text: z.string() })

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
    sign: ({ tenantId, onBehalfOf }) => signer.sign({ tenantId, scopes, onBehalfOf }),
    connections: config.CONCURRENCY,
  })
  const outside = outsideSystems({ urls: config.OUTSIDE_URLS, log, metrics })
  const mail = mailOutbox({
    ...{ folder: config.MAIL_FOLDER, now, log },
    compose: async (envelope, invoiceId) => {
      const answer = await sender.ask(envelope, 'billing', invoiceMail, { invoiceId })
      return mailSchema.nullable().parse(answer.invoiceMail)
    },
  })
  const adapters = [outside, mail]
  const routeOf = (name: string) => adapters.find((adapter) => adapter.knows(name)) ?? sender
  return {
    // One span a sending: attempts of a step are seen side by side in the trace of whoever began the saga.
    send: (envelope) => {
      const { subgraph, mutation } = envelope.command
      const span = { kind: 'client', parent: envelope.traceparent } as const
      return tracing.span(`send ${mutation}`, span, (traceparent) =>
        routeOf(subgraph).send({ ...envelope, traceparent }),
      )
    },
    checks: adapters.flatMap(({ checks }) => checks),
    close: async () => void (await Promise.all([sender.close(), outside.close()])),
  }
}
