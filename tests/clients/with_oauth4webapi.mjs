// npm's oauth4webapi against the issuer at the address in the first argument; see run.sh.
import * as oauth from 'oauth4webapi'

import { LOOPBACK, MACHINE, REDIRECT, WEB, api, check, consent, issuer, run, same, signerKey, throws, words } from './checks.mjs'

// Plain HTTP, on loopback.
const plain = { [oauth.allowInsecureRequests]: true }

const metadataOf = async (algorithm) => {
  const answer = await oauth.discoveryRequest(new URL(issuer), { algorithm, ...plain })
  return oauth.processDiscoveryResponse(new URL(issuer), answer)
}
const as = await metadataOf('oauth2')

const machine = { client_id: MACHINE.id }
const web = { client_id: WEB.id }
const spa = { client_id: 'spa' }
const asMachine = oauth.ClientSecretBasic(MACHINE.secret)
const asWeb = oauth.ClientSecretBasic(WEB.secret)

async function ask(client, authentication, parameters = {}) {
  const answer = await oauth.clientCredentialsGrantRequest(as, client, authentication, parameters, plain)
  return oauth.processClientCredentialsResponse(as, client, answer)
}

async function refreshed(client, authentication, token, parameters = {}) {
  const options = { additionalParameters: parameters, ...plain }
  const answer = await oauth.refreshTokenGrantRequest(as, client, authentication, token, options)
  return oauth.processRefreshTokenResponse(as, client, answer)
}

async function introspect(token) {
  const answer = await oauth.introspectionRequest(as, web, asWeb, token, plain)
  return oauth.processIntrospectionResponse(as, web, answer)
}

async function revoke(client, authentication, token) {
  return oauth.processRevocationResponse(await oauth.revocationRequest(as, client, authentication, token, plain))
}

/** Sends the browser off. Returns the redirect with the code, and what it must fit. */
async function signIn(client, { redirectUri = REDIRECT, scope = 'alpha beta' } = {}) {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(as.authorization_endpoint)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  return { location: await consent(url), verifier, state, redirectUri }
}

async function redeem(client, authentication, { location, verifier, state, redirectUri }) {
  const parameters = oauth.validateAuthResponse(as, client, location, state)
  const answer = await oauth.authorizationCodeGrantRequest(
    as, client, authentication, parameters, redirectUri, verifier, plain,
  )
  return oauth.processAuthorizationCodeResponse(as, client, answer)
}

const tokens = async (client, authentication, how) => redeem(client, authentication, await signIn(client, how))

const says = (error, status = 400) => (thrown) =>
  thrown instanceof oauth.ResponseBodyError && thrown.error === error && thrown.status === status
const challenges = (scheme, parameters = {}) => (thrown) =>
  thrown instanceof oauth.WWWAuthenticateChallengeError &&
  thrown.cause.length === 1 &&
  thrown.cause[0].scheme === scheme &&
  Object.entries(parameters).every(([name, value]) => thrown.cause[0].parameters[name] === value)

async function metadata() {
  same('metadata: both documents say the same', await metadataOf('oidc'), as)
  same('metadata: the issuer', as.issuer, issuer)
  same('metadata: codes only', as.response_types_supported, ['code'])
  same('metadata: PKCE is S256 only', as.code_challenge_methods_supported, ['S256'])
  check('metadata: no password, no implicit', as.grant_types_supported.every((grant) => grant !== 'password' && grant !== 'implicit'), as)
  for (const way of ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none']) {
    check(`metadata: ${way}`, as.token_endpoint_auth_methods_supported.includes(way), as)
  }
}

/** The API's side in another library: key set, signature and profile (RFC 9068). */
async function signedTokens() {
  const token = await ask(machine, asMachine, { scope: 'alpha' })
  const judge = (text, audience = process.env.AUDIENCE) => {
    const request = new Request(`${issuer}/alpha`, { headers: { authorization: `Bearer ${text}` } })
    return oauth.validateJwtAccessToken(as, request, audience, plain)
  }
  const claims = await judge(token.access_token)
  same('RFC 9068: client, scope', [claims.client_id, claims.scope], ['m2m', 'alpha'])
  check('RFC 9068: jti', typeof claims.jti === 'string' && claims.jti.length > 10, claims)
  const elsewhere = (thrown) => thrown instanceof oauth.OperationProcessingError
  await throws('RFC 9068: not for another API', () => judge(token.access_token, 'https://other.example'), elsewhere)
  const person = await judge((await tokens(web, asWeb)).access_token)
  same('RFC 9068: subject', person.sub, 'user-1')
}

