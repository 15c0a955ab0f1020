// An identity provider on loopback: npm's oidc-provider, with new keys at every start.
//
//     node provider.mjs PORT [--signed]
//
// MACHINE and API in the environment are the clients, `id:secret`: the machine asks for tokens and revokes them, the
// API introspects them. With `--signed` the API gets signed answers (RFC 9701) where it accepts them. At SIGHUP it
// signs with new keys, and still publishes the ones before. Each request is a line on the standard output: method,
// path, scheme of the credentials, status, content type.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider, { errors } from "oidc-provider";

const [port, ...switches] = process.argv.slice(2);
const signed = switches.includes("--signed");

// RFC 8707: what a token is asked for decides its format. All but the last are for the API that is tested.
const AUDIENCE = "https://api.example.test";
const resources = {
  "urn:api:rs256": { audience: AUDIENCE, ...jwt("RS256") },
  "urn:api:es256": { audience: AUDIENCE, ...jwt("ES256") },
  "urn:api:eddsa": { audience: AUDIENCE, ...jwt("EdDSA") },
  "urn:api:opaque": { audience: AUDIENCE, accessTokenFormat: "opaque" },
  "urn:elsewhere": { audience: "https://elsewhere.example.test", ...jwt("RS256") },
};

const machine = client("MACHINE", { grant_types: ["client_credentials"], scope: "alpha beta" });
const api = client("API", signed ? { introspection_signed_response_alg: "ES256" } : {});

// The next keys are made before they are needed: it can take a second.
let keys = newKeys();
let nextKeys = newKeys();
let answer = provider().callback();
createServer((request, response) => answer(request, response)).listen(Number(port), "127.0.0.1");

process.on("SIGHUP", () => {
  keys = [...nextKeys, ...keys];
  answer = provider().callback();
  setImmediate(() => (nextKeys = newKeys()));
});

function provider() {
  const provider = new Provider(`http://127.0.0.1:${port}`, {
    clients: [machine, api],
    scopes: ["alpha", "beta"],
    jwks: { keys },
    cookies: { keys: [randomUUID()] },
    ttl: { ClientCredentials: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (_, asking) => asking.clientId === api.client_id },
      jwtIntrospection: { enabled: signed },
      revocation: { enabled: true, allowedPolicy: (_, asking, token) => asking.clientId === token.clientId },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_, resource) {
          if (!Object.hasOwn(resources, resource)) {
            throw new errors.InvalidTarget();
          }
          return { scope: "alpha beta", ...resources[resource] };
        },
      },
    },
  });
  provider.use(async (context, next) => {
    await next();
    const scheme = context.get("authorization").split(" ")[0] || "-";
    console.log(`${context.method} ${context.path} ${scheme} ${context.status} ${context.type || "-"}`);
  });
  provider.on("server_error", (_, error) => console.error(error));
  return provider;
}

function jwt(alg) {
  return { accessTokenFormat: "jwt", jwt: { sign: { alg } } };
}

function client(name, metadata) {
  const [, id, secret] = /^([^:]+):(.+)$/.exec(process.env[name] ?? "") ?? [];
  if (!id) {
    throw new Error(`set ${name} in the environment: id:secret`);
  }
  const withoutBrowser = { redirect_uris: [], response_types: [], grant_types: [] };
  return { ...withoutBrowser, client_id: id, client_secret: secret, ...metadata };
}

function newKeys() {
  return [
    newKey("RS256", "rsa", { modulusLength: 2048 }),
    newKey("ES256", "ec", { namedCurve: "P-256" }),
    newKey("EdDSA", "ed25519"),
  ];
}

function newKey(alg, type, options) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), alg, use: "sig", kid: randomUUID() };
}
