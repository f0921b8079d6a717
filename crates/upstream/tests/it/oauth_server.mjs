// An authorization server (oidc-provider) and an MCP server that demands its tokens (the TypeScript SDK's own middleware).
// node oauth_server.mjs MODULES OPTIONS. Prints {issuer, mcp, strict}, then a line for each request for a token.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { join } from 'node:path';

const [modules, given] = process.argv.slice(2);
const load = createRequire(join(modules, 'here.js'));
const { Provider } = load('oidc-provider');
const express = load('express');
const { McpServer } = load('@modelcontextprotocol/sdk/server/mcp.js');
const { StreamableHTTPServerTransport } = load('@modelcontextprotocol/sdk/server/streamableHttp.js');
const { mcpAuthMetadataRouter, getOAuthProtectedResourceMetadataUrl } = load('@modelcontextprotocol/sdk/server/auth/router.js');
const { requireBearerAuth } = load('@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js');
const { InvalidTokenError } = load('@modelcontextprotocol/sdk/server/auth/errors.js');

const options = { ttl: 3600, registration: true, ...JSON.parse(given ?? '{}') };
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const listen = async (handler) => {
  const server = createServer(handler);
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${server.address().port}`;
};

// The issuer is the address, which is known only once it listens.
let authorization;
const issuer = await listen((request, response) => authorization(request, response));
let resourceApp;
const origin = await listen((request, response) => resourceApp(request, response));

const provider = new Provider(issuer, {
  clients: [
    { client_id: 'machine', client_secret: 'machine-secret-0123456789', grant_types: ['client_credentials'], redirect_uris: [], response_types: [] },
    {
      client_id: 'native', application_type: 'native', token_endpoint_auth_method: 'none', redirect_uris: ['http://127.0.0.1/callback'],
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'],
    },
  ],
  scopes: ['offline_access', 'tools', 'extra'],
  ttl: {
    AccessToken: options.ttl, ClientCredentials: options.ttl, RefreshToken: 3600, Interaction: 3600, Session: 3600, Grant: 3600, IdToken: 3600,
    AuthorizationCode: 60,
  },
  rotateRefreshToken: true,
  pkce: { required: () => true },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    registration: { enabled: options.registration },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => `${origin}/mcp`,
      useGrantedResource: () => true,
      getResourceServerInfo: (_context, resource) => ({ scope: 'tools extra', audience: resource, accessTokenTTL: options.ttl, accessTokenFormat: 'opaque' }),
    },
  },
});
provider.use(async (context, next) => {
  try {
    await next();
  } finally {
    report(context);
  }
});
const report = (context) => {
  if (context.method !== 'POST' || !['/token', '/token/revocation', '/reg'].includes(context.path)) return;
  const { grant_type: grant, resource, scope } = context.oidc?.params ?? {};
  const header = context.get('authorization').split(' ')[0];
  say({ asked: context.path, status: context.status, grant, resource, scope, header });
};
authorization = provider.callback();

const verifier = {
  async verifyAccessToken(token) {
    const found = (await provider.AccessToken.find(token)) ?? (await provider.ClientCredentials.find(token));
    if (!found) throw new InvalidTokenError('unknown token');
    return { token, clientId: found.clientId, scopes: [...found.scopes], expiresAt: found.exp, resource: new URL([found.aud].flat()[0]) };
  },
};
const answer = async (request, response) => {
  const server = new McpServer({ name: 'guarded', version: '1.0.0' });
  server.registerTool('whoami', { description: 'Who is asking' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: JSON.stringify({ client: authInfo.clientId, scopes: authInfo.scopes }) }],
  }));
  // An upstream that repeats what it should not.
  server.registerTool('echo_token', { description: 'The token it was sent' }, ({ authInfo }) => ({
    content: [{ type: 'text', text: `token ${authInfo.token}` }],
  }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on('close', () => { transport.close(); server.close(); });
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
};
const app = express();
app.use(express.json());
const discovery = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
for (const [path, scopes] of [['/mcp', ['tools']], ['/strict', ['tools', 'extra']]]) {
  const resource = new URL(path, origin);
  app.use(mcpAuthMetadataRouter({ oauthMetadata: discovery, resourceServerUrl: resource, scopesSupported: path === '/mcp' ? scopes : undefined }));
  const guard = requireBearerAuth({
    verifier, requiredScopes: scopes, resourceMetadataUrl: getOAuthProtectedResourceMetadataUrl(resource), expectedResource: resource,
  });
  app.post(path, guard, answer);
  app.all(path, guard, (_request, response) => response.status(405).end());
}
resourceApp = app;
say({ issuer, mcp: `${origin}/mcp`, strict: `${origin}/strict` });
