/** The responses of a lying provider; every field has an honest default. */
export interface Lie {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  /** Signs with a key that is not published. */
  isForged?: boolean;
  /** Removes the signature. */
  isUnsigned?: boolean;
  /** Replaces the token endpoint's response. */
  answer?: () => Response | Promise<Response>;
  userinfo?: Record<string, unknown>;
}

/** An OpenID Connect provider whose responses a test chooses. */
export interface LyingProvider extends AsyncDisposable {
  issuer: string;
  lie: Lie;
  /** The nonce of the current login. */
  nonce: string;
}

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

async function newKeys(): Promise<CryptoKeyPair> {
  return await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

function part(value: unknown): string {
  return new TextEncoder().encode(JSON.stringify(value))
    .toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Starts one. */
export async function startLyingProvider(
  clientId: string,
): Promise<LyingProvider> {
  const [keys, others] = await Promise.all([newKeys(), newKeys()]);
  const jwk = await crypto.subtle.exportKey("jwk", keys.publicKey);

  async function idToken(): Promise<string> {
    const { claims, header, isForged, isUnsigned } = provider.lie;
    const now = Math.floor(Date.now() / 1_000);
    const text = `${part({ alg: "ES256", kid: "1", ...header })}.${
      part({
        iss: provider.issuer,
        aud: clientId,
        sub: "1",
        iat: now,
        exp: now + 60,
        nonce: provider.nonce,
        preferred_username: "maria",
        ...claims,
      })
    }`;
    if (isUnsigned) return `${text}.`;
    const signature = await crypto.subtle.sign(
      ALGORITHM,
      (isForged ? others : keys).privateKey,
      new TextEncoder().encode(text),
    );
    return `${text}.${
      new Uint8Array(signature)
        .toBase64({ alphabet: "base64url", omitPadding: true })
    }`;
  }

  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const { origin, pathname } = new URL(request.url);
      await request.body?.cancel();
      switch (pathname) {
        case "/.well-known/openid-configuration":
          return Response.json({
            issuer: origin,
            authorization_endpoint: `${origin}/auth`,
            token_endpoint: `${origin}/token`,
            userinfo_endpoint: `${origin}/userinfo`,
            jwks_uri: `${origin}/jwks`,
            id_token_signing_alg_values_supported: ["ES256"],
          });
        case "/jwks":
          return Response.json({
            keys: [{ ...jwk, kid: "1", alg: "ES256", use: "sig" }],
          });
        case "/userinfo":
          return Response.json(provider.lie.userinfo ?? { sub: "1" });
        case "/token":
          return await provider.lie.answer?.() ??
            Response.json({
              access_token: "access",
              token_type: "Bearer",
              id_token: await idToken(),
            });
        default:
          return new Response(null, { status: 404 });
      }
    },
  );
  const provider: LyingProvider = {
    issuer: `http://127.0.0.1:${server.addr.port}`,
    lie: {},
    nonce: "",
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return provider;
}
