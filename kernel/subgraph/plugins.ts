import type { ApolloServerPlugin } from '@apollo/server'
import { Kind, type OperationDefinitionNode } from 'graphql'
import type { Metrics } from '../telemetry/index.ts'
import type { RequestContext } from './context.ts'
import { requestDuration } from './metrics.ts'

/** Says by a header, beside the data, that every mutation of the request was answered from store. */
export function announceReplay<Client>(): ApolloServerPlugin<RequestContext<Client>> {
  return {
    requestDidStart: async () => ({
      async willSendResponse({ contextValue, response }) {
        if (contextValue.replayed()) response.http.headers.set('idempotent-replayed', 'true')
      },
    }),
  }
}

/** Measures how long each request took. */
export function measureRequests<Client>(metrics: Metrics): ApolloServerPlugin<RequestContext<Client>> {
  return {
    async requestDidStart() {
      const from = performance.now()
      return {
        async willSendResponse({ operation, errors }) {
          const outcome = errors && errors.length > 0 ? 'error' : 'ok'
          const seconds = (performance.now() - from) / 1_000
          metrics.observe(requestDuration, { operation: firstField(operation), outcome }, seconds)
        },
      }
    },
  }
}

// The operation is valid by then, so that its fields are the schema's: few, and not of the client's making.
function firstField(operation: OperationDefinitionNode | undefined): string {
  const [first] = operation?.selectionSet.selections ?? []
  if (!first) return 'invalid'
  return first.kind === Kind.FIELD ? first.name.value : 'fragment'
}
