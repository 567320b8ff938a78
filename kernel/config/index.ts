export { developmentKeySuffix } from './development.ts'
export type { Environment } from './environment.ts'
export { ConfigError, readConfig } from './readConfig.ts'
export { type Running, runProcess } from './runProcess.ts'
export {
  base64Key,
  flag,
  host,
  httpUrl,
  json,
  jsonMap,
  logLevel,
  type PrivateJwk,
  type PublicJwk,
  type PublicJwks,
  port,
  postgresUrl,
  privateJwk,
  publicJwks,
  wholeNumber,
} from './settings.ts'
