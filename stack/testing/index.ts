export { type TestDatabase, testDatabase } from './database.ts'
export { type Caller, type GraphQLAnswer, newKey, publicOf, type TestSubgraph, testSubgraph } from './subgraph.ts'
