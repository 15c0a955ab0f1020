// npm's @bugsplat/symbol-upload 9.1.0, a command, against crash-reports; see run.sh. It carries a js-api-client of the time when
// `restricted` was the only scope: it always asks for that, and then uploads.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { call, check, finish, origin, prove, same } from './checks.mjs'

const COMMAND = fileURLToPath(new URL('node_modules/@bugsplat/symbol-upload/dist/bin/index.js', import.meta.url))
const SECONDS = 60

const folder = await mkdtemp(join(tmpdir(), 'symbol-upload-'))
await writeFile(join(folder, 'app.js.map'), '{"version":3,"sources":[],"names":[],"mappings":""}')

/** Makes a client. */
async function made(scope, more) {
  const body = JSON.stringify({ name: `for ${scope}`, scope, database: 'Fred', ...more })
  const answer = await call('POST', '/api/oauth-clients', {
    token: process.env.U,
    headers: { 'content-type': 'application/json' },
    body,
  })
  same(`a client for ${scope} is made`, answer.status, 201)
  return answer.json()
}

/** Runs the command, as a build would, until it ends or has said `enough`. Returns its exit code, and what it said. */
function upload({ client_id, client_secret }, enough = /^$/) {
  const options = ['-b', 'Fred', '-a', 'app', '-v', '1', '-i', client_id, '-s', client_secret, '-d', folder, '-f', '*.js.map']
  const command = spawn(process.execPath, [COMMAND, ...options], {
    cwd: folder,
    env: { ...process.env, BUGSPLAT_HOST: origin },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: SECONDS * 1000,
    killSignal: 'SIGKILL',
  })
  let said = ''
  for (const stream of [command.stdout, command.stderr]) {
    stream.on('data', (piece) => {
      said += piece
      if (enough.test(said)) command.kill('SIGKILL')
    })
  }
  return new Promise((resolve) => command.on('close', (code) => resolve({ code, said })))
}

await prove('symbol-upload uploads for a client whose requested scope is ignored', async () => {
  const found = await upload(await made('symbols', { ignore_requested_scope: true }))
  check('it succeeds', found.code === 0 && found.said.includes('Uploaded 1 symbols'), found)
})

// Refused with `invalid_scope`, it goes on with a token that it takes for one: `undefined`.
await prove('symbol-upload gets no token for a scope that its client does not have', async () => {
  const found = await upload(await made('symbols'))
  check('it fails', found.code === 1 && found.said.includes('Could not authenticate'), found)
})

// It would repeat the 403 for over a minute.
await prove('symbol-upload uploads nothing for a client that may read', async () => {
  const found = await upload(await made('restricted'), /invalid credentials! Retrying/)
  check('it is refused', found.code === null && !found.said.includes('fetch failed'), found)
})

await rm(folder, { recursive: true, force: true })
finish()
