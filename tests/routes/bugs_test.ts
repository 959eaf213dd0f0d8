import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { setLog } from "../../lib/base/log_line.ts";
import { startApp, type TestApp, type TestRequest } from "../_app.ts";

/** What V8 or a bug of ours throws: neither is a visitor's fault nor the store's. */
const BUGS = [
  () => new TypeError("Cannot read properties of undefined (reading 'x')"),
  () => new RangeError("Maximum call stack size exceeded"),
  () => new SyntaxError("Unexpected token"),
  () => new Error("Cannot block 192.0.2.1 without force"),
];

/** A part that is broken, and a request that reaches it. */
const PARTS: [
  what: string,
  break_: (app: TestApp, bug: () => never) => void,
  path: string,
  request: TestRequest,
][] = [
  [
    "blocking by the API",
    (app, bug) => app.services.lists.applyLocal = bug,
    "/api/blocked",
    { json: { ip: "203.0.113.9" } },
  ],
  [
    "blocking by a page",
    (app, bug) => app.services.lists.applyLocal = bug,
    "/admin/blocked",
    { form: { action: "block", ip: "203.0.113.9" } },
  ],
  [
    "the safelist",
    (app, bug) => app.services.lists.applyLocal = bug,
    "/admin/blocked",
    { form: { action: "allow", ip: "203.0.113.9" } },
  ],
  [
    "filtering the log by the API",
    (app, bug) => app.services.addresses.formsOf = bug,
    "/api/requests?ip=203.0.113.9",
    {},
  ],
  [
    "filtering the log on its page",
    (app, bug) => app.services.addresses.formsOf = bug,
    "/admin/requests?ip=203.0.113.9",
    {},
  ],
  [
    "a dossier",
    (app, bug) => app.services.addresses.formsOf = bug,
    "/admin/ip/203.0.113.9",
    {},
  ],
  [
    "adding a feed by the API",
    (app, bug) => app.services.feeds = bug,
    "/api/feeds",
    { json: { name: "a", url: "https://example.org/list" } },
  ],
  [
    "adding a feed on its page",
    (app, bug) => app.services.feeds = bug,
    "/admin/feeds",
    { form: { action: "add", name: "a", url: "https://example.org/list" } },
  ],
  [
    "a detection run",
    (app, bug) => app.services.detect = bug,
    "/api/detect",
    { json: {} },
  ],
];

for (const [what, break_, path, request] of PARTS) {
  Deno.test(`A bug in ${what} is answered with 500, and its stack is logged`, async () => {
    const lines: string[] = [];
    try {
      for (const bug of BUGS) {
        await using app = await startApp();
        const { cookie, token } = await app.signIn("root", "admin");
        break_(app, () => {
          throw bug();
        });
        setLog({ write: (line) => lines.push(line) });
        const who = path.startsWith("/api/") ? { token } : { cookie };
        const response = await app.fetch(path, { ...request, ...who });
        const text = await response.text();
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
