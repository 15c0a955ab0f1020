// npm @bugsplat/js-api-client 14.5.0, as it is published, against crash-reports; see run.sh.

import { gzipSync } from 'node:zlib'

import {
  CrashApiClient,
  CrashesApiClient,
  KeyCrashApiClient,
  OAuthClientCredentialsClient,
  SummaryApiClient,
  SymbolsApiClient,
  VersionsApiClient,
} from '@bugsplat/js-api-client'

import { call, check, finish, origin, prove, same, throws } from './checks.mjs'

const step = { system: 'bugsplat', step: 16 }
const database = 'Fred'

/** Makes a client as a person does. */
async function make(scope, more) {
  const body = JSON.stringify({ name: 'a client', scope, database, ...more })
  const headers = { 'content-type': 'application/json' }
  const made = await call('POST', '/api/oauth-clients', { token: process.env.U, headers, body })
  check(`a client for ${scope} is made`, made.status === 201, made.status)
  return made.json()
}

const login = ({ client_id: id, client_secret: secret }) =>
  OAuthClientCredentialsClient.createAuthenticatedClient(id, secret, origin)

/** A file as the clients take it: gzipped, as a stream. */
function file() {
  const bytes = gzipSync('symbols')
  const size = bytes.length
  return {
    name: 'quarry.sym.gz',
    moduleName: 'quarry',
    dbgId: 'ABC0',
    lastModified: new Date(0),
    size,
    uncompressedSize: 7,
    file: new Blob([bytes]).stream(),
  }
}

const reads = {
  crashes: (client) => new CrashesApiClient(client).getCrashes({ database }),
  'crash details by id': (client) => new CrashApiClient(client).getCrashById(database, 1),
  'crash details by group': (client) => new CrashApiClient(client).getCrashByGroupId(database, 5),
  summary: (client) => new SummaryApiClient(client).getSummary({ database, applications: ['quarry'] }),
  'key crash': (client) => new KeyCrashApiClient(client).getCrashes({ database, stackKeyId: 5 }),
  versions: (client) => new VersionsApiClient(client).getVersions({ database }),
}
const uploads = {
  'symbols upload': (client) => new SymbolsApiClient(client).postSymbols(database, 'quarry', '1.0', [file()]),
  'upload for a version': (client) => new VersionsApiClient(client).postSymbols(database, 'quarry', '1.0', [file()]),
}
const isRefused = (error) => error.message.includes('invalid credentials')

const restricted = await make('restricted')
const symbols = await make('symbols')

await prove('js-api-client with `restricted` reads crashes, details, summary, key crash and versions', async () => {
  const client = await login(restricted)
  same('crashes have rows', (await reads.crashes(client)).rows.map((row) => row.id), [1])
  for (const by of ['crash details by id', 'crash details by group']) {
    const details = await reads[by](client)
    same(by, [details.id, details.stackKeyId, details.appName, details.processed], [1, 5, 'quarry', 2])
    same(`${by}: the stack`, details.thread.stackFrames.map((frame) => frame.functionName), ['dig'])
  }
  same('summary has rows', (await reads.summary(client)).rows.map((row) => row.stackKeyId), [5])
  const key = await reads['key crash'](client)
  same('key crash has rows and page data', [key.rows.length, key.pageData.stackKeyId], [1, 5])
  same('versions have rows', (await reads.versions(client)).rows.map((row) => row.version), ['1.0'])
}, step)

await prove('js-api-client with `restricted` is refused uploads and `putRetired` with 403', async () => {
  const client = await login(restricted)
  // Again and again: an answer that comes before the body was sent must reach the client all the same.
  for (let round = 0; round < 10; round += 1) {
    for (const [name, upload] of Object.entries(uploads)) {
      await throws(`${name} is refused, round ${round}`, () => upload(client), isRefused)
    }
  }
  const retired = await new VersionsApiClient(client).putRetired(database, 'quarry', '1.0', true)
  same('putRetired', retired.status, 403)
  same('deleteCrashes', (await new CrashesApiClient(client).deleteCrashes(database, [1])).status, 403)
  same('postNotes', (await new CrashApiClient(client).postNotes(database, 1, 'x')).status, 403)
}, step)

await prove('js-api-client with `symbols` uploads', async () => {
  const client = await login(symbols)
  for (const [name, upload] of Object.entries(uploads)) {
    const [response] = await upload(client)
    same(name, [response.status, response.headers.has('etag')], [200, true])
  }
}, step)

await prove('js-api-client with `symbols` is refused all reads', async () => {
  const client = await login(symbols)
  for (const [name, read] of Object.entries(reads)) {
    let status
    const seen = Object.create(client, {
      fetch: {
        value: async (...asked) => {
          const response = await client.fetch(...asked)
          status = response.status
          return response
        },
      },
    })
    await throws(`${name} is refused`, () => read(seen), () => status === 403)
  }
  const retired = await new VersionsApiClient(client).putRetired(database, 'quarry', '1.0', true)
  same('putRetired', retired.status, 403)
}, step)

await prove('js-api-client takes a wrong secret, an unknown client and an ended one for what they are', async () => {
  const isAuthentication = (error) => error.isAuthenticationError === true
  const wrong = { ...restricted, client_secret: 'x'.repeat(43) }
  const unknown = { client_id: 'nobody', client_secret: 'x'.repeat(43) }
  await throws('wrong secret', () => login(wrong), isAuthentication)
  await throws('unknown client', () => login(unknown), isAuthentication)
  const ended = await make('restricted')
  const client = await login(ended)
  await reads.crashes(client)
  const gone = await call('DELETE', `/api/oauth-clients/${ended.client_id}`, { token: process.env.U })
  same('a client is ended', gone.status, 204)
  await throws('its token is refused', () => reads.crashes(client), isAuthentication)
  await throws('and it gets no other', () => login(ended), isAuthentication)
}, step)

finish()
