export { bearerToken, type Headers, type Identity, type OnBehalfOf, unauthenticated } from './identity.ts'
export { internalTokenSigner, internalTokenVerifier, type Service } from './internalToken.ts'
export { jwsSigner, jwsVerifier } from './jws.ts'
export { type UserClaims, userTokenVerifier } from './userToken.ts'
