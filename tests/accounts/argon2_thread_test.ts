import { assertEquals } from "@std/assert";
import { startWorker } from "../../lib/accounts/argon2_thread.ts";

Deno.test("startWorker() is there for files that lie beside each other, and not in what has no files", () => {
  const cases: [string, boolean][] = [
    ["file:///app/lib/accounts/argon2_thread.ts", true],
    ["file:///C:/app/lib/accounts/argon2_thread.ts", true],
    ["file:///app/node_modules/p/lib/accounts/argon2_thread.js", true],
    ["https://jsr.io/@p/p/1.0.0/lib/accounts/argon2_thread.ts", true],
    // A bundle.
    ["file:///app/_fresh/server/assets/mod-BzpzRk.mjs", false],
    ["file:///app/dist/app.js", false],
    // Vite's development server.
    [
      "file:///app/%00deno::0::https:/jsr.io/@p/p/1.0.0/lib/accounts/argon2_thread.ts",
      false,
    ],
    ["\0deno::0::file:///app/lib/accounts/argon2_thread.ts", false],
  ];
  for (const [from, expected] of cases) {
    assertEquals(startWorker(from) !== null, expected, from);
  }
});
