// npm's simple-oauth2 against the issuer at the address in the first argument; see run.sh.
import { createHash, randomBytes } from 'node:crypto'

import { AuthorizationCode, ClientCredentials } from 'simple-oauth2'

import { MACHINE, REDIRECT, WEB, api, check, consent, issuer, run, same, throws } from './checks.mjs'

// Its own names of the four ways to send a request.
const WAYS = ['header', 'body'].flatMap((authorizationMethod) =>
  ['form', 'json'].map((bodyFormat) => ({ authorizationMethod, bodyFormat })),
)

const AUTH = { tokenHost: issuer, tokenPath: '/oauth2/token', revokePath: '/oauth2/revoke' }

const machine = (options, client = MACHINE) => new ClientCredentials({ client, auth: AUTH, options })
const web = (options) =>
  new AuthorizationCode({ client: WEB, auth: { ...AUTH, authorizePath: '/oauth2/authorize' }, options })

/** The library raises what its HTTP client does. */
const says = (error, ...statuses) => (thrown) =>
  thrown.isBoom === true && statuses.includes(thrown.output.statusCode) && thrown.data.payload?.error === error
const invalidGrant = says('invalid_grant', 400)

/** Returns what the code is exchanged with. */
async function signIn(client, scope = ['alpha', 'beta']) {
  const code_verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const url = client.authorizeURL({
    redirect_uri: REDIRECT,
    scope,
    state,
    code_challenge: createHash('sha256').update(code_verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
  const answer = (await consent(url)).searchParams
  same('the answer names the issuer and the state', [answer.get('iss'), answer.get('state')], [issuer, state])
  return { code: answer.get('code'), redirect_uri: REDIRECT, code_verifier }
}

async function clientCredentials() {
  for (const way of WAYS) {
    const name = `${way.authorizationMethod}, ${way.bodyFormat}`
    const { token } = await machine(way).getToken({})
    same(`${name}: the type is Bearer`, token.token_type.toLowerCase(), 'bearer')
    check(`${name}: it says for how long`, token.expires_at > new Date(), token.expires_at)
    same(`${name}: it opens /alpha`, await api('/alpha', token.access_token), 200)
    const narrow = await machine(way).getToken({ scope: ['beta'] })
    same(`${name}: a narrower scope`, narrow.token.scope ?? 'beta', 'beta')
    same(`${name}: that does not open /alpha`, await api('/alpha', narrow.token.access_token), 403)
  }
  // Identifier and secret as they are, not form-encoded (RFC 6749 §2.3.1 wants that).
  const loose = machine({ authorizationMethod: 'header', credentialsEncodingMode: 'loose' })
  same('Basic without form-encoding', await api('/alpha', (await loose.getToken({})).token.access_token), 200)
}

async function refusals() {
  for (const way of WAYS) {
    const name = `${way.authorizationMethod}, ${way.bodyFormat}`
    const status = way.authorizationMethod === 'header' ? 401 : 400
    const wrong = { ...MACHINE, secret: 'wrong-secret-0123456789' }
    const nobody = { ...MACHINE, id: 'nobody' }
    await throws(`${name}: wrong secret`, () => machine(way, wrong).getToken({}), says('invalid_client', status))
    await throws(`${name}: unknown client`, () => machine(way, nobody).getToken({}), says('invalid_client', status))
    const scope = ['alpha', 'gamma']
    await throws(`${name}: unknown scope`, () => machine(way).getToken({ scope }), says('invalid_scope', 400))
    await throws(`${name}: a scope that the client may not have`, () => machine(way).getToken({ scope: 'api' }), says('invalid_scope', 400))
  }
}

async function authorizationCode() {
  for (const way of WAYS) {
    const name = `${way.authorizationMethod}, ${way.bodyFormat}`
    const client = web(way)
    const answer = await signIn(client)
    const first = await client.getToken(answer)
    same(`${name}: it opens /alpha`, await api('/alpha', first.token.access_token), 200)
    const second = await first.refresh()
    check(`${name}: refresh rotates`, second.token.refresh_token !== first.token.refresh_token)
    same(`${name}: the new one opens /alpha`, await api('/alpha', second.token.access_token), 200)
    await throws(`${name}: a used refresh token`, () => first.refresh(), invalidGrant)
    await throws(`${name}: that ends the newest, too`, () => second.refresh(), invalidGrant)

    const again = await signIn(client)
    const third = await client.getToken(again)
    await throws(`${name}: the code again`, () => client.getToken(again), invalidGrant)
    await throws(`${name}: then its refresh token is dead`, () => third.refresh(), invalidGrant)

    const stolen = await signIn(client)
    const code_verifier = randomBytes(32).toString('base64url')
    await throws(`${name}: another verifier`, () => client.getToken({ ...stolen, code_verifier }), invalidGrant)

    const narrow = await (await client.getToken(await signIn(client))).refresh({ scope: ['beta'] })
    same(`${name}: refresh for a narrower scope`, await api('/alpha', narrow.token.access_token), 403)
    const wider = () => narrow.refresh({ scope: ['alpha', 'beta', 'api'] })
    await throws(`${name}: refresh for a wider scope`, wider, says('invalid_scope', 400))

    const fourth = await client.getToken(await signIn(client))
    await fourth.revoke('access_token')
    same(`${name}: a revoked access token is dead`, await api('/alpha', fourth.token.access_token), 401)
    await fourth.revoke('refresh_token')
    await throws(`${name}: a revoked refresh token is dead`, () => fourth.refresh(), invalidGrant)
    const fifth = await client.getToken(await signIn(client))
    await fifth.revokeAll()
    await throws(`${name}: so it is with both at once`, () => fifth.refresh(), invalidGrant)
  }
}

await run([clientCredentials, refusals, authorizationCode])
