import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseConfig } from "../../lib/settings/config.ts";
import {
  AddressWatch,
  checkAddresses,
  checkConfig,
  checkStore,
} from "../../lib/doctor/doctor.ts";
import { withFaults } from "../_fake_kv.ts";
import { record, store } from "../log/_records.ts";

const NOW = Date.UTC(2026, 0, 8, 12);
const now = () => NOW;
const FULL = { privacyIp: "full" as const };

function requests(count: number, ip_address: string) {
  return Array.from(
    { length: count },
    (_, i) => record({ timestamp: NOW - count + i, ip_address }),
  );
}

Deno.test("doctor: an hour from one private address looks like a proxy, and the line to change is named", async () => {
  using kv = await Deno.openKv(":memory:");
  await store(kv, now, requests(60, "10.0.0.1"));
  const check = await checkAddresses(kv, now, FULL);
  assertEquals(check.level, "warn");
  assertStringIncludes(check.detail, "60 requests");
  assertStringIncludes(check.detail, "proxy");
  assertStringIncludes(check.fix ?? "", "TRUSTED_PROXIES=10.0.0.1");
});

Deno.test("doctor: few requests, or several addresses, are no cause for a warning", async () => {
  using kv = await Deno.openKv(":memory:");
  assertEquals((await checkAddresses(kv, now, FULL)).level, "ok");
  await store(kv, now, requests(49, "10.0.0.1"));
  assertEquals((await checkAddresses(kv, now, FULL)).level, "ok");
  await store(kv, now, [
    ...requests(49, "10.0.0.1"),
    record({ timestamp: NOW - 1, ip_address: "203.0.113.9" }),
  ]);
  assertEquals((await checkAddresses(kv, now, FULL)).level, "ok");
});

Deno.test("doctor: an address that is logged in part is not offered as a proxy's", async () => {
  using kv = await Deno.openKv(":memory:");
  await store(kv, now, requests(60, "2001:db8:1:2:3:4:5:6"));
  const check = await checkAddresses(kv, now, { privacyIp: "hashed" });
  assertEquals(check.level, "warn");
  assert(!check.fix?.includes("2001:db8"));
});

Deno.test("AddressWatch warns once, and again only after it was over", async () => {
  using kv = await Deno.openKv(":memory:");
  let at = NOW;
  const lines: unknown[] = [];
  const watch = new AddressWatch((...line) => void lines.push(line));
  const look = () =>
    watch.look({ kv, now: () => at, config: { privacyIp: "full" } });
  await store(kv, now, requests(60, "10.0.0.1"));
  await look();
  await look();
  assertEquals(lines.length, 1);
  assertStringIncludes(JSON.stringify(lines[0]), "TRUSTED_PROXIES=10.0.0.1");
  at += 2 * 3_600_000;
  await look();
  at = NOW;
  await look();
  assertEquals(lines.length, 2);
});

Deno.test("doctor: everything that looks wrong in the configuration names its line", () => {
  const rows: [Record<string, string>, string][] = [
    [{ BYPASS_BLOCKLIST: "1" }, "BYPASS_BLOCKLIST=0"],
    [{ TRUSTED_PROXIES: "0.0.0.0/0" }, "TRUSTED_PROXIES="],
    [{ PUBLIC_ORIGIN: "https://example.org" }, "TRUSTED_PROXIES="],
    [{ HOST: "0.0.0.0" }, "PUBLIC_ORIGIN=https://"],
    [{ KV_PATH: ":memory:" }, "KV_PATH="],
  ];
  for (const [env, fix] of rows) {
    const checks = checkConfig(parseConfig(env));
    assert(
      checks.some((check) =>
        check.level !== "ok" && check.fix?.startsWith(fix)
      ),
      JSON.stringify(env),
    );
  }
  assert(checkConfig(parseConfig({})).every(({ level }) => level === "ok"));
});

Deno.test("doctor: a store that fails is the one thing it says", async () => {
  using kv = await Deno.openKv(":memory:");
  const broken = withFaults(kv, {
    get: () => Promise.reject(new Error("disk I/O error")),
  });
  const checks = await checkStore(broken, now, FULL);
  assertEquals(checks, [
    { level: "bad", title: "KV answers", detail: "disk I/O error" },
  ]);
});
