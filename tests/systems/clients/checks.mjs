// What the client programs on Node have in common. `run.sh` starts one beside a running example: with the example's address as
// its argument, and with what the example printed (`U=…`) in its environment.

export const origin = process.argv[2]

const SECONDS = 20

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

/** The call ends with the library's own error, and that is as it should be. */
export async function throws(name, call, isRight) {
  try {
    check(name, false, { 'no error, but': await call() })
  } catch (error) {
    const { message, code, status } = error
    check(name, isRight(error) === true, { kind: error?.constructor?.name, message, code, status, error: error.error })
  }
}

/** Runs a part. When all of its checks held, the line for the list of steps is printed, if it proves one. */
export async function prove(name, part, { system, step } = {}) {
  const before = { passed, failed }
  try {
    await part()
  } catch (error) {
    check(`${name} goes on to its end`, false, `${error?.stack} ${JSON.stringify(error?.cause)}`)
  }
  if (step !== undefined && failed === before.failed && passed > before.passed) {
    console.log(`step ${system} ${step}: ${name}`)
  }
}

/** Ends the program: the last line of each. */
export function finish() {
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed || !passed ? 1 : 0)
}

/** A request of ours beside those of the library. `path` may be a whole address; redirects are not followed. */
export function call(method, path, { token, headers, body } = {}) {
  const signal = AbortSignal.timeout(SECONDS * 1000)
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const url = new URL(path, origin)
  return fetch(url, { method, body, headers: { ...authorization, ...headers }, redirect: 'manual', signal })
}
