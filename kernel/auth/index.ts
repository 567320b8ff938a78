export { bearerToken, type Headers, type Identity, type OnBehalfOf } from './identity.ts'
export { internalTokenSigner, internalTokenVerifier } from './internalToken.ts'
export { jwsSigner, jwsVerifier } from './jws.ts'
export { type UserClaims, userTokenVerifier } from './userToken.ts'
