import { embeddedBus } from '@steinmetz/kernel/bus'
import { postgresUrl } from '@steinmetz/kernel/config'
import type { Context, SubgraphDefinition } from '@steinmetz/kernel/subgraph'
import type { QueryAuditRecordArgs } from './generated/graphql.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { auditRecorded, keepAuditRecord, whyUndigested } from './projections/auditTrail.ts'
import { auditRecords, historyLengths, historyOf, historyPages } from './queries/auditRecords.ts'

/** Compliance: keeps every domain's audit records, and finds them. */
export const compliance: SubgraphDefinition<PrismaClient> = {
  name: 'compliance',
  schema: new URL('./schema.graphql', import.meta.url),
  createClient: (options) => new PrismaClient(options),
  personal: {},

  commands: [],

  queries: {
    auditRecord: (_: unknown, { id }: QueryAuditRecordArgs, context: Context) => context.load('AuditRecord', id),
    auditRecords,
  },

  entities: {
    AuditRecord: (client, ids) => client.auditRecord.findMany({ where: { id: { in: ids } } }),
  },
  batches: { historyLengths, historyPages },
  fields: { Employee: { history: historyOf } },

  extension: {
    settings: { BUS_DATABASE_URL: postgresUrl },
    start({ settings, database, log, metrics, tracing }) {
      const bus = embeddedBus(String(settings.BUS_DATABASE_URL))
      const trail = bus.consume({
        consumer: 'compliance.auditTrail',
        types: [auditRecorded],
        metrics,
        tracing,
        handle: keepAuditRecord(database),
        setAside: whyUndigested,
        onError: (err, message) =>
          log.error({ err, eventId: message?.id, alert: 'audit-record-not-kept' }, 'cannot keep an audit record yet'),
      })
      return {
        tools: undefined,
        checks: [{ name: 'bus', required: false, check: trail.check }],
        stop: () => bus.close(),
      }
    },
  },
}
