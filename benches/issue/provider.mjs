// npm's oidc-provider on loopback, as small as it gets: one client, which asks for itself.
//
//     CLIENT=id SECRET=secret SCOPE="a b" AUDIENCE=https://api.example.com node provider.mjs PORT
//
// `resource=urn:jwt` asks for a token signed with ES256, `resource=urn:opaque` for an opaque one.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider, { errors } from "oidc-provider";

const { CLIENT, SECRET, SCOPE, AUDIENCE } = process.env;
const port = Number(process.argv[2]);
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const resources = {
  "urn:jwt": { audience: AUDIENCE, accessTokenFormat: "jwt", jwt: { sign: { alg: "ES256" } } },
  "urn:opaque": { audience: AUDIENCE, accessTokenFormat: "opaque" },
};

const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: CLIENT,
      client_secret: SECRET,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
      scope: SCOPE,
      id_token_signed_response_alg: "ES256",
    },
  ],
  scopes: SCOPE.split(" "),
  jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), alg: "ES256", use: "sig", kid: randomUUID() }] },
  cookies: { keys: [randomUUID()] },
  ttl: { ClientCredentials: 3600 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo(_, resource) {
        if (!Object.hasOwn(resources, resource)) {
          throw new errors.InvalidTarget();
        }
        return { scope: SCOPE, ...resources[resource] };
      },
    },
  },
});
provider.on("server_error", (_, error) => console.error(error));
const server = createServer(provider.callback());
// Connections wait while others have their turn.
server.keepAliveTimeout = 600_000;
server.listen(port, "127.0.0.1", () => console.log("listening"));
