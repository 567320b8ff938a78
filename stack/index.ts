export type { DatabaseUrls, RoleKind } from './databases.ts'
export type { TokenClaims, TokenWish } from './issuer.ts'
export { type Person, personOf, type Role, roles, type TenantName, tenants } from './people.ts'
export { type Platform, type PlatformOptions, startPlatform } from './platform.ts'
