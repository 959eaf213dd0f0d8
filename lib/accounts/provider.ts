/**
 * Logins by an OpenID Connect provider. `openid-client` is loaded with the first login, and no
 * token is kept.
 *
 * @module
 */
import type { Configuration } from "openid-client";
import { HOUR } from "../base/duration.ts";
import { logLine } from "../base/log_line.ts";
import { messageOf } from "../base/error_words.ts";
import { Refusal } from "../base/refusal.ts";
import { sha256Hex } from "../store/sha256.ts";
import { type Claims, listClaim, textClaim } from "./provider_claims.ts";

/** The configuration of a provider. */
export interface ProviderSettings {
  issuer: string;
  clientId: string;
  /** Null: a public client, which has none. */
  clientSecret: string | null;
  scopes: string;
  nameClaim: string;
  /** Null: roles are not asked for. */
  rolesClaim: string | null;
}

/** Values of one login, by which its response is recognised. */
export interface LoginProof {
  state: string;
  nonce: string;
  /** Of PKCE (RFC 7636). */
  verifier: string;
}

/** A user logged in by a provider. */
export interface ProviderUser {
  /** A hash of issuer and subject: the permanent id of the user. */
  subject: string;
  name: string;
  /** Null where roles are not asked for; empty where they were and did not come. */
  roles: string[] | null;
}

/** The provider does not answer, or not as expected: 503, with advice for users. */
export class ProviderDownError extends Refusal {
  override name = "ProviderDownError";
  constructor(label: string, options?: ErrorOptions) {
    super("busy", `${label} does not answer. Try again in a moment.`, options);
  }
}

/** How long a provider's metadata is used, in milliseconds. */
const FRESH_MS = HOUR;
/** How long it is used if it cannot be refreshed. */
const STALE_MS = 24 * HOUR;
/** Delay after a failure before it is fetched again. */
const PAUSE_MS = 5_000;
const TIMEOUT_S = 5;

type Library = typeof import("openid-client");

interface Found {
  at: number;
  library: Library;
  /** One for each way to send the secret, the likelier first. */
  configurations: Configuration[];
}

/** See the module. */
export class Provider {
  readonly #settings: ProviderSettings;
  readonly #now: () => number;
  #found: Found | undefined;
  #asking: Promise<Found> | undefined;
  #failed: { at: number; error: Error } | undefined;
  /** Its name on the login page. */
  readonly label: string;

  constructor(
    settings: ProviderSettings,
    { now, label }: { now: () => number; label: string | null },
  ) {
    this.#settings = settings;
    this.#now = now;
    this.label = label ?? new URL(settings.issuer).host;
  }

