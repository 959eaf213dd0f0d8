import { assert, assertEquals, assertRejects } from "@std/assert";
import { Provider, ProviderDownError } from "../../lib/accounts/provider.ts";
import {
  claimOf,
  type Claims,
  listClaim,
  textClaim,
} from "../../lib/accounts/provider_claims.ts";
import { newSecret } from "../../lib/accounts/secret.ts";
import { Refusal } from "../../lib/base/refusal.ts";
import { type Lie, startLyingProvider } from "./_lying_provider.ts";

const CLIENT_ID = "portcullis";
const REDIRECT = "http://localhost/login/oidc/callback";

function providerOf(issuer: string, rolesClaim: string | null = null) {
  return new Provider({
    issuer,
    clientId: CLIENT_ID,
    clientSecret: "secret",
    scopes: "openid",
    nameClaim: "preferred_username",
    rolesClaim,
  }, { now: Date.now, label: null });
}

/** The result of a login with a false response. */
async function loginBy(lie: Lie, rolesClaim: string | null = null) {
  await using liar = await startLyingProvider(CLIENT_ID);
  const proof = {
    state: newSecret(),
    nonce: newSecret(),
    verifier: newSecret(),
  };
  liar.lie = lie;
  liar.nonce = proof.nonce;
  const provider = providerOf(liar.issuer, rolesClaim);
  const answer = new URL(`${REDIRECT}?code=x&state=${proof.state}`);
  return await provider.user(answer, proof);
}

const past = Math.floor(Date.now() / 1_000) - 3_600;

const UNBELIEVED: Record<string, Lie> = {
  "expired": { claims: { exp: past } },
  "without an end": { claims: { exp: undefined } },
  "not good yet": { claims: { nbf: past + 7_200 } },
  "for somebody else": { claims: { aud: "another" } },
  "for several, of whom we are not the one": {
    claims: { aud: [CLIENT_ID, "another"], azp: "another" },
  },
  "of another issuer": { claims: { iss: "https://evil.example" } },
  "with another nonce": { claims: { nonce: "another" } },
  "without a nonce": { claims: { nonce: undefined } },
  "about nobody": { claims: { sub: undefined } },
  "about something that is no text": { claims: { sub: 7 } },
  "signed with another's key": { isForged: true },
  "without a signature": { isUnsigned: true },
  "without a signature, and saying so": {
    isUnsigned: true,
    header: { alg: "none" },
  },
  "signed with a key that is not published": { header: { kid: "2" } },
  "by an algorithm that was not agreed on": { header: { alg: "HS256" } },
};
for (const [what, lie] of Object.entries(UNBELIEVED)) {
  Deno.test(`Provider.user() does not believe an ID token ${what}`, async () => {
    const refusal = await assertRejects(() => loginBy(lie), Refusal);
    assertEquals(refusal.status, 403);
    assert(/cannot be believed/.test(refusal.message), refusal.message);
  });
}

Deno.test("Provider.user() believes one that is right", async () => {
  const user = await loginBy({});
  assertEquals([user.name, user.roles], ["maria", null]);
  assert(/^[\da-f]{64}$/.test(user.subject));
});

const ANSWERS: [what: string, answer: () => Response, status: number][] = [
  [
    "refuses the code",
    () => Response.json({ error: "invalid_grant" }, { status: 400 }),
    403,
  ],
  [
    "does not know the client",
    () => Response.json({ error: "invalid_client" }, { status: 401 }),
    403,
  ],
  [
    "has a page in place of an answer",
    () =>
      new Response("<h1>x</h1>", { headers: { "content-type": "text/html" } }),
    403,
  ],
  ["fails", () => new Response("oops", { status: 500 }), 503],
  ["sends nothing", () => new Response(null, { status: 204 }), 403],
  [
    "sends to another site",
    () => Response.redirect("https://evil.example/token", 307),
    403,
  ],
  [
    "has no ID token",
    () => Response.json({ access_token: "x", token_type: "Bearer" }),
    403,
  ],
];
for (const [what, answer, status] of ANSWERS) {
  Deno.test(`Provider.user() lets nobody in where the token endpoint ${what}`, async () => {
    const refusal = await assertRejects(() => loginBy({ answer }), Refusal);
    assertEquals(refusal.status, status);
  });
}

Deno.test("Provider.user() takes what is missing from userinfo, of the same subject only", async () => {
  const bare = { preferred_username: undefined };
  const full = { sub: "1", preferred_username: "mary", groups: ["a"] };
  const user = await loginBy({ claims: bare, userinfo: full }, "groups");
  assertEquals([user.name, user.roles], ["mary", ["a"]]);
  // The signed value has precedence.
  const signed = await loginBy({ userinfo: full }, "groups");
  assertEquals([signed.name, signed.roles], ["maria", ["a"]]);
  await assertRejects(
    () => loginBy({ claims: bare, userinfo: { ...full, sub: "2" } }),
    Refusal,
  );
});

Deno.test("Provider: an issuer that is another's, and one that is not there, are down", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ issuer: "https://evil.example" }),
  );
  const issuer = `http://127.0.0.1:${server.addr.port}`;
  const proof = { state: "s", nonce: "n", verifier: newSecret() };
  await assertRejects(
    () => providerOf(issuer).loginUrl(proof, REDIRECT),
    ProviderDownError,
  );
  await server.shutdown();
  await assertRejects(
    () => providerOf(issuer).loginUrl(proof, REDIRECT),
    ProviderDownError,
  );
  assertEquals(await providerOf(issuer).logoutUrl(REDIRECT), null);
});

Deno.test("claims are found by name, then by the way, and never in a prototype", () => {
  const claims: Claims = {
    "https://example.org/roles": ["a"],
    realm_access: { roles: ["b"] },
    "realm_access.roles2": "c",
    name: "  ",
  };
  assertEquals(listClaim(claims, "https://example.org/roles"), ["a"]);
  assertEquals(listClaim(claims, "realm_access.roles"), ["b"]);
  assertEquals(listClaim(claims, "realm_access.roles2"), ["c"]);
  assertEquals(listClaim(claims, "realm_access"), null);
  for (const name of ["constructor", "__proto__", "realm_access.constructor"]) {
    assertEquals(claimOf(claims, name), undefined);
  }
  assertEquals(textClaim(claims, "name"), null);
});
