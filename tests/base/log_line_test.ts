import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  LineLog,
  type LineLogOptions,
  logLine,
  setLog,
} from "../../lib/base/log_line.ts";

function bench(options: LineLogOptions = {}) {
  const lines: string[] = [];
  const clock = { now: 0 };
  const log = new LineLog({
    write: (line) => lines.push(line),
    now: () => clock.now,
    ...options,
  });
  return { log, lines, clock };
}

Deno.test("LineLog: a line is JSON by default, and words where they are wanted", () => {
  const fields = {
    userid: "ann",
    ip_address: "2001:db8::1",
    path: "/a b",
    n: 3,
  };
  const json = bench();
  json.log.line("warn", "authz_fail", fields);
  const { datetime, ...rest } = JSON.parse(json.lines[0]!);
  assertEquals(rest, { level: "WARN", event: "authz_fail", ...fields });
  assert(Math.abs(Date.parse(datetime) - Date.now()) < 60_000);
  const text = bench({ format: "text" });
  text.log.line("warn", "authz_fail", fields);
  assertEquals(
    text.lines[0]!.slice(25),
    `WARN authz_fail userid=ann ip_address=2001:db8::1 path="/a b" n=3`,
  );
});

Deno.test("LineLog: no value forges a line, a field or a colour", () => {
  const value = fc.string({ unit: "binary", maxLength: 60 });
  fc.assert(
    fc.property(value, fc.constantFrom("json", "text"), (path, format) => {
      const { log, lines } = bench({ format: format as "json" | "text" });
      log.line("info", "sys_error", { path, end: 1 });
      const [line] = lines;
      assert(!/[\p{Cc}\p{Zl}\p{Zp}\u202e]/u.test(line!), line);
      if (format === "json") assertEquals(JSON.parse(line!).end, 1);
      else assert(line!.endsWith(" end=1"), line);
    }),
    { numRuns: 500 },
  );
  const { log, lines } = bench({ format: "text" });
  log.line("info", "sys_error", { path: 'x" event=authn_login_success a="' });
  assert(
    lines[0]!.endsWith(String.raw`path="x\" event=authn_login_success a=\""`),
  );
});

Deno.test("LineLog: a flood of one event is cut, counted, and hides no other", () => {
  const { log, lines, clock } = bench({ limit: 5 });
  for (let n = 0; n < 1_000; n++) {
    clock.now = n;
    log.line("warn", "authn_login_fail", { n });
  }
  log.line("info", "authn_login_success");
  assertEquals(lines.length, 6);
  clock.now = 10_000;
  log.line("warn", "authn_login_fail", { n: 1_000 });
  assertEquals(
    lines.slice(6).map((line) => JSON.parse(line)).map(
      ({ event, of, count, n }) => [event, of ?? n, count],
    ),
    [
      ["sys_log_lines_left_out", "authn_login_fail", 995],
      ["authn_login_fail", 1_000, undefined],
    ],
  );
});

Deno.test("LineLog: what was left out is said at the end, too, and once", () => {
  const { log, lines } = bench({ limit: 1 });
  for (let n = 0; n < 10; n++) log.line("warn", "authz_fail");
  log.flush();
  log.flush();
  assertEquals(lines.length, 2);
  assertEquals(JSON.parse(lines[1]!).count, 9);
});

Deno.test("LineLog: addresses of visitors are as PRIVACY_IP says, and long values are cut", () => {
  const { log, lines } = bench({ storeAddress: () => "203.0.113.0" });
  log.line("info", "authn_login_success", {
    ip_address: "203.0.113.77",
    target: "203.0.113.77",
    error: "x".repeat(100_000),
  });
  const line = JSON.parse(lines[0]!);
  assertEquals([line.ip_address, line.target], ["203.0.113.0", "203.0.113.77"]);
  assert(line.error.length < 5_000);
});

Deno.test("LineLog: a line that is left out costs next to nothing", () => {
  const { log } = bench({ limit: 1, now: () => performance.now() });
  const started = performance.now();
  for (let n = 0; n < 100_000; n++) log.line("warn", "authz_fail", { n });
  assert(performance.now() - started < 2_000);
});

Deno.test("LineLog: what was left out of two events is said of each when its ten seconds are over", () => {
  const { log, lines, clock } = bench({ limit: 1 });
  const leftOut = () =>
    lines.map((line) => JSON.parse(line))
      .filter(({ event }) => event === "sys_log_lines_left_out")
      .map(({ of }) => of);
  for (const event of ["a", "a"]) log.line("warn", event);
  clock.now = 9_000;
  for (const event of ["b", "b"]) log.line("warn", event);
  clock.now = 10_000;
  log.line("warn", "c");
  assertEquals(leftOut(), ["a"]);
  clock.now = 18_999;
  log.line("warn", "d");
  assertEquals(leftOut(), ["a"]);
  clock.now = 19_000;
  log.line("warn", "e");
  assertEquals(leftOut(), ["a", "b"]);
});

Deno.test("setLog(): the log before says what it left out", () => {
  const lines: string[] = [];
  setLog({ limit: 1, write: (line) => lines.push(line) });
  try {
    logLine("warn", "one_event");
    logLine("warn", "one_event");
    assertEquals(lines.length, 1);
  } finally {
    setLog({});
  }
  assertEquals(lines.length, 2);
  const { event, of, count } = JSON.parse(lines[1]!);
  assertEquals([event, of, count], ["sys_log_lines_left_out", "one_event", 1]);
});
