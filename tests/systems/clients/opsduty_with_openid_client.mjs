// npm's openid-client against examples/on-call: a person's application, as its author would write it on Node.
import * as client from 'openid-client'

import { call, check, finish, origin, prove, same, throws } from './checks.mjs'

const CALLBACK = 'http://localhost:9876/callback'
const SECONDS_OF_TWO_YEARS = 63072000

/** A browser: keeps cookies, fills in forms, and says that they come from the page they are sent to. */
class Browser {
  #cookies = new Map()

  async ask(method, url, { form, json } = {}) {
    const headers = { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') }
    if (method !== 'GET') headers['sec-fetch-site'] = 'same-origin'
    if (json) headers['content-type'] = 'application/json'
    const body = json ? JSON.stringify(json) : form && new URLSearchParams(form)
    const answer = await call(method, url, { headers, body })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie)
      this.#cookies.set(name, value)
    }
    return answer
  }

  signIn(url, user) {
    return this.ask('POST', url, { form: { step: 'sign-in', user, password: process.env[user.toUpperCase()] } })
  }

  /** Goes where a client sends it, signs in when it is asked to, and answers. Returns where it is sent. */
  async answer(url, user, step = 'allow') {
    let page = await (await this.ask('GET', url)).text()
    if (page.includes('name="password"')) {
      const back = await this.signIn(url, user)
      page = await (await this.ask('GET', new URL(back.headers.get('location'), url))).text()
    }
    const session = /name="session" value="([^"]*)"/.exec(page)?.[1]
    const answer = await this.ask('POST', url, { form: { step, session } })
    if (!answer.headers.has('location')) throw new Error(`no redirect, but ${answer.status}`)
    return new URL(answer.headers.get('location'))
  }
}

let config

/** Returns the redirect with the code, and what it must fit. */
async function signIn({ scope, step, user = 'alice' } = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const parameters = {
    redirect_uri: CALLBACK,
    state: expectedState,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }
  const url = client.buildAuthorizationUrl(config, scope ? { ...parameters, scope } : parameters)
  return { location: await new Browser().answer(url, user, step), fits: { pkceCodeVerifier, expectedState } }
}

async function tokens(how) {
  const { location, fits } = await signIn(how)
  return client.authorizationCodeGrant(config, location, fits)
}

const REST = new URL('/api/v1/heartbeats/', origin)
const GRAPHQL = new URL('/graphql', origin)
const rest = (token) => client.fetchProtectedResource(config, token, REST, 'GET')
const graphql = (token) =>
  client.fetchProtectedResource(config, token, GRAPHQL, 'POST', '{"query": "{ me }"}', new Headers({ 'content-type': 'application/json' }))

const says = (error, status) => (thrown) =>
  thrown instanceof client.ResponseBodyError && thrown.error === error && thrown.status === status
const invalidGrant = says('invalid_grant', 400)
const challenges = (status, parameters) => (thrown) =>
  thrown instanceof client.WWWAuthenticateChallengeError &&
  thrown.status === status &&
  Object.entries(parameters).every(([name, value]) => thrown.cause[0].parameters[name] === value)
const dead = challenges(401, { error: 'invalid_token' })

async function anApplication() {
  const browser = new Browser()
  const page = await browser.signIn('/app/sign-in', 'alice')
  same('the person signs in', page.status, 303)
  const json = { name: 'openid-client', redirect_uris: [CALLBACK] }
  const made = await browser.ask('POST', '/app/oauth-applications', { json })
  same('the application is made', made.status, 201)
  const { client_id: id, client_secret: secret } = await made.json()
  const options = { algorithm: 'oauth2', execute: [client.allowInsecureRequests] }
  config = await client.discovery(new URL(origin), id, undefined, client.ClientSecretBasic(secret), options)
  const found = config.serverMetadata()
  same('metadata: the endpoints have their slashes', found.token_endpoint, `${origin}/oauth2/token/`)
  same('metadata: PKCE is S256 only', found.code_challenge_methods_supported, ['S256'])
  const wrong = await client.discovery(new URL(origin), id, undefined, client.ClientSecretBasic('wrong'), options)
  const refused = (thrown) => challenges(401, {})(thrown) && thrown.cause[0].scheme === 'basic'
  await throws('a wrong secret', () => client.refreshTokenGrant(wrong, 'x'), refused)
}

