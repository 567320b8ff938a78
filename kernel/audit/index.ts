export { type Change, change, type Snapshot, view } from './change.ts'
export { type PersonalData, type PersonalFields, personalData } from './personal.ts'
