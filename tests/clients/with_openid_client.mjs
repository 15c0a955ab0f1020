// npm's openid-client against the issuer at the address in the first argument; see run.sh.
import * as client from 'openid-client'

import { LOOPBACK, MACHINE, REDIRECT, WEB, api, check, consent, issuer, run, same, signerKey, throws, words } from './checks.mjs'

/** Finds the issuer and becomes one of its clients. */
function discover(id, authentication, algorithm = 'oauth2') {
  const options = { algorithm, execute: [client.allowInsecureRequests] }
  return client.discovery(new URL(issuer), id, undefined, authentication, options)
}

const machine = (authentication = client.ClientSecretBasic(MACHINE.secret)) => discover(MACHINE.id, authentication)
const web = (authentication = client.ClientSecretBasic(WEB.secret)) => discover(WEB.id, authentication)
const spa = () => discover('spa', client.None())

/** Returns the redirect with the code, and what it must fit. */
async function signIn(config, scope = 'alpha beta', redirectUri = REDIRECT) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri,
    scope,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  })
  return { location: await consent(url), fits: { pkceCodeVerifier, expectedState } }
}

async function tokens(config, ...how) {
  const { location, fits } = await signIn(config, ...how)
  return client.authorizationCodeGrant(config, location, fits)
}

const says = (error, status) => (thrown) =>
  thrown instanceof client.ResponseBodyError && thrown.error === error && thrown.status === status
const challenges = (thrown) =>
  thrown instanceof client.WWWAuthenticateChallengeError &&
  thrown.status === 401 &&
  thrown.cause.length === 1 &&
  thrown.cause[0].scheme === 'basic'
const invalidGrant = says('invalid_grant', 400)

/** The library finds something wrong before it sends anything. */
const stopsItself = (code) => (thrown) => thrown instanceof client.ClientError && thrown.code === code

async function metadata() {
  for (const algorithm of ['oauth2', 'oidc']) {
    const found = (await discover(MACHINE.id, client.None(), algorithm)).serverMetadata()
    same(`discovery (${algorithm}): the issuer`, found.issuer, issuer)
    same(`discovery (${algorithm}): PKCE is S256 only`, found.code_challenge_methods_supported, ['S256'])
    same(`discovery (${algorithm}): PKCE is supported`, found.supportsPKCE(), true)
    same(`discovery (${algorithm}): answers name the issuer`, found.authorization_response_iss_parameter_supported, true)
    for (const name of ['token', 'authorization', 'introspection', 'revocation']) {
      check(`discovery (${algorithm}): ${name}_endpoint`, URL.canParse(found[`${name}_endpoint`]), found)
    }
    const keys = await (await fetch(found.jwks_uri)).json()
    check(`discovery (${algorithm}): keys`, keys.keys.length > 0 && keys.keys.every((key) => !('d' in key)), keys)
  }
  const elsewhere = () =>
    client.discovery(new URL(issuer.replace('127.0.0.1', 'localhost')), MACHINE.id, undefined, undefined, {
      algorithm: 'oauth2',
      execute: [client.allowInsecureRequests],
    })
  await throws('discovery: under another name it is another issuer', elsewhere, (thrown) => thrown instanceof client.ClientError)
}

async function clientCredentials() {
  const ways = {
    basic: client.ClientSecretBasic(MACHINE.secret),
    post: client.ClientSecretPost(MACHINE.secret),
  }
  for (const [name, authentication] of Object.entries(ways)) {
    const config = await machine(authentication)
    const token = await client.clientCredentialsGrant(config)
    same(`${name}: the type is Bearer`, token.token_type, 'bearer')
    check(`${name}: it says for how long`, token.expiresIn() > 0, token)
    same(`${name}: no refresh token`, token.refresh_token, undefined)
    const route = new URL('/alpha', issuer)
    const answer = await client.fetchProtectedResource(config, token.access_token, route, 'GET')
    same(`${name}: it opens /alpha`, answer.status, 200)
    const narrow = await client.clientCredentialsGrant(config, { scope: 'beta' })
    same(`${name}: a narrower scope`, narrow.scope ?? 'beta', 'beta')
    const insufficient = (thrown) =>
      thrown instanceof client.WWWAuthenticateChallengeError &&
      thrown.status === 403 &&
      thrown.cause[0].parameters.error === 'insufficient_scope' &&
      thrown.cause[0].parameters.scope === 'alpha'
    await throws(
      `${name}: that does not open /alpha`,
      () => client.fetchProtectedResource(config, narrow.access_token, route, 'GET'),
      insufficient,
    )
  }
}

