export { type Connection, connection, isId, type PageArguments } from './connection.ts'
export type { Check, Context, EntityLoader, Resolver, SubgraphDefinition } from './definition.ts'
export { type Keyset, keyset, type SortKey } from './keyset.ts'
export { startSubgraph } from './start.ts'
