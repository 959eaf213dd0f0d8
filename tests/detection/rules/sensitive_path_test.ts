import { HOUR } from "../../../lib/base/duration.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RequestRecord } from "../../../lib/log/request_record.ts";
import { sensitivePath } from "../../../lib/detection/rules/sensitive_path.ts";
import { type Severity } from "../../../lib/detection/types.ts";
import { mutationsFail, spread, type Table } from "./_table.ts";
import { draftsOf, HOUR_START, record, times } from "../records.ts";

const rule = sensitivePath({
  paths: ["/admin", "/login", "/api/auth"],
  isAdmin: (username) => username === "root",
});

const flagged: Record<string, [records: RequestRecord[], Severity]> = {
  "one visit to /login": [[record({ path: "/login" })], "info"],
  "one visit to /login/": [[record({ path: "/login/" })], "info"],
  "one visit to /Login": [[record({ path: "/Login" })], "info"],
  "one visit to /%6cogin": [[record({ path: "/%6cogin" })], "info"],
  "one visit under /admin": [[record({ path: "/admin/users" })], "info"],
  "a visit by a signed-in user": [
    [record({ path: "/admin", username: "ada" })],
    "info",
  ],
  "9 visits": [times(9, { path: "/login" }), "info"],
  "10 visits": [times(10, { path: "/login" }), "info"],
  "10 visits to several of them": [
    [
      ...times(4, { path: "/admin" }),
      ...times(3, { path: "/login" }),
      ...times(3, { path: "/api/auth" }),
    ],
    "info",
  ],
  "a mistyped password": [
    [
      record({ path: "/login" }),
      record({ path: "/login", method: "POST", status: 401 }),
    ],
    "info",
  ],
  "two mistyped passwords": [
    times(2, { path: "/login", status: 401 }),
    "info",
  ],
  "three wrong passwords": [
    times(3, { path: "/login", status: 401 }),
    "warning",
  ],
  "one 403": [[record({ path: "/admin", status: 403 })], "info"],
  "three 403": [times(3, { path: "/admin", status: 403 }), "warning"],
  "a school's mistyped passwords among right ones": [
    [
      ...times(20, { path: "/login", method: "POST", status: 303 }),
      ...times(6, { path: "/login", method: "POST", status: 401 }),
    ],
    "info",
  ],
  "one 429": [
    [record({ path: "/login", status: 429, outcome: "limited" })],
    "warning",
  ],
  "one 404": [[record({ path: "/admin", status: 404 })], "info"],
  "a refused visit among elsewhere's": [
    [...times(50), record({ path: "/admin", status: 403 })],
    "info",
  ],
};

for (const [name, [records, severity]] of Object.entries(flagged)) {
  Deno.test(`sensitive_path: ${name} is noted as ${severity}`, async () => {
    const drafts = await draftsOf(rule, records);
    assertEquals(drafts.map((draft) => draft.severity), [severity]);
  });
}

const fine: Record<string, RequestRecord[]> = {
  "the home page": [record({ path: "/" })],
  "/administrator-guide": [record({ path: "/administrator-guide" })],
  "/administrator/index.php": [record({ path: "/administrator/index.php" })],
  "/admin.php": [record({ path: "/admin.php" })],
  "/loginfo": [record({ path: "/loginfo" })],
  "/blog/login": [record({ path: "/blog/login" })],
  "/api": [record({ path: "/api" })],
  "/api/authors": [record({ path: "/api/authors" })],
  "/api/login": [record({ path: "/api/login" })],
  "a signed-in admin": times(50, { path: "/admin", username: "root" }),
  "a signed-in admin's 403": [
    record({ path: "/admin", username: "root", status: 403 }),
  ],
  "what our blocklist refused": times(50, {
    path: "/login",
    status: 403,
    outcome: "blocked",
  }),
  "a refusal elsewhere": times(50, { path: "/private", status: 403 }),
  "the hour before": [
    record({ path: "/login", timestamp: HOUR_START - 1 }),
  ],
};

for (const [name, records] of Object.entries(fine)) {
  Deno.test(`sensitive_path: ${name} is not noted`, async () => {
    assertEquals(await draftsOf(rule, records), []);
  });
}

Deno.test("sensitive_path: a blocked visitor's knocking adds nothing to his finding", async () => {
  const knocking = times(50, {
    path: "/login",
    status: 403,
    outcome: "blocked",
  });
  const [draft] = await draftsOf(rule, [
    record({ path: "/login" }),
    ...knocking,
  ]);
  assertEquals([draft!.count, draft!.severity], [1, "info"]);
});

Deno.test("sensitive_path: refusals that matter can be told", async () => {
  const strict = sensitivePath({ paths: ["/x"], refusals: 1 });
  const severity = async (records: RequestRecord[]) =>
    (await draftsOf(strict, records))[0]!.severity;
  assertEquals(await severity(times(1, { path: "/x" })), "info");
  assertEquals(
    await severity(times(1, { path: "/x", status: 401 })),
    "warning",
  );
});

Deno.test("sensitive_path: it says what was visited, never what the visitor wrote", async () => {
  const path = "/ADMIN/<img src=x onerror=alert(1)>";
  const [draft] = await draftsOf(rule, [record({ path, status: 403 })]);
  assertEquals(
    draft!.explanation,
    "1 visit to /admin in the hour from 2026-03-04 10:00 UTC",
  );
  assertStringIncludes(draft!.evidence[0]!.path, "<img");
});

mutationsFail(
  rule,
  Object.fromEntries([
    ...Object.entries(flagged),
    ...Object.entries(fine).map(([name, records]) =>
      [name, [records, null]] as const
    ),
    ["ten over the hour", [
      spread(10, [0, HOUR - 1], { path: "/login" }),
      "warning",
    ]],
    ["ten over two hours", [
      spread(10, [-HOUR, HOUR - 1], { path: "/login" }),
      "info",
    ]],
  ]) as Table<RequestRecord>,
);
