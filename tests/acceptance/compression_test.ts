import { assert, assertEquals } from "@std/assert";
import { request as httpRequest } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { waitFor } from "../_wait.ts";
import { ADMIN, startWithAdmin } from "./_admin.ts";

/** The response for a client that does not decompress by itself. */
interface Answer {
  status: number;
  headers: Record<string, string>;
  bytes: Uint8Array;
}

function ask(
  url: string,
  headers: Record<string, string> = {},
  method = "GET",
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const request = httpRequest(url, { headers, method }, (response) => {
    const chunks: Uint8Array[] = [];
    response.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    response.on("error", reject);
    response.on("end", async () => {
      resolve({
        status: response.statusCode!,
        headers: response.headers as Record<string, string>,
        bytes: await new Blob(chunks as Uint8Array<ArrayBuffer>[]).bytes(),
      });
    });
  });
  request.on("error", reject);
  request.end();
  return promise;
}

function unpacked({ headers, bytes }: Answer): string {
  const encoding = headers["content-encoding"];
  return new TextDecoder().decode(
    encoding === "br"
      ? brotliDecompressSync(bytes)
      : encoding === "gzip"
      ? gunzipSync(bytes)
      : bytes,
  );
}

const BROWSER = "gzip, deflate, br, zstd";

Deno.test("Texts are packed as their client likes it, and unpack to the same", async (t) => {
  await using server = await startWithAdmin({
    env: { TRUSTED_PROXIES: "127.0.0.1" },
  });
  const { origin, token } = server;
  const signedIn = { authorization: `Bearer ${token}` };
  await waitFor("the log", async () => {
    const { items } = await server.api<{ items: unknown[] }>(
      "/api/requests?limit=50",
    );
    return items.length > 5 || null;
  });
  const style = /href="([^"]*styles[^"]*\.css[^"]*)"/.exec(
    await (await fetch(`${origin}/login`)).text(),
  )![1]!;
  for (
    const [what, path, headers] of [
      ["a page", "/login", {}],
      ["the API", "/api/requests?limit=50", signedIn],
      ["a file of the build", style, {}],
    ] as const
  ) {
    await t.step(what, async () => {
      const plain = await ask(origin + path, headers);
      assertEquals(plain.status, 200);
      assertEquals(plain.headers["content-encoding"], undefined);
      assert(plain.bytes.length > 1_024, `${path}: ${plain.bytes.length}`);
      for (
        const [accepted, encoding] of [
          [BROWSER, "br"],
          ["gzip", "gzip"],
          ["br;q=0, gzip;q=0.5", "gzip"],
        ] as const
      ) {
        const packed = await ask(origin + path, {
          ...headers,
          "accept-encoding": accepted,
        });
        assertEquals(packed.headers["content-encoding"], encoding);
        assert(/accept-encoding/i.test(packed.headers["vary"]!), accepted);
        assert(packed.bytes.length < plain.bytes.length, accepted);
        // The log has grown by these requests; a page has another nonce.
        const text = unpacked(packed);
        if (path === style) {
          assertEquals(text, new TextDecoder().decode(plain.bytes));
        } else assert(/^(<!DOCTYPE html>|\{)/i.test(text), text.slice(0, 80));
      }
      const identity = await ask(origin + path, {
        ...headers,
        "accept-encoding": "identity",
      });
      assertEquals(identity.headers["content-encoding"], undefined);
    });
  }

  await t.step("a packed file has a weak tag that is still known", async () => {
    const packed = await ask(origin + style, { "accept-encoding": BROWSER });
    const etag = packed.headers["etag"]!;
    assertEquals(etag.slice(0, 3), 'W/"');
    assertEquals(
      packed.headers["content-length"],
      String(packed.bytes.length),
    );
    const [path] = style.split("?");
    const again = await ask(origin + path, {
      "accept-encoding": BROWSER,
      "if-none-match": etag,
    });
    assertEquals(again.status, 304);
    const head = await ask(origin + style, {
      "accept-encoding": BROWSER,
    }, "HEAD");
    assertEquals(head.headers["content-encoding"], "br");
    assertEquals(head.bytes.length, 0);
  });

  await t.step("what is short or shows a secret stays as it is", async () => {
    const accepts = { "accept-encoding": BROWSER };
    const health = await ask(`${origin}/healthz`, accepts);
    assertEquals(health.headers["content-encoding"], undefined);
    await server.api("/api/blocked", {
      method: "POST",
      json: { ip: "203.0.113.9", for: "1h" },
    });
    const blocked = await ask(origin, {
      ...accepts,
      "x-forwarded-for": "203.0.113.9",
    });
    assertEquals(blocked.status, 403);
    assertEquals(blocked.headers["content-encoding"], undefined);
    const login = await fetch(`${origin}/login`, {
      method: "POST",
      redirect: "manual",
      headers: { origin },
      body: new URLSearchParams(ADMIN),
    });
    const cookie = login.headers.getSetCookie().map((each) =>
      each.split(";")[0]
    ).join("; ");
    await login.body?.cancel();
    const secret = await ask(`${origin}/profile/second-factor`, {
      ...accepts,
      cookie,
    });
    assertEquals(secret.status, 200);
    assertEquals(secret.headers["content-encoding"], undefined);
  });
});
