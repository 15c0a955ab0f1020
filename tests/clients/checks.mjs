// What the clients on Node have in common: counting, the browser, and the API.
import { readFileSync } from 'node:fs'

export const issuer = process.argv[2]

export const MACHINE = { id: 'm2m', secret: 'm2m-secret-0123456789abcdef' }
export const WEB = { id: 'web', secret: 'web-secret-0123456789abcdef' }
export const REDIRECT = 'https://client.example/cb'

// A port of which the issuer has never heard (RFC 8252 §7.3).
export const LOOPBACK = 'http://127.0.0.1:53682/cb'

const SECONDS = 20

/** The private key of the client `signer`. */
export function signerKey() {
  const jwk = JSON.parse(readFileSync(process.env.SIGNER_KEY, 'utf8'))
  return crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: jwk.crv }, false, ['sign'])
}

let passed = 0
let failed = 0

/** Counts a check, and says what came instead if it failed. */
export function check(name, held, found) {
  if (held === true) {
    passed += 1
    console.log(`ok    ${name}`)
  } else {
    failed += 1
    console.log(`FAIL  ${name}: ${String(JSON.stringify(found)).slice(0, 500)}`)
  }
}

/** Both are the same as JSON. */
export function same(name, found, expected) {
  check(name, JSON.stringify(found) === JSON.stringify(expected), { found, expected })
}

/** The call ends with the library's own error, and that holds what the issuer said. */
export async function throws(name, call, isRight) {
  try {
    check(name, false, { 'no error, but': await call() })
  } catch (error) {
    const { message, code, status } = error
    check(name, isRight(error), { kind: error?.constructor?.name, message, code, status, error: error.error })
  }
}

/** Runs all steps. One that failed does not end the run. */
export async function run(steps) {
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      check(`${step.name} goes on to its end`, false, `${error?.stack} ${JSON.stringify(error?.cause)}`)
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed || !passed ? 1 : 0)
}

/** Follows an authorization request as the browser of somebody who consents. Returns where it is sent. */
export async function consent(url) {
  const headers = { 'x-test-user': 'user-1' }
  const answer = await fetch(url, { headers, redirect: 'manual', signal: AbortSignal.timeout(SECONDS * 1000) })
  if (answer.status !== 302 && answer.status !== 303) {
    throw new Error(`no redirect, but ${answer.status}: ${(await answer.text()).slice(0, 300)}`)
  }
  return new URL(answer.headers.get('location'))
}

/** The status that a route of the API answers with. */
export async function api(path, token) {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(issuer + path, { headers, signal: AbortSignal.timeout(SECONDS * 1000) })
  return answer.status
}

export function words(scope) {
  return scope.split(' ').sort()
}
