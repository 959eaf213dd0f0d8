import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setLog } from "../../lib/base/log_line.ts";
import { startApp, type TestApp, type TestRequest } from "../_app.ts";

/** Errors of V8 or bugs of the app: they are caused neither by the client nor by the store. */
const BUGS = [
  () => new TypeError("Cannot read properties of undefined (reading 'x')"),
  () => new RangeError("Maximum call stack size exceeded"),
  () => new SyntaxError("Unexpected token"),
  () => new Error("Cannot block 192.0.2.1 without force"),
];

function listOf(text: string): FormData {
  const form = new FormData();
  form.set("text", text);
  return form;
}

/** A broken part, and a request that reaches it. */
const PARTS: [
  what: string,
  broken: (app: TestApp) => [owner: object, name: string],
  path: string,
  request: TestRequest,
][] = [
  [
    "blocking by the API",
    ({ services }) => [services.lists, "applyLocal"],
    "/api/blocked",
    { json: { ip: "203.0.113.9" } },
  ],
  [
    "blocking by a page",
    ({ services }) => [services.lists, "applyLocal"],
    "/admin/blocked",
    { form: { action: "block", ip: "203.0.113.9" } },
  ],
  [
    "the safelist",
    ({ services }) => [services.lists, "applyLocal"],
    "/admin/blocked",
    { form: { action: "allow", ip: "203.0.113.9" } },
  ],
  [
    "filtering the log by the API",
    ({ services }) => [services.addresses, "formsOf"],
    "/api/requests?ip=203.0.113.9",
    {},
  ],
  [
    "filtering the log on its page",
    ({ services }) => [services.addresses, "formsOf"],
    "/admin/requests?ip=203.0.113.9",
    {},
  ],
  [
    "a dossier",
    ({ services }) => [services.addresses, "formsOf"],
    "/admin/ip/203.0.113.9",
    {},
  ],
  [
    "adding a feed by the API",
    ({ services }) => [services, "feeds"],
    "/api/feeds",
    { json: { name: "a", url: "https://example.org/list" } },
  ],
  [
    "adding a feed on its page",
    ({ services }) => [services, "feeds"],
    "/admin/feeds",
    { form: { action: "add", name: "a", url: "https://example.org/list" } },
  ],
  [
    "a detection run",
    ({ services }) => [services, "detect"],
    "/api/detect",
    { json: {} },
  ],
  [
    "an import of a list on its page",
    ({ services }) => [services.lists, "applyLocal"],
    "/admin/blocked/import",
    { body: listOf("203.0.113.9"), headers: { origin: "http://localhost" } },
  ],
  [
    "the safelist by the API",
    ({ services }) => [services.lists, "applyLocal"],
    "/api/safelist",
    { json: { ip: "203.0.113.9" } },
  ],
  [
    "a rehearsal by the API",
    ({ services }) => [services.log, "flush"],
    "/api/policy/rehearse",
    { json: { rules: [], since: "1h" } },
  ],
  [
    "the search",
    ({ services }) => [services.kv, "list"],
    "/admin/search?q=curl",
    {},
  ],
  [
    "the limits of an address by the API",
    ({ services }) => [services.kv, "list"],
    "/api/limits?subject=203.0.113.9",
    {},
  ],
];

for (const [what, broken, path, request] of PARTS) {
  Deno.test(`A bug in ${what} is answered with 500, and its stack is logged`, async () => {
    const lines: string[] = [];
    try {
      for (const bug of BUGS) {
        await using app = await startApp();
        const { cookie, token } = await app.signIn("root", "admin");
        const [owner, name] = broken(app);
        const whole = Reflect.get(owner, name);
        Object.defineProperty(owner, name, {
          configurable: true,
          writable: true,
          value() {
            throw bug();
          },
        });
        setLog({ write: (line) => lines.push(line) });
        const who = path.startsWith("/api/") ? { token } : { cookie };
        const response = await app.fetch(path, { ...request, ...who });
        const text = await response.text();
        Object.defineProperty(owner, name, { value: whole });
        assertEquals(response.status, 500, text);
        const { message } = bug();
        assert(!text.includes(message), text);
        const logged = lines.join("\n");
        assertStringIncludes(logged, "sys_error");
        assertStringIncludes(logged, message);
        assertStringIncludes(logged, "bugs_test.ts");
        assert(!logged.includes("sys_store_down"), logged);
        lines.length = 0;
      }
    } finally {
      setLog({});
    }
  });
}