async function clientCredentials() {
  const ways = { basic: asMachine, post: oauth.ClientSecretPost(MACHINE.secret) }
  for (const [name, authentication] of Object.entries(ways)) {
    const token = await ask(machine, authentication)
    same(`${name}: the type is Bearer`, token.token_type, 'bearer')
    check(`${name}: it says for how long`, token.expires_in > 0, token)
    const route = new URL('/alpha', issuer)
    const use = (text) => oauth.protectedResourceRequest(text, 'GET', route, undefined, undefined, plain)
    same(`${name}: it opens /alpha`, (await use(token.access_token)).status, 200)
    const narrow = await ask(machine, authentication, { scope: 'beta' })
    same(`${name}: a narrower scope`, narrow.scope ?? 'beta', 'beta')
    const insufficient = challenges('bearer', { error: 'insufficient_scope', scope: 'alpha' })
    await throws(`${name}: that does not open /alpha`, () => use(narrow.access_token), insufficient)
  }
}

async function privateKeyJwt() {
  const signer = { client_id: 'signer' }
  const key = await signerKey()
  const token = await ask(signer, oauth.PrivateKeyJwt({ key, kid: 'signer-1' }), { scope: 'alpha' })
  same('private_key_jwt: it opens /alpha', await api('/alpha', token.access_token), 200)
  let jti
  const remember = (_, claims) => { claims.jti = jti ??= claims.jti }
  const again = oauth.PrivateKeyJwt(key, { [oauth.modifyAssertion]: remember })
  await ask(signer, again)
  const refused = (thrown) => says('invalid_client', 400)(thrown) || says('invalid_client', 401)(thrown)
  await throws('private_key_jwt: an assertion with a used jti', () => ask(signer, again), refused)
  const secret = oauth.ClientSecretPost('wrong-secret-0123456789')
  await throws('private_key_jwt: a secret instead', () => ask(signer, secret), says('invalid_client'))
}

async function refusals() {
  const wrong = 'wrong-secret-0123456789'
  const nobody = { client_id: 'nobody' }
  await throws('basic: wrong secret', () => ask(machine, oauth.ClientSecretBasic(wrong)), challenges('basic'))
  await throws('basic: unknown client', () => ask(nobody, oauth.ClientSecretBasic(wrong)), challenges('basic'))
  await throws('post: wrong secret', () => ask(machine, oauth.ClientSecretPost(wrong)), says('invalid_client'))
  await throws('post: unknown client', () => ask(nobody, oauth.ClientSecretPost(wrong)), says('invalid_client'))
  await throws('no authentication', () => ask(machine, oauth.None()), says('invalid_client'))
  await throws('unknown scope', () => ask(machine, asMachine, { scope: 'alpha gamma' }), says('invalid_scope'))
  await throws('a scope that the client may not have', () => ask(machine, asMachine, { scope: 'api' }), says('invalid_scope'))
  await throws('a grant that the client may not use', () => ask(web, asWeb), says('unauthorized_client'))
  const twice = [['scope', 'alpha'], ['scope', 'beta']]
  await throws('a repeated parameter', () => ask(machine, asMachine, twice), says('invalid_request'))
}

async function authorizationCode() {
  const ways = { basic: asWeb, post: oauth.ClientSecretPost(WEB.secret) }
  for (const [name, authentication] of Object.entries(ways)) {
    const answer = await signIn(web)
    same(`${name}: the answer names the issuer`, answer.location.searchParams.get('iss'), issuer)
    const stranger = new URL(answer.location)
    stranger.searchParams.delete('iss')
    const unnamed = (thrown) => thrown instanceof oauth.OperationProcessingError
    await throws(`${name}: an answer of nobody`, () => redeem(web, authentication, { ...answer, location: stranger }), unnamed)
    const token = await redeem(web, authentication, answer)
    same(`${name}: the scopes`, words(token.scope ?? 'alpha beta'), ['alpha', 'beta'])
    same(`${name}: it opens /alpha`, await api('/alpha', token.access_token), 200)
    await throws(`${name}: the code again`, () => redeem(web, authentication, answer), says('invalid_grant'))
    same(`${name}: then its access token is dead`, await introspect(token.access_token), { active: false })
    await throws(`${name}: and its refresh token`, () => refreshed(web, authentication, token.refresh_token), says('invalid_grant'))
  }
  const answer = await signIn(web)
  const verifier = oauth.generateRandomCodeVerifier()
  await throws('another verifier', () => redeem(web, asWeb, { ...answer, verifier }), says('invalid_grant'))
  const another = await signIn(web)
  const redirectUri = `${REDIRECT}/other`
  await throws('another redirect address', () => redeem(web, asWeb, { ...another, redirectUri }), says('invalid_grant'))
  const toldByRedirect = (thrown) =>
    thrown instanceof oauth.AuthorizationResponseError && thrown.error === 'invalid_scope'
  const denied = await signIn(web, { scope: 'gamma' })
  await throws('an unknown scope is told by redirect', () => redeem(web, asWeb, denied), toldByRedirect)
}

