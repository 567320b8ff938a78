export { type Changeset, type Parameters, readChangelog } from './changelog.ts'
export { type Migration, migrate, preview, rollback } from './run.ts'
