import { assert, assertEquals } from "@std/assert";
import { csvLine } from "../../lib/base/csv.ts";
import { printableJson } from "../../lib/base/text.ts";
import { openKv } from "../../lib/store/open.ts";
import { blockMany } from "../../lib/lists/access_import.ts";
import { createUser } from "../../lib/accounts/create_user.ts";
import { applyPolicy } from "../../lib/policy/policy_store.ts";
import { cheapHasher } from "../accounts/_accounts.ts";
import { runTask } from "../_server.ts";
import { printError, printResult } from "../../tasks/_cli.ts";
import { taskBench } from "./_tasks.ts";

/** All but line breaks and tabs. */
const ACTS_ON_A_TERMINAL = /(?![\t\r\n])[\p{Cc}\p{Cf}]/u;
const HOSTILE =
  "\x1b[2J\x9b31m\x7f\u202eevil\u2066\u200b\ufeff\x00\u{e0001}\u0085";

Deno.test("printableJson() reads back as the same value and holds nothing that acts on a terminal", () => {
  for (const value of [HOSTILE, { [HOSTILE]: [HOSTILE, 1, null] }, []]) {
    for (const indent of [0, 2]) {
      const text = printableJson(value, indent);
      assert(!ACTS_ON_A_TERMINAL.test(text), text);
      assertEquals(JSON.parse(text), value);
    }
  }
});

Deno.test("csvLine() writes out what acts on a terminal", () => {
  const line = csvLine([HOSTILE, "a\nb", 1, null]);
  assert(!ACTS_ON_A_TERMINAL.test(line), line);
  assert(line.includes('"a\nb"'));
});

Deno.test("printResult() and printError() print nothing that acts on a terminal, and a line as one line", () => {
  const { log, error } = console;
  const printed: string[] = [];
  console.log = console.error = (text: string) => void printed.push(text);
  try {
    printResult({ json: false }, {}, [`done: ${HOSTILE}\nforged`]);
    printResult({ json: true }, { what: HOSTILE }, []);
    printError(`Cannot do ${HOSTILE}\nforged`, `deno task ${HOSTILE}`);
  } finally {
    Object.assign(console, { log, error });
  }
  assertEquals(printed.length, 3);
  for (const text of printed) {
    assert(!ACTS_ON_A_TERMINAL.test(text), JSON.stringify(text));
  }
  assert(!printed[0]!.includes("\n"));
  assert(!printed[2]!.includes("\n"));
  assertEquals(JSON.parse(printed[1]!).what, HOSTILE);
});

Deno.test("export and list-blocked print nothing that acts on a terminal, and 200,000 entries are no more than a list", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const kvPath = `${folder}/store.db`;
    const kv = await openKv(kvPath);
    await blockMany(
      kv,
      Date.now,
      Array.from({ length: 200_000 }, (_, i) => ({
        ip: `11.${i >> 16}.${i >> 8 & 255}.${i & 255}`,
        reason: i === 0 ? HOSTILE : "scans",
        created_by: "test",
        expires_at: null,
      })),
    );
    kv.close();
    const env = { KV_PATH: kvPath, GEO_PROVIDER: "off" };
    for (
      const [name, args] of [
        ["list-blocked", []],
        ["list-blocked", ["--json"]],
        ["export", ["blocked", "--format", "csv"]],
        ["export", ["blocked", "--format", "json"]],
      ] as const
    ) {
      const { code, stdout, stderr } = await runTask(name, [...args], { env });
      assertEquals([code, stderr], [0, ""]);
      assert(stdout.split("11.").length > 200_000, `${stdout.length}`);
      const found = ACTS_ON_A_TERMINAL.exec(stdout);
      assertEquals(found, null, `${name} ${args}`);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("No task prints what acts on a terminal, as text or as JSON", async () => {
  await using bench = await taskBench();
  const { kvPath, folder } = bench;
  const policy = `${folder}/policy.jsonc`;
  const bad = `${folder}/bad.jsonc`;
  const list = `${folder}/list.txt`;
  const log = `${folder}/${HOSTILE.replace("\x00", "")}.log`;
  const rules = [{
    name: `no\u202e\x9b31m`,
    refuse: true,
    when: { user_agent: "*\u202eevil\u2066\u{e0001}*" },
  }];
  const named = [{ ...rules[0], name: "no", track: true, refuse: undefined }];
  await Deno.writeTextFile(policy, JSON.stringify({ rules: named }));
  await Deno.writeTextFile(
    bad,
    JSON.stringify({ rules: [rules[0], { [HOSTILE]: 1 }] }),
  );
  await Deno.writeTextFile(list, `8.8.8.8\n${HOSTILE}\n8.8.8.9 # ${HOSTILE}\n`);
  const line = (path: string) =>
    `203.0.113.9 - - [10/Oct/2026:13:55:36 +0000] "GET /${path} HTTP/1.1" 200 2 "-" "${
      HOSTILE.replace("\x00", "")
    }"\n`;
  await Deno.writeTextFile(
    log,
    line("a") + line("../../etc/passwd") + `${HOSTILE}\n`,
  );
  const kv = await openKv(kvPath);
  const hasher = cheapHasher();
  await createUser({ kv, now: Date.now, hasher }, {
    username: "ann",
    password: "a password of ann's",
  });
  await hasher.close();
  await applyPolicy(kv, { rules: named, by: HOSTILE, now: Date.now() });
  kv.close();
  const calls: [string, ...string[]][] = [
    ["import-log", log],
    ["policy"],
    ["policy", "show"],
    ["policy", "check", policy],
    ["policy", "check", bad],
    ["policy", "rehearse", policy],
    ["policy", "apply", policy],
    ["import-list", list, "--source", "x", "--dry-run"],
    ["import-list", list, "--source", "x", "--yes"],
    [
      "block-ip",
      "203.0.113.9",
      "--reason",
      HOSTILE.replace("\x00", ""),
      "--yes",
    ],
    ["check-ip", "203.0.113.9"],
    ["check-ip", "8.8.8.9"],
    ["list-blocked"],
    ["detect", "--at", "2026-10-10T14:00:00Z"],
    ["export", "requests"],
    ["export", "suspicious"],
    ["export", "blocked"],
    ["export", "address", "203.0.113.9"],
    ["export", "account", "ann"],
    ["feeds"],
    ["robots"],
    ["lift", "203.0.113.9"],
    ["doctor"],
    ["allow-ip", HOSTILE.replace("\x00", "")],
    ["policy", HOSTILE.replace("\x00", "")],
  ];
  for (const [name, ...args] of calls) {
    for (const json of [[], ["--json"]]) {
      const { stdout, stderr } = await bench.run(name, [...args, ...json], {
        env: { GEO_PROVIDER: "off" },
      });
      for (const text of [stdout, stderr]) {
        const found = ACTS_ON_A_TERMINAL.exec(text);
        const where = text.slice(Math.max(0, (found?.index ?? 0) - 60)).slice(
          0,
          120,
        );
        assertEquals(
          found,
          null,
          `${name} ${args} ${json}: ${JSON.stringify(where)}`,
        );
      }
    }
  }
});
