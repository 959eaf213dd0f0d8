import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { guardHandler } from "../../lib/guard/mod.ts";
import { PolicyFileError } from "../../lib/policy/policy_file.ts";
import { readAnswerTemplates } from "../../lib/guard/answer_templates.ts";
import { startProxy } from "../acceptance/_proxy.ts";
import { startServer } from "../_server.ts";

const HOSTILE = `<img src=x onerror=alert(1)> "quoted" & \`ticks\``;

async function folderOf(files: Record<string, string>) {
  const folder = await Deno.makeTempDir();
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(`${folder}/${name}`, text);
  }
  return {
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const FILES = {
  "403.html": "<h1>{{title}}</h1><p>{{message}}</p><p>{{ receipt }}",
  "429.json": `{"error": "{{message}}", "wait": {{retry_after}}}`,
  "no-php.html": "No PHP here ({{rule}}, {{status}})",
  "notes.txt": "{{nobody}}",
};
const RULES = [
  { name: "no-php", refuse: true, when: { path: "*.php" } },
  { name: "hostile", refuse: true, when: { path: "/no" }, say: HOSTILE },
  { name: "few", limit: "1/h", when: { path: "/few" } },
  { name: "ask", challenge: true, when: { path: "/ask" } },
];

/** The responses of an app and a proxy with the templates. */
async function see(origin: string, path: string, accept: string) {
  const response = await fetch(origin + path, { headers: { accept } });
  return { response, text: await response.text() };
}

Deno.test("templates: by rule, then by status, for pages and programs, with what stands in them escaped", async (t) => {
  await using made = await folderOf(FILES);
  const rules = `${made.folder}/rules.jsonc`;
  await Deno.writeTextFile(rules, JSON.stringify({ rules: RULES }));
  const env = {
    ANSWER_TEMPLATES: made.folder,
    POLICY_FILE: rules,
    GEO_PROVIDER: "off",
  };
  const app = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response("app"),
  );
  const url = `http://127.0.0.1:${app.addr.port}`;
  for (
    const [name, start] of [
      ["app", () => startServer({ env })],
      ["proxy", () => startProxy(url, env)],
    ] as const
  ) {
    await t.step(name, async () => {
      await using server = await start();
      const page = (path: string) => see(server.origin, path, "text/html");
      const php = await page("/a.php");
      assertEquals(php.text, "No PHP here (no-php, 403)");
      assertEquals(
        php.response.headers.get("content-type"),
        "text/html; charset=utf-8",
      );
      const no = await page("/no");
      assertStringIncludes(no.text, "<h1>Forbidden</h1><p>&#60;img src=x");
      assertStringIncludes(no.text, "&#34;quoted&#34; &#38; &#96;ticks&#96;");
      assertStringIncludes(
        no.response.headers.get("content-security-policy")!,
        "default-src 'none'",
      );
      await page("/few");
      const few = await see(server.origin, "/few", "*/*");
      assertEquals(few.response.status, 429);
      assertEquals(
        Number(few.response.headers.get("retry-after")) > 3_500,
        true,
      );
      assertStringIncludes(JSON.parse(few.text).error, "Too many requests.");
      assertEquals(JSON.parse(few.text).wait > 3_500, true);
      // Responses without a template are unchanged.
      assertStringIncludes((await page("/few")).text, "Too many requests.");
      assertStringIncludes((await page("/ask")).text, "One moment");
      const json = await see(server.origin, "/no", "application/json");
      assertEquals(JSON.parse(json.text).detail, HOSTILE);
    });
  }
  await app.shutdown();
});

Deno.test("templates: code goes first, and answers HEAD without a body", async () => {
  await using made = await folderOf({ "403.html": "template" });
  using kv = await Deno.openKv(":memory:");
  await using guarded = guardHandler(() => new Response("app"), {
    kv,
    policy: [{ name: "no", refuse: true, when: { path: "/no*" } }],
    answerTemplates: made.folder,
    onRefuse: (request) =>
      request.url.endsWith("/no/code") ? new Response("code") : null,
  });
  const ask = async (path: string, method = "GET") => {
    const response = await guarded(
      new Request(`http://example.org${path}`, {
        method,
        headers: { accept: "text/html" },
      }),
      {
        remoteAddr: { transport: "tcp", hostname: "203.0.113.5", port: 1 },
        completed: Promise.resolve(),
      },
    );
    return [response.status, await response.text()];
  };
  assertEquals(await ask("/no/code"), [200, "code"]);
  assertEquals(await ask("/no"), [403, "template"]);
  assertEquals(await ask("/no", "HEAD"), [403, ""]);
});

const WRONG: [files: Record<string, string>, says: string][] = [
  [{}, "expected files such as 403.html"],
  [{ "notes.txt": "" }, "expected files such as 403.html"],
  [{ "403.html": "{{reciept}}" }, "received {{reciept}}"],
  [{ "403.html": "{{constructor}}" }, "received {{constructor}}"],
  [{ "403.json": "{{message}}" + "}" }, "expected JSON"],
  [{ "403.html": "x".repeat(65_537) }, "expected at most 65536"],
];

for (const [files, says] of WRONG) {
  Deno.test(`templates: ${JSON.stringify(files).slice(0, 40)} are refused at the start`, async () => {
    await using made = await folderOf(files);
    await assertRejects(
      () => readAnswerTemplates(made.folder),
      PolicyFileError,
      says,
    );
  });
}

Deno.test("templates: a folder that is not there is refused at the start", async () => {
  await assertRejects(
    () => readAnswerTemplates("/no/such/folder"),
    PolicyFileError,
    "Cannot read the answers in /no/such/folder",
  );
});
