import { HOUR } from "../../lib/base/duration.ts";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { runLightPass } from "../../lib/detection/job.ts";
import { jobOptions } from "../../lib/detection/job_options.ts";
import {
  loginProposals,
  proposeLoginPaths,
} from "../../lib/detection/login_proposals.ts";
import { FormPaths } from "../../lib/detection/form_paths.ts";
import { checkLoginPaths } from "../../lib/doctor/login_paths.ts";
import { FLAG, type RequestRecord } from "../../lib/log/request_record.ts";
import { parseConfig } from "../../lib/settings/config.ts";
import { store } from "../log/_records.ts";
import { HOUR_START, record, times } from "./records.ts";

const form = { method: "POST", flags: FLAG.password };

function proposed(records: RequestRecord[]): string[] {
  const forms = new FormPaths();
  for (const one of records) forms.add(one, one.ip_address);
  return [...forms.looksLikeLogins()].map(({ path }) => path);
}

const CASES: Record<string, [records: RequestRecord[], paths: string[]]> = {
  "20 passwords answered alike": [
    times(20, { ...form, path: "/come-in", status: 200 }),
    ["/come-in"],
  ],
  "19 are few": [times(19, { ...form, path: "/come-in", status: 200 }), []],
  "refused ones": [
    times(30, { ...form, path: "/come-in", status: 403 }),
    ["/come-in"],
  ],
  "a path that is not there": [
    times(30, { ...form, path: "/come-in", status: 404 }),
    [],
  ],
  "answers of all kinds": [
    times(30, { ...form, path: "/come-in" }).map((one, n) => ({
      ...one,
      status: n % 2 === 0 ? 302 : 200,
    })),
    [],
  ],
  "forms without a password": [
    times(300, { method: "POST", path: "/collect", status: 204 }),
    [],
  ],
  "of a log that says nothing of forms, by the path's name": [
    times(30, { method: "POST", path: "/portal/sign-in.do", status: 200 }),
    ["/portal/sign-in.do"],
  ],
  "of a log, by no name": [
    times(30, { method: "POST", path: "/blogging/catalog", status: 200 }),
    [],
  ],
  "few passwords among many forms": [
    [
      ...times(9, { ...form, path: "/login-or-search" }),
      ...times(30, { method: "POST", path: "/login-or-search" }),
    ],
    [],
  ],
};

for (const [name, [records, paths]] of Object.entries(CASES)) {
  Deno.test(`FormPaths: ${name}: ${paths.length === 0 ? "none" : paths}`, () => {
    assertEquals(proposed(records), paths);
  });
}

Deno.test("A path that passwords are sent to is proposed by the doctor, until LOGIN_PATHS has it", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = () => HOUR_START + HOUR / 2;
  await store(
    kv,
    now,
    times(25, { ...form, path: "/club/Come-In", status: 200 }),
  );
  await runLightPass(await jobOptions({ kv, now, config: parseConfig({}) }));
  const said = async (env: Record<string, string>) =>
    (await checkLoginPaths({
      ...{ kv, now, running: null, geo: null, askJsr: null },
      config: parseConfig(env),
      clocks: { wall: now, steady: now },
    }))?.detail ?? null;
  assertStringIncludes(
    (await said({}))!,
    "LOGIN_PATHS=/login,/api/login,/api/auth,/club/Come-In",
  );
  assertEquals(await said({ LOGIN_PATHS: "/club/*" }), null);
});

Deno.test("Proposals are forgotten after thirty days, and only the busiest are kept", async () => {
  using kv = await Deno.openKv(":memory:");
  const found = Array.from({ length: 40 }, (_, n) => ({
    ...{ path: `/enter/${n}`, posts: 20 + n, clients: 1, status: 200 },
  }));
  await proposeLoginPaths(kv, found, HOUR_START);
  const at = async (ms: number) =>
    (await loginProposals(kv, HOUR_START + ms, () => false)).length;
  assertEquals(await at(0), 20);
  assertEquals(await at(31 * 24 * HOUR), 0);
  const [busiest] = await loginProposals(kv, HOUR_START, () => false);
  assertEquals(busiest?.path, "/enter/39");
  assertEquals(record().flags, 0);
});

Deno.test("proposals: paths that are too long are left out, the busiest count stands, and 20 are kept", async () => {
  using kv = await Deno.openKv(":memory:");
  const now = HOUR_START;
  const found = (path: string, posts: number) => ({ path, posts }) as never;
  const paths = async () =>
    (await loginProposals(kv, now, () => false))
      .map(({ path, posts }) => [path, posts]);
  const longest = "/".padEnd(200, "x");
  await proposeLoginPaths(
    kv,
    [found(longest, 20), found(`${longest}x`, 99)],
    now,
  );
  assertEquals(await paths(), [[longest, 20]]);
  await proposeLoginPaths(kv, [found(longest, 30), found("/a", 25)], now);
  await proposeLoginPaths(kv, [found(longest, 21)], now);
  assertEquals(await paths(), [[longest, 30], ["/a", 25]]);
  await proposeLoginPaths(
    kv,
    Array.from({ length: 25 }, (_, n) => found(`/p${n}`, 100 + n)),
    now,
  );
  const kept = await paths();
  assertEquals([kept.length, kept[0], kept.at(-1)], [
    20,
    ["/p24", 124],
    ["/p5", 105],
  ]);
});