async function theCodeFlow() {
  const { location, fits } = await signIn()
  check('the code goes to the callback', location.href.startsWith(`${CALLBACK}?`), location.href)
  const redeem = () => client.authorizationCodeGrant(config, location, fits)
  const token = await redeem()
  same('two years', token.expires_in, SECONDS_OF_TWO_YEARS)
  same('all scopes', token.scope?.split(' ').sort(), ['api', 'api:v1'])
  same('the REST API', (await (await rest(token.access_token)).json()).items, [])
  same('the GraphQL API', (await (await graphql(token.access_token)).json()).data, { me: 'alice' })
  await throws('the code again', redeem, invalidGrant)
  await throws('ends its tokens', () => rest(token.access_token), dead)

  const other = await signIn()
  const verifier = { ...other.fits, pkceCodeVerifier: client.randomPKCECodeVerifier() }
  await throws('a wrong verifier', () => client.authorizationCodeGrant(config, other.location, verifier), invalidGrant)
  await throws('spends the code', () => client.authorizationCodeGrant(config, other.location, other.fits), invalidGrant)
  const denied = await signIn({ step: 'deny', user: 'bob' })
  const accessDenied = (thrown) => thrown instanceof client.AuthorizationResponseError && thrown.error === 'access_denied'
  await throws('who denies', () => client.authorizationCodeGrant(config, denied.location, denied.fits), accessDenied)
}

async function eachScopeItsApi() {
  const graph = (await tokens({ scope: 'api' })).access_token
  same('`api` opens the GraphQL API', (await graphql(graph)).status, 200)
  const insufficient = (scope) => challenges(403, { error: 'insufficient_scope', scope })
  await throws('`api` does not open the REST API', () => rest(graph), insufficient('api:v1'))
  const v1 = (await tokens({ scope: 'api:v1' })).access_token
  same('`api:v1` opens the REST API', (await rest(v1)).status, 200)
  await throws('`api:v1` does not open the GraphQL API', () => graphql(v1), insufficient('api'))
}

async function refreshing() {
  const first = await tokens()
  const second = await client.refreshTokenGrant(config, first.refresh_token)
  check('another access token', second.access_token !== first.access_token)
  check('another refresh token', second.refresh_token !== first.refresh_token)
  same('the new one is good', (await rest(second.access_token)).status, 200)
  await throws('the old one is dead', () => rest(first.access_token), dead)
  await throws('the used refresh token', () => client.refreshTokenGrant(config, first.refresh_token), invalidGrant)
  await throws('ends the new pair: access', () => rest(second.access_token), dead)
  await throws('ends the new pair: refresh', () => client.refreshTokenGrant(config, second.refresh_token), invalidGrant)
  const { refresh_token: narrow } = await tokens({ scope: 'api' })
  const wider = () => client.refreshTokenGrant(config, narrow, { scope: 'api api:v1' })
  await throws('a wider scope', wider, says('invalid_scope', 400))
}

async function introspectionAndRevocation() {
  const token = await tokens({ user: 'bob' })
  const found = await client.tokenIntrospection(config, token.access_token)
  same('it is active, and of the person', [found.active, found.sub], [true, 'bob'])
  await client.tokenRevocation(config, token.access_token)
  same('revoked: inactive', await client.tokenIntrospection(config, token.access_token), { active: false })
  await throws('revoked: refused at once', () => rest(token.access_token), dead)
  const another = await tokens()
  await client.tokenRevocation(config, another.refresh_token)
  await throws('a revoked refresh token', () => client.refreshTokenGrant(config, another.refresh_token), invalidGrant)
  await throws('takes its access token along', () => rest(another.access_token), dead)
  same('an unknown token is revoked, too', await client.tokenRevocation(config, 'unknown'), undefined)
}

const parts = [
  [1, 'an application', anApplication],
  [4, 'the whole code flow, and both APIs', theCodeFlow],
  [6, 'each scope opens its API', eachScopeItsApi],
  [12, 'refresh', refreshing],
  [16, 'introspection and revocation', introspectionAndRevocation],
]
for (const [step, name, part] of parts) await prove(`openid-client: ${name}`, part, { system: 'opsduty', step })
finish()
