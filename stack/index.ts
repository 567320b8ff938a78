export {
  asSuperuser,
  type DatabaseSpec,
  type DatabaseUrls,
  databases,
  prepareDatabases,
  type RoleKind,
  setPrivileges,
} from './databases.ts'
export { claimFolder, type DataFolder } from './folder.ts'
export type { TokenClaims, TokenWish } from './issuer.ts'
export { type Keys, openKeys } from './keys.ts'
export { type Person, personOf, type Role, roles, type TenantName, tenants } from './people.ts'
export { type Platform, type PlatformOptions, startPlatform } from './platform.ts'
export { type Postgres, startPostgres } from './postgres.ts'
export { provideRedis } from './redis.ts'
export { watchOver } from './watchdog.ts'