async function refresh() {
  const first = await tokens(web, asWeb)
  const second = await refreshed(web, asWeb, first.refresh_token)
  check('refresh: another access token', second.access_token !== first.access_token)
  check('refresh: another refresh token', Boolean(second.refresh_token) && second.refresh_token !== first.refresh_token)
  const third = await refreshed(web, asWeb, second.refresh_token, { scope: 'beta' })
  same('refresh: a narrower scope', third.scope ?? 'beta', 'beta')
  same('refresh: that does not open /alpha', await api('/alpha', third.access_token), 403)
  const wider = () => refreshed(web, asWeb, third.refresh_token, { scope: 'alpha beta api' })
  await throws('refresh: a wider scope', wider, says('invalid_scope'))
  const other = () => refreshed(spa, oauth.None(), third.refresh_token)
  await throws('refresh: by another client', other, says('invalid_grant'))
  await throws('refresh: a used token', () => refreshed(web, asWeb, first.refresh_token), says('invalid_grant'))
  const newest = () => refreshed(web, asWeb, third.refresh_token)
  await throws('refresh: that ends the newest, too', newest, says('invalid_grant'))
  same('refresh: and the access token', await introspect(third.access_token), { active: false })
}

async function introspectionAndRevocation() {
  const token = await tokens(web, asWeb)
  const found = await introspect(token.access_token)
  const seen = [found.active, found.client_id, found.sub, found.iss]
  same('introspection of an access token', seen, [true, 'web', 'user-1', issuer])
  same('introspection of an unknown token', await introspect('unknown'), { active: false })
  await revoke(web, asWeb, 'unknown')
  check('revocation of an unknown token', true)
  await revoke(web, asWeb, token.access_token)
  same('revocation: an access token is dead', await introspect(token.access_token), { active: false })
  same('revocation: for the API, too', await api('/alpha', token.access_token), 401)
  const next = await refreshed(web, asWeb, token.refresh_token)
  await revoke(web, asWeb, next.refresh_token)
  await throws('revocation: a refresh token is dead', () => refreshed(web, asWeb, next.refresh_token), says('invalid_grant'))
  same('revocation: and its access token', await introspect(next.access_token), { active: false })
  const wrong = oauth.ClientSecretBasic('wrong-secret-0123456789')
  await throws('revocation: wrong secret', () => revoke(web, wrong, 'unknown'), challenges('basic'))
}

async function publicClient() {
  const how = { redirectUri: LOOPBACK, scope: 'alpha' }
  const none = oauth.None()
  const answer = await signIn(spa, how)
  check('public: the code goes to the port that was asked for', answer.location.href.startsWith(`${LOOPBACK}?`), answer.location)
  const token = await redeem(spa, none, answer)
  same('public: it opens /alpha', await api('/alpha', token.access_token), 200)
  const second = await refreshed(spa, none, token.refresh_token)
  check('public: refresh rotates', second.refresh_token !== token.refresh_token)
  await throws('public: a used refresh token', () => refreshed(spa, none, token.refresh_token), says('invalid_grant'))
  await throws('public: that ends the newest, too', () => refreshed(spa, none, second.refresh_token), says('invalid_grant'))
  const third = await tokens(spa, none, how)
  await revoke(spa, none, third.refresh_token)
  await throws('public: a revoked one is dead', () => refreshed(spa, none, third.refresh_token), says('invalid_grant'))
}

await run([
  metadata,
  signedTokens,
  clientCredentials,
  privateKeyJwt,
  refusals,
  authorizationCode,
  refresh,
  introspectionAndRevocation,
  publicClient,
])