async function privateKeyJwt() {
  const key = await signerKey()
  const config = await discover('signer', client.PrivateKeyJwt(key))
  const token = await client.clientCredentialsGrant(config, { scope: 'alpha' })
  same('private_key_jwt: it opens /alpha', await api('/alpha', token.access_token), 200)
  const named = await discover('signer', client.PrivateKeyJwt({ key, kid: 'signer-1' }))
  const again = await client.clientCredentialsGrant(named, { scope: 'alpha' })
  same('private_key_jwt with a kid: it opens /alpha', await api('/alpha', again.access_token), 200)

  const modified = (change) => client.PrivateKeyJwt(key, { [client.modifyAssertion]: (_, claims) => change(claims) })
  const refused = {
    'for somebody else': (claims) => { claims.aud = 'https://other.example' },
    'that has expired': (claims) => { claims.exp = 1 },
    'of another client': (claims) => { claims.iss = claims.sub = 'm2m' },
    'without an end': (claims) => { delete claims.exp },
  }
  for (const [name, change] of Object.entries(refused)) {
    const wrong = await discover('signer', modified(change))
    const isRight = (thrown) =>
      says('invalid_client', 400)(thrown) || says('invalid_client', 401)(thrown) || says('invalid_request', 400)(thrown)
    await throws(`private_key_jwt: an assertion ${name}`, () => client.clientCredentialsGrant(wrong), isRight)
  }
  const other = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
  const stranger = await discover('signer', client.PrivateKeyJwt(other.privateKey))
  const isRight = (thrown) => says('invalid_client', 400)(thrown) || says('invalid_client', 401)(thrown)
  await throws('private_key_jwt: with a key of a stranger', () => client.clientCredentialsGrant(stranger), isRight)
}

async function refusals() {
  const ask = async (config, parameters) => client.clientCredentialsGrant(await config, parameters)
  const wrong = 'wrong-secret-0123456789'
  const nobody = (authentication) => discover('nobody', authentication)
  await throws('basic: wrong secret', () => ask(machine(client.ClientSecretBasic(wrong))), challenges)
  await throws('basic: unknown client', () => ask(nobody(client.ClientSecretBasic(wrong))), challenges)
  const invalidClient = says('invalid_client', 400)
  await throws('post: wrong secret', () => ask(machine(client.ClientSecretPost(wrong))), invalidClient)
  await throws('post: unknown client', () => ask(nobody(client.ClientSecretPost(wrong))), invalidClient)
  const invalidScope = says('invalid_scope', 400)
  await throws('unknown scope', () => ask(machine(), { scope: 'alpha gamma' }), invalidScope)
  await throws('a scope that the client may not have', () => ask(machine(), { scope: 'api' }), invalidScope)
  await throws('a grant that the client may not use', () => ask(web()), says('unauthorized_client', 400))
  const unknown = async () => client.genericGrantRequest(await machine(), 'password', { username: 'a', password: 'b' })
  await throws('a grant that there is not', unknown, says('unsupported_grant_type', 400))
}

async function authorizationCode() {
  const ways = { basic: client.ClientSecretBasic(WEB.secret), post: client.ClientSecretPost(WEB.secret) }
  for (const [name, authentication] of Object.entries(ways)) {
    const config = await web(authentication)
    const { location, fits } = await signIn(config)
    check(`${name}: the code goes where it should`, location.href.startsWith(`${REDIRECT}?`), location.href)
    same(`${name}: the answer names the issuer`, location.searchParams.get('iss'), issuer)
    // The library compares state and iss (RFC 9207 §2.4), and stops when one does not fit.
    const stranger = new URL(location)
    stranger.searchParams.set('iss', 'https://other.example')
    const redeem = (url = location, more = {}) => client.authorizationCodeGrant(config, url, { ...fits, ...more })
    await throws(`${name}: another issuer's answer`, () => redeem(stranger), stopsItself('OAUTH_INVALID_RESPONSE'))
    const state = () => redeem(location, { expectedState: client.randomState() })
    await throws(`${name}: another state`, state, stopsItself('OAUTH_INVALID_RESPONSE'))
    const token = await redeem()
    same(`${name}: the scopes`, words(token.scope ?? 'alpha beta'), ['alpha', 'beta'])
    same(`${name}: it opens /alpha`, await api('/alpha', token.access_token), 200)
    await throws(`${name}: the code again`, () => redeem(), invalidGrant)
    const found = await client.tokenIntrospection(config, token.access_token)
    same(`${name}: then its access token is dead`, found, { active: false })
    const refresh = () => client.refreshTokenGrant(config, token.refresh_token)
    await throws(`${name}: and its refresh token`, refresh, invalidGrant)
  }

  const config = await web()
  const { location, fits } = await signIn(config)
  const verifier = { ...fits, pkceCodeVerifier: client.randomPKCECodeVerifier() }
  await throws('another verifier', () => client.authorizationCodeGrant(config, location, verifier), invalidGrant)
  const denied = await signIn(config, 'gamma')
  const toldByRedirect = (thrown) =>
    thrown instanceof client.AuthorizationResponseError && thrown.error === 'invalid_scope'
  await throws(
    'an unknown scope is told by redirect',
    () => client.authorizationCodeGrant(config, denied.location, denied.fits),
    toldByRedirect,
  )
}

