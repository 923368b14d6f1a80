// A certified OpenID provider on loopback, for tests. Settings come as JSON on standard input; the first line of
// standard output says where it is. Any name signs in, without a password: the page asks for the name alone.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import Provider, { interactionPolicy } from 'oidc-provider';

const settings = JSON.parse(readFileSync(0, 'utf8'));
const people = new Map(Object.entries(settings.people ?? {}));

const escaped = (text) => String(text).replace(/[&<>"']/g, (one) => `&#${one.charCodeAt(0)};`);
const page = (title, body) => `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>
<body><main><h1>${title}</h1>${body}</main></body></html>`;

// Nobody is asked whether a client may: they are this product's own.
const policy = interactionPolicy.base();
policy.get('consent').checks.remove('native_client_prompt');

async function allowed(provider, clientId, accountId) {
  const grant = new provider.Grant({ clientId, accountId });
  grant.addOIDCScope('openid offline_access ga4gh_passport_v1');
  grant.addResourceScope(settings.audience, 'enclave');
  await grant.save();
  return grant;
}

const configuration = {
  clients: settings.clients,
  jwks: { keys: settings.keys },
  cookies: { keys: ['a secret of a test'], names: { session: '_idp', interaction: '_idp_i', resume: '_idp_r' } },
  scopes: ['openid', 'offline_access', 'ga4gh_passport_v1'],
  claims: { openid: ['sub', 'amr'], ga4gh_passport_v1: ['ga4gh_passport_v1'], acr: null, auth_time: null, iss: null, sid: null },
  acrValues: settings.acr ?? ['mfa'],
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: {
      enabled: true,
      async userCodeInputSource(ctx, form, _out, error) {
        ctx.body = page('Enter the code', `<p>${error ? escaped(`${error.message}: ${error.error_description ?? ""}`) : ''}</p>${form}
          <button type="submit" form="op.deviceInputForm">Continue</button>`);
      },
      async userCodeConfirmSource(ctx, form, client, _device, userCode) {
        ctx.body = page('Confirm the device', `<p>${escaped(client.clientId)} shows ${escaped(userCode)}</p>${form}
          <button autofocus type="submit" form="op.deviceConfirmForm">Confirm</button>`);
      },
      async successSource(ctx) {
        ctx.body = page('Signed in', '<p>Go back to the device.</p>');
      },
    },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => settings.audience,
      useGrantedResource: () => settings.granted ?? true,
      getResourceServerInfo: (_ctx, resource) => ({
        scope: 'enclave',
        audience: resource,
        accessTokenTTL: settings.token_seconds ?? 600,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: settings.keys[0].alg } },
      }),
    },
    userinfo: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    revocation: { enabled: true },
  },
  async findAccount(_ctx, id) {
    return { accountId: id, claims: () => ({ sub: id, ...people.get(id)?.claims }) };
  },
  // What an access token says of how its subject signed in. A client's own token says nothing of the kind.
  async extraTokenClaims(ctx, token) {
    const session = ctx.oidc.session ?? null;
    const said = people.get(token.accountId)?.token ?? {};
    const at = token.extra?.auth_time ?? session?.loginTs ?? ctx.oidc.entities.AuthorizationCode?.authTime
      ?? ctx.oidc.entities.DeviceCode?.authTime;
    const entity = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.DeviceCode;
    return {
      ...(at ? { auth_time: at } : {}),
      ...(entity?.amr ? { amr: entity.amr } : {}),
      ...(entity?.acr ? { acr: entity.acr } : {}),
      ...said,
    };
  },
  async loadExistingGrant(ctx) {
    const { client, session, provider } = ctx.oidc;
    const kept = session.grantIdFor(client.clientId);
    return (kept ? await provider.Grant.find(kept) : undefined)
      ?? allowed(provider, client.clientId, session.accountId);
  },
  interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}`, policy },
  pkce: { required: () => true },
  ttl: { AccessToken: 600, AuthorizationCode: 60, ClientCredentials: 600, DeviceCode: 600, IdToken: 600, Session: 3600,
    Interaction: 600, Grant: 3600 },
  renderError(ctx, out) {
    ctx.body = page('Not signed in', `<p>${escaped(out.error)}: ${escaped(out.error_description ?? '')}</p>`);
  },
};

const form = (request) => new Promise((resolve) => {
  let text = '';
  request.on('data', (part) => { text += part; });
  request.on('end', () => resolve(new URLSearchParams(text)));
});

async function interact(provider, request, response) {
  const { uid } = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    response.setHeader('content-type', 'text/html');
    response.end(page('Sign in', `<form method="post" action="/interaction/${uid}">
      <label>Name <input name="login" autofocus></label> <button>Sign in</button></form>`));
    return;
  }
  const login = (await form(request)).get('login');
  const { acr = 'mfa', amr = ['pwd', 'otp', 'mfa'] } = people.get(login) ?? {};
  await provider.interactionFinished(request, response, { login: { accountId: login, acr, amr, remember: true } });
}

const server = createServer({ key: settings.tls.key, cert: settings.tls.certificate });
server.listen(settings.port ?? 0, '127.0.0.1', () => {
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, configuration);
  const answer = provider.callback();
  server.on('request', (request, response) => {
    if (request.url.startsWith('/interaction/')) {
      interact(provider, request, response).catch(() => { response.statusCode = 400; response.end('no'); });
    } else {
      answer(request, response);
    }
  });
  process.stdout.write(`${issuer}\n`);
});
