// npm's simple-oauth2 against examples/research, whose address is the first argument.
import { createHash, randomBytes } from 'node:crypto'

import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'

import { call, check, finish, origin, prove, same, throws } from './checks.mjs'

const { T1, T2, ADMIN, ALICE } = process.env
const BACK = 'http://127.0.0.1:3000/callback'
const auth = { tokenHost: origin, tokenPath: '/v1/oauth/token', revokePath: '/v1/oauth/revoke' }

/** Makes an application as the vendor's people do. */
async function register(application) {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ name: 'simple-oauth2', confidential: true, teams: [T1], ...application })
  const answer = await call('POST', '/v1/oauth-applications', { token: ADMIN, headers, body })
  const { client_id: id, client_secret: secret } = await answer.json()
  check('an application is made', answer.status === 201, answer.status)
  return { id, secret }
}

const notes = (team) => `/v1/teams/${team}/notes`
const status = async (method, path, token, body) => {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  return (await call(method, path, { token, headers, body: body && JSON.stringify(body) })).status
}

/** The library raises what its HTTP client does. */
const says = (error, ...statuses) => (thrown) =>
  thrown.isBoom === true && statuses.includes(thrown.output.statusCode) && thrown.data.payload?.error === error

async function asksForItself(bodyFormat, authorizationMethod) {
  const client = await register({ grants: ['client_credentials'], scopes: ['rest_api:read', 'rest_api:write'] })
  const options = { bodyFormat, authorizationMethod }
  const machine = (credentials) => new ClientCredentials({ client: { ...client, ...credentials }, auth, options })
  const ask = (scope) => machine({}).getToken(scope === undefined ? {} : { scope })

  const { token } = await ask([`team_${T1}`, 'rest_api:read'])
  same('the type is lower-case', token.token_type, 'bearer')
  check('it is good for an hour, and there is no refresh token', token.expires_in === 3600 && !token.refresh_token, token.expires_in)
  same('it opens notes', await status('GET', notes(T1), token.access_token), 200)
  same('and fields, which are included', await status('GET', `/v1/teams/${T1}/field`, token.access_token), 200)
  same('it does not write', await status('POST', notes(T1), token.access_token, { text: 'a note' }), 403)
  same('nor open another team', await status('GET', notes(T2), token.access_token), 403)
  const writing = (await ask(`team_${T1} rest_api:write`)).token.access_token
  same('another token writes', await status('POST', notes(T1), writing, { text: 'a note' }), 201)
  const without = (await ask('rest_api:read')).token.access_token
  same('without a team none is opened', await status('GET', notes(T1), without), 403)

  const refused = authorizationMethod === 'header' ? 401 : 400
  for (const scope of [undefined, `team_${T2} rest_api:read`, `team_${T1} team_${T2}`, 'team_* rest_api:read', 'rest_api']) {
    await throws(`no token for ${scope}`, () => ask(scope), says('invalid_scope', 400))
  }
  await throws('wrong secret', () => machine({ secret: 'wrong' }).getToken({ scope: 'rest_api:read' }), says('invalid_client', refused))
  await throws('unknown id', () => machine({ id: 'nobody' }).getToken({ scope: 'rest_api:read' }), says('invalid_client', refused))
}

/** What alice's browser does. */
async function consent(url) {
  const page = await call('GET', url)
  check('there is a page', page.status === 200 && (await page.text()).includes('simple-oauth2'), page.status)
  const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams({ step: 'allow', user: 'alice', password: ALICE })
  const sent = await call('POST', url, { headers, body })
  return new URL(sent.headers.get('location')).searchParams
}

async function asksForAlice(bodyFormat) {
  const scopes = ['rest_api:read', 'rest_api:write']
  const client = await register({ grants: ['authorization_code', 'refresh_token'], scopes, redirect_uris: [BACK] })
  const web = new AuthorizationCode({ client, auth: { ...auth, authorizePath: '/v1/oauth/authorize' }, options: { bodyFormat, authorizationMethod: 'body' } })
  const code_verifier = randomBytes(32).toString('base64url')
  const code_challenge = createHash('sha256').update(code_verifier).digest('base64url')
  const state = randomBytes(16).toString('base64url')
  const scope = [`team_${T1}`, 'rest_api:read']
  const asked = { redirect_uri: BACK, scope, state, code_challenge, code_challenge_method: 'S256' }
  const answer = await consent(web.authorizeURL(asked))
  same('the state comes back', answer.get('state'), state)
  const first = await web.getToken({ code: answer.get('code'), redirect_uri: BACK, code_verifier })
  same('it opens notes', await status('GET', notes(T1), first.token.access_token), 200)
  same('for alice', (await (await call('GET', '/v1/ping', { token: first.token.access_token })).json()).person, 'alice')

  await throws('refresh for more', () => first.refresh({ scope: [...scope, 'rest_api:write'] }), says('invalid_scope', 400))
  const second = await first.refresh({ scope: ['rest_api:read'] })
  same('the former token has ended', await status('GET', notes(T1), first.token.access_token), 401)
  same('refresh for less: the team is gone', await status('GET', notes(T1), second.token.access_token), 403)
  await throws('a used refresh token', () => first.refresh(), says('invalid_grant', 400))
  await throws('that ends the newest, too', () => second.refresh(), says('invalid_grant', 400))
}

for (const authorizationMethod of ['body', 'header']) {
  await prove(`simple-oauth2 asks with a form, credentials in the ${authorizationMethod}`, () => asksForItself('form', authorizationMethod), { system: 'bipsync', step: 2 })
  await prove(`simple-oauth2 asks with JSON, credentials in the ${authorizationMethod}`, () => asksForItself('json', authorizationMethod), { system: 'bipsync', step: 3 })
}
for (const bodyFormat of ['form', 'json']) {
  await prove(`simple-oauth2 signs alice in and refreshes, by ${bodyFormat}`, () => asksForAlice(bodyFormat), { system: 'bipsync', step: 17 })
}
finish()
