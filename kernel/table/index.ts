export type { Columns } from './columns.ts'
export { amountCents, date, hours, line, optional, type Read, required } from './fields.ts'
export { type Entry, readTable, tableReader } from './reader.ts'
