import { assert, assertEquals } from "@std/assert";
import { App, csp, type CSPOptions } from "fresh";
import { h } from "preact";
import { send } from "./_helpers.ts";

/** Directives by name, of a text response or a rendered one. */
async function policy(
  options?: CSPOptions,
  path = "/text",
): Promise<{ headers: Headers; by: Map<string, string>; html: string }> {
  const app = new App().use(csp(options))
    .get("/text", (ctx) => ctx.text("x"))
    .get("/page", (ctx) => ctx.render(h("p", { "f-client-nav": true })));
  const response = await send(app, path);
  const { headers } = response;
  const header = headers.get("content-security-policy") ??
    headers.get("content-security-policy-report-only")!;
  const by = new Map(
    header.split("; ").map((d) => [d.split(" ")[0]!, d]),
  );
  return { headers, by, html: await response.text() };
}

Deno.test("csp(): the defaults allow this site only", async () => {
  const { by } = await policy();
  assertEquals(by.get("default-src"), "default-src 'self'");
  assertEquals(by.get("script-src"), "script-src 'self' 'unsafe-inline'");
  assertEquals(by.get("object-src"), "object-src 'none'");
  assertEquals(by.get("frame-ancestors"), "frame-ancestors 'none'");
  for (const directive of by.values()) assert(!directive.includes("*"));
});

Deno.test("csp(): upgrade-insecure-requests is always there", async () => {
  for (const options of [{}, { csp: ["default-src 'none'"] }]) {
    assert((await policy(options)).by.has("upgrade-insecure-requests"));
  }
});

Deno.test("csp(): a directive replaces the one of the same name", async () => {
  const { by } = await policy({
    csp: ["img-src 'self' https://img.example", "manifest-src 'self'"],
  });
  assertEquals(by.get("img-src"), "img-src 'self' https://img.example");
  assertEquals(by.get("manifest-src"), "manifest-src 'self'");
  assertEquals(by.get("font-src"), "font-src 'self'");
});

Deno.test("csp(): reportOnly and reportTo", async () => {
  const { headers, by } = await policy({ reportOnly: true, reportTo: "/r" });
  assertEquals(headers.get("content-security-policy"), null);
  assertEquals(by.get("report-uri"), "report-uri /r");
  assertEquals(headers.get("reporting-endpoints"), 'csp-endpoint="/r"');
});

Deno.test("csp(): useNonce allows a page's own scripts instead of all inline ones", async () => {
  const first = await policy({ useNonce: true }, "/page");
  const nonce = /'nonce-(\w{32})'/.exec(first.by.get("script-src")!)![1]!;
  assertEquals(
    first.by.get("script-src"),
    `script-src 'self' 'nonce-${nonce}'`,
  );
  assert(!first.headers.get("content-security-policy")!.includes("unsafe"));
  const second = await policy({ useNonce: true }, "/page");
  assert(!second.by.get("script-src")!.includes(nonce), "a nonce is used once");
});

Deno.test("csp(): useNonce keeps 'unsafe-inline' on what is not rendered", async () => {
  const { by } = await policy({ useNonce: true });
  assertEquals(by.get("script-src"), "script-src 'self' 'unsafe-inline'");
});