async function refresh() {
  const config = await web()
  const first = await tokens(config)
  const second = await client.refreshTokenGrant(config, first.refresh_token)
  check('refresh: another access token', second.access_token !== first.access_token)
  check('refresh: another refresh token', Boolean(second.refresh_token) && second.refresh_token !== first.refresh_token)
  same('refresh: it opens /alpha', await api('/alpha', second.access_token), 200)
  const third = await client.refreshTokenGrant(config, second.refresh_token, { scope: 'beta' })
  same('refresh: a narrower scope', third.scope ?? 'beta', 'beta')
  same('refresh: that does not open /alpha', await api('/alpha', third.access_token), 403)
  const wider = () => client.refreshTokenGrant(config, third.refresh_token, { scope: 'alpha beta api' })
  await throws('refresh: a wider scope', wider, says('invalid_scope', 400))
  const other = async () => client.refreshTokenGrant(await spa(), third.refresh_token)
  await throws('refresh: by another client', other, invalidGrant)
  await throws('refresh: a used token', () => client.refreshTokenGrant(config, first.refresh_token), invalidGrant)
  const newest = () => client.refreshTokenGrant(config, third.refresh_token)
  await throws('refresh: that ends the newest, too', newest, invalidGrant)
  const found = await client.tokenIntrospection(config, third.access_token)
  same('refresh: and the access token', found, { active: false })
}

async function introspectionAndRevocation() {
  const config = await web()
  const token = await tokens(config)
  const found = await client.tokenIntrospection(config, token.access_token)
  same('introspection: active', found.active, true)
  same('introspection: client, subject, issuer', [found.client_id, found.sub, found.iss], ['web', 'user-1', issuer])
  same('introspection: scopes', words(found.scope ?? ''), ['alpha', 'beta'])
  same('introspection: an unknown token', await client.tokenIntrospection(config, 'unknown'), { active: false })
  const nobody = await web(client.ClientSecretBasic('wrong-secret-0123456789'))
  await throws('introspection: wrong secret', () => client.tokenIntrospection(nobody, token.access_token), challenges)

  await client.tokenRevocation(config, 'unknown')
  check('revocation: an unknown token', true)
  await client.tokenRevocation(config, token.access_token, { token_type_hint: 'access_token' })
  same('revocation: an access token is dead', await client.tokenIntrospection(config, token.access_token), { active: false })
  same('revocation: for the API, too', await api('/alpha', token.access_token), 401)
  const next = await client.refreshTokenGrant(config, token.refresh_token)
  await client.tokenRevocation(config, next.refresh_token)
  const dead = () => client.refreshTokenGrant(config, next.refresh_token)
  await throws('revocation: a refresh token is dead', dead, invalidGrant)
  same('revocation: and its access token', await client.tokenIntrospection(config, next.access_token), { active: false })
}

async function publicClient() {
  const config = await spa()
  const { location, fits } = await signIn(config, 'alpha', LOOPBACK)
  check('public: the code goes to the port that was asked for', location.href.startsWith(`${LOOPBACK}?`), location.href)
  const token = await client.authorizationCodeGrant(config, location, fits)
  same('public: it opens /alpha', await api('/alpha', token.access_token), 200)
  const second = await client.refreshTokenGrant(config, token.refresh_token)
  check('public: refresh rotates', second.refresh_token !== token.refresh_token)
  await throws('public: a used refresh token', () => client.refreshTokenGrant(config, token.refresh_token), invalidGrant)
  const newest = () => client.refreshTokenGrant(config, second.refresh_token)
  await throws('public: that ends the newest, too', newest, invalidGrant)
  const third = await tokens(config, 'alpha', LOOPBACK)
  await client.tokenRevocation(config, third.refresh_token)
  await throws('public: a revoked one is dead', () => client.refreshTokenGrant(config, third.refresh_token), invalidGrant)
}

await run([
  metadata,
  clientCredentials,
  privateKeyJwt,
  refusals,
  authorizationCode,
  refresh,
  introspectionAndRevocation,
  publicClient,
])
