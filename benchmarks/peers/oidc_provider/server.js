// npm oidc-provider as its documentation sets it up, on PostgreSQL, in WORKERS processes. Anybody who asks is signed in.
import cluster from "node:cluster";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";
import { createTable, PostgresAdapter } from "./adapter.js";

const issuer = process.env.ISSUER;
const workers = Number(process.env.WORKERS || 2);
const secret = "peer-secret-0123456789-0123456789";
const audience = "https://api.example";

if (cluster.isPrimary) {
  await createTable();
  const keys = [];
  for (const alg of ["ES256", "RS256"]) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    keys.push({ ...(await exportJWK(privateKey)), alg, use: "sig", kid: alg });
  }
  for (let number = 0; number < workers; number += 1) {
    cluster.fork({ JWKS: JSON.stringify({ keys }) });
  }
} else {
  serve();
}

function serve() {
  const common = { client_secret: secret, token_endpoint_auth_method: "client_secret_post" };
  const machine = { ...common, grant_types: ["client_credentials"], redirect_uris: [], response_types: [] };
  const provider = new Provider(issuer, {
    adapter: PostgresAdapter,
    jwks: JSON.parse(process.env.JWKS),
    cookies: { keys: ["peer-cookie-key"] },
    clients: [
      {
        ...common,
        client_id: "web",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: ["http://localhost:3000/callback"],
        id_token_signed_response_alg: "ES256",
        scope: "openid offline_access",
      },
      { ...machine, client_id: "machine" },
      { ...machine, client_id: "opaque" },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx, client) => (client.clientId === "machine" ? audience : undefined),
        getResourceServerInfo: () => ({
          scope: "things:read", audience, accessTokenFormat: "jwt", accessTokenTTL: 3600, jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => ({ sub: id, name: "Bob Baker" }) }),
    issueRefreshToken: (ctx, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    pkce: { required: () => true },
    ttl: { AccessToken: 3600, ClientCredentials: 3600, Grant: 86400, IdToken: 3600, Interaction: 3600, Session: 86400, RefreshToken: 86400, AuthorizationCode: 60 },
    async loadExistingGrant(ctx) {
      const { client, session } = ctx.oidc;
      const known = session.grantIdFor(client.clientId);
      if (known) {
        return ctx.oidc.provider.Grant.find(known);
      }
      const grant = new ctx.oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid offline_access");
      await grant.save();
      return grant;
    },
  });
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith("/interaction/")) {
      await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: "bob" } });
      ctx.respond = false;
      return;
    }
    await next();
  });
  provider.listen(Number(new URL(issuer).port), "127.0.0.1");
}
