export { type TestDatabase, testDatabase } from './database.ts'
export { argumentsOf, idsNamed, withIds } from './rubbish.ts'
export { selectionOf } from './selection.ts'
export { type Caller, type GraphQLAnswer, newKey, publicOf, type TestSubgraph, testSubgraph } from './subgraph.ts'
