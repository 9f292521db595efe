// An OpenID provider for the tests: the real one of npm, with accounts of our own.
// Without its pages: who signs in is told beforehand.
//   node oidc_provider.mjs '{"port":..., "redirect_uris":[...], "accounts":{...}}'
import http from 'node:http';
import Provider from 'oidc-provider';
import { exportJWK, generateKeyPair } from 'jose';

const { port, redirect_uris, accounts, pages = false } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

async function keyOf(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `key-${alg}` };
}

const client = (client_id, more) => ({
  client_id, client_secret: `secret of ${client_id}, with: % and +`, redirect_uris, ...more,
});

const provider = new Provider(issuer, {
  clients: [
    client('rs256', { token_endpoint_auth_method: 'client_secret_basic' }),
    client('es256', { token_endpoint_auth_method: 'client_secret_basic', id_token_signed_response_alg: 'ES256' }),
    { client_id: 'public', redirect_uris, token_endpoint_auth_method: 'none' },
  ],
  jwks: { keys: [await keyOf('RS256'), await keyOf('ES256')] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256'] },
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'none'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'], groups: ['groups'] },
  scopes: ['openid', 'email', 'profile', 'groups'],
  pkce: { required: () => true, methods: ['S256'] },
  cookies: { keys: ['a key of the tests'] },
  features: { devInteractions: { enabled: pages } },
  ...(!pages && { interactions: { url: (context, interaction) => `/interaction/${interaction.uid}` } }),
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
});

let next = null; // who signs in

async function interact(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  let result = { error: 'access_denied', error_description: 'the user said no' };
  if (next) {
    const grant = new provider.Grant({ accountId: next, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { login: { accountId: next, remember: false }, consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const answer = provider.callback();
http.createServer((request, response) => {
  if (request.url.startsWith('/_next/')) {
    next = decodeURIComponent(request.url.slice('/_next/'.length)) || null;
    response.end('ok');
  } else if (!pages && request.url.startsWith('/interaction/')) {
    interact(request, response).catch((error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  } else {
    answer(request, response);
  }
}).listen(port, '127.0.0.1', () => console.log('listening'));
