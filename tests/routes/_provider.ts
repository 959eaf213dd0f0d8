import Provider from "oidc-provider";

/** The claims about a provider's users. */
export type Person = Record<string, unknown>;

/** An OpenID Connect provider on the loopback, by `oidc-provider`. */
export interface TestProvider extends AsyncDisposable {
  issuer: string;
  /** Claims by subject; change them between logins. */
  people: Map<string, Person>;
  /**
   * Follows a login like a browser, from its redirect back to the site: logs a user in and
   * consents. Resolves to the redirect URI with the provider's parameters.
   */
  logIn(from: string, subject: string): Promise<URL>;
  /** Refuses to log in, as a user can. */
  refuse(from: string): Promise<URL>;
  /** Requests the logout page, and confirms. */
  logOut(from: string): Promise<URL | null>;
  /** From now on no request is answered. */
  stop(): Promise<void>;
}

export const CLIENT = {
  OIDC_CLIENT_ID: "portcullis",
  OIDC_CLIENT_SECRET: "a client's secret: with / + % and spaces",
};

/** Starts one with a site as client. */
export async function startProvider(
  { redirectUri, afterLogout, authMethod = "client_secret_basic" }: {
    redirectUri: string;
    afterLogout: string;
    authMethod?: "client_secret_basic" | "client_secret_post" | "none";
  },
): Promise<TestProvider> {
  const people = new Map<string, Person>();
  const port = freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: CLIENT.OIDC_CLIENT_ID,
      ...authMethod === "none"
        ? {}
        : { client_secret: CLIENT.OIDC_CLIENT_SECRET },
      token_endpoint_auth_method: authMethod,
      redirect_uris: [redirectUri],
      post_logout_redirect_uris: [afterLogout],
    }],
    claims: {
      profile: ["preferred_username", "name"],
      roles: ["groups", "realm_access"],
    },
    findAccount: (_: unknown, sub: string) =>
      people.has(sub)
        ? {
          accountId: sub,
          claims: () => ({ sub, ...people.get(sub) }),
        }
        : undefined,
    cookies: { keys: ["a key for tests"] },
  });
  const server = provider.listen(port, "127.0.0.1");
  const jar = new Map<string, string>();

  async function visit(url: string, form?: Record<string, string>) {
    const response = await fetch(url, {
      method: form ? "POST" : "GET",
      headers: {
        cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; "),
      },
      body: form && new URLSearchParams(form),
      redirect: "manual",
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      if (/expires=Thu, 01 Jan 1970/.test(line)) jar.delete(name!);
      else jar.set(name!, value!);
    }
    const location = response.headers.get("location");
    return {
      status: response.status,
      text: await response.text(),
      to: location === null ? null : new URL(location, url),
    };
  }

  /** Follows redirects until a page of the provider, or until they leave it. */
  async function follow(url: URL, form?: Record<string, string>) {
    let answer = await visit(url.href, form);
    while (answer.to !== null) {
      if (answer.to.origin !== issuer) return { away: answer.to };
      url = answer.to;
      answer = await visit(url.href);
    }
    return { at: url, text: answer.text };
  }

  async function throughForms(
    from: string,
    fields: (prompt: string) => Record<string, string>,
  ): Promise<URL> {
    let step = await follow(new URL(from));
    for (let i = 0; i < 5; i++) {
      if (step.away) return step.away;
      const prompt = /name="prompt" value="(\w+)"/.exec(step.text!)?.[1];
      if (prompt === undefined) throw new Error(step.text);
      step = await follow(step.at!, { prompt, ...fields(prompt) });
    }
    throw new Error("The provider asks for ever");
  }

  async function stop(): Promise<void> {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
  await new Promise<void>((done) => {
    if (server.listening) done();
    else server.once("listening", done);
  });
  return {
    issuer,
    people,
    logIn(from, login) {
      // Another user's session there would be accepted for anybody.
      jar.clear();
      return throughForms(
        from,
        (prompt): Record<string, string> =>
          prompt === "login" ? { login, password: "any" } : {},
      );
    },
    async refuse(from) {
      jar.clear();
      const page = await follow(new URL(from));
      const { away } = await follow(new URL(`${page.at!.href}/abort`));
      return away!;
    },
    async logOut(from) {
      const page = await follow(new URL(from));
      if (page.away) return page.away;
      const xsrf = /name="xsrf" value="(\w+)"/.exec(page.text!)?.[1];
      if (xsrf === undefined) throw new Error(page.text);
      const { away } = await follow(
        new URL(/action="([^"]+)"/.exec(page.text!)![1]!),
        { xsrf, logout: "yes" },
      );
      return away ?? null;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A free port: the URL of an issuer must be known before it listens. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}