  /**
   * Where a browser goes to log in.
   *
   * @throws {ProviderDownError} where the provider was never reached.
   */
  async loginUrl(
    { state, nonce, verifier }: LoginProof,
    redirectUri: string,
  ): Promise<URL> {
    const { library, configurations } = await this.#find();
    return library.buildAuthorizationUrl(configurations[0]!, {
      redirect_uri: redirectUri,
      scope: this.#settings.scopes,
      code_challenge: await library.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
  }

  /** The URL for logging out at the provider; null if it has none or does not answer. */
  async logoutUrl(backTo: string): Promise<URL | null> {
    try {
      const { library, configurations: [first] } = await this.#find();
      if (first!.serverMetadata().end_session_endpoint === undefined) {
        return null;
      }
      return library.buildEndSessionUrl(first!, {
        post_logout_redirect_uri: backTo,
      });
    } catch (error) {
      if (error instanceof ProviderDownError) return null;
      throw error;
    }
  }

  /**
   * Completes a login with the browser's redirect: the code is exchanged, and the ID token's
   * signature, issuer, audience, times and nonce are checked.
   *
   * @param answer The redirect URI with the query that came.
   * @throws {Refusal} with a sentence for the user, if nobody was logged in, or the response is not
   * valid.
   * @throws {ProviderDownError} where it does not answer.
   */
  async user(answer: URL, proof: LoginProof): Promise<ProviderUser> {
    const found = await this.#find();
    const { library, configurations } = found;
    for (const [i, configuration] of configurations.entries()) {
      try {
        const user = await this.#exchange(
          library,
          configuration,
          answer,
          proof,
        );
        // The way that worked is the first one to be tried from now on.
        if (i > 0) found.configurations = [configuration];
        return user;
      } catch (error) {
        const isLast = i === configurations.length - 1;
        if (!isLast && codeIn(error) === "invalid_client") continue;
        throw this.#explain(library, error);
      }
    }
    throw new Error("Unreachable: there is a configuration");
  }

  async #exchange(
    library: Library,
    configuration: Configuration,
    answer: URL,
    { state, nonce, verifier }: LoginProof,
  ): Promise<ProviderUser> {
    const { issuer, nameClaim, rolesClaim } = this.#settings;
    const tokens = await library.authorizationCodeGrant(configuration, answer, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: verifier,
      idTokenExpected: true,
    });
    let claims: Claims = tokens.claims()!;
    const { sub } = claims as { sub: string };
    const lacks = (all: Claims) =>
      textClaim(all, nameClaim) === null ||
      rolesClaim !== null && listClaim(all, rolesClaim) === null;
    if (
      lacks(claims) && configuration.serverMetadata().userinfo_endpoint
    ) {
      const more = await library.fetchUserInfo(
        configuration,
        tokens.access_token,
        sub,
      );
      // What is signed stands above what is not.
      claims = { ...more, ...claims };
    }
    const name = textClaim(claims, nameClaim);
    if (name === null) {
      throw new Refusal(
        "forbidden",
        `${this.label} does not say what you are called: its answer has no ${nameClaim} (OIDC_NAME_CLAIM).`,
      );
    }
    const roles = rolesClaim === null ? null : listClaim(claims, rolesClaim);
    if (rolesClaim !== null && roles === null) {
      logLine("warn", "sys_provider_claim_missing", { claim: rolesClaim });
    }
    return {
      subject: sha256Hex(JSON.stringify([issuer, sub])),
      name,
      roles: rolesClaim === null ? null : roles ?? [],
    };
  }

  async #find(): Promise<Found> {
    const now = this.#now();
    const found = this.#found;
    if (found !== undefined && now - found.at < FRESH_MS) return found;
    const failed = this.#failed;
    const isPaused = failed !== undefined && now - failed.at < PAUSE_MS &&
      now >= failed.at;
    const old = found !== undefined && now - found.at < STALE_MS ? found : null;
    if (isPaused) {
      if (old !== null) return old;
      throw new ProviderDownError(this.label, { cause: failed.error });
    }
    this.#asking ??= this.#discover().finally(() => this.#asking = undefined);
    try {
      return await this.#asking;
    } catch (error) {
      if (old !== null) return old;
      throw new ProviderDownError(this.label, { cause: error });
    }
  }

  async #discover(): Promise<Found> {
    const { issuer, clientId, clientSecret } = this.#settings;
    const at = this.#now();
    try {
      const library = await import("openid-client");
      const url = new URL(issuer);
      // The setting takes http for this machine only.
      const execute = url.protocol === "http:"
        ? [library.allowInsecureRequests]
        : [];
      const first = await library.discovery(
        url,
        clientId,
        undefined,
        library.None(),
        { execute, timeout: TIMEOUT_S },
      );
      const metadata = first.serverMetadata();
      const known = metadata.token_endpoint_auth_methods_supported;
      const ways = clientSecret === null ? [library.None()] : [
        ["client_secret_basic", library.ClientSecretBasic] as const,
        ["client_secret_post", library.ClientSecretPost] as const,
      ].filter(([name], i) => known?.includes(name) ?? i === 0)
        .map(([, way]) => way(clientSecret));
      if (ways.length === 0) throw new Error("it takes no client's secret");
      const configurations = ways.map((way) => {
        const each = new library.Configuration(metadata, clientId, {}, way);
        each.timeout = TIMEOUT_S;
        for (const change of execute) change(each);
        library.enableNonRepudiationChecks(each);
        return each;
      });
      this.#failed = undefined;
      return this.#found = { at, library, configurations };
    } catch (error) {
      responseIn(error)?.body?.cancel().catch(() => {});
      this.#failed = { at, error: error as Error };
      logLine("error", "sys_provider_fail", {
        issuer,
        error: wordsOf(error),
      });
      throw error;
    }
  }

  /** What went wrong with an exchange, for the user; what it was exactly is logged. */
  #explain(library: Library, error: unknown): unknown {
    if (error instanceof Refusal) return error;
    const response = responseIn(error);
    // The body of a failed response is not needed.
    response?.body?.cancel().catch(() => {});
    const isNetwork = error instanceof TypeError ||
      codeIn(error) === "OAUTH_TIMEOUT" || (response?.status ?? 0) >= 500;
    const isKnown = isNetwork || error instanceof library.ClientError ||
      error instanceof library.ResponseBodyError ||
      error instanceof library.AuthorizationResponseError ||
      error instanceof library.WWWAuthenticateChallengeError;
    if (!isKnown) return error;
    logLine("warn", "authn_provider_fail", { error: wordsOf(error) });
    if (isNetwork) return new ProviderDownError(this.label, { cause: error });
    if (
      error instanceof library.AuthorizationResponseError ||
      error instanceof library.ResponseBodyError
    ) {
      return new Refusal(
        "forbidden",
        `${this.label} did not log you in${shownCode(error.error)}.`,
        { cause: error },
      );
    }
    return new Refusal(
      "forbidden",
      `What ${this.label} answered cannot be believed. Start again.`,
      { cause: error },
    );
  }
}

/** The answer that was no answer to what was asked. */
function responseIn(error: unknown): Response | null {
  const { cause } = (error ?? {}) as { cause?: unknown };
  return cause instanceof Response ? cause : null;
}

/** The code of OAuth that an error carries. */
function codeIn(error: unknown): string | undefined {
  const { error: code, code: ownCode } = (error ?? {}) as {
    error?: unknown;
    code?: unknown;
  };
  const text = typeof code === "string" ? code : ownCode;
  return typeof text === "string" ? text : undefined;
}

/** A code as OAuth has them; any other text could be attacker-controlled. */
function shownCode(code: string): string {
  return /^[a-z_]{1,64}$/.test(code) ? `: ${code}` : "";
}

function wordsOf(error: unknown): string {
  const cause = (error as Error).cause;
  const more = cause instanceof Error ? `: ${messageOf(cause)}` : "";
  return `${messageOf(error)}${more} (${codeIn(error) ?? "no code"})`
    .slice(0, 500);
}
