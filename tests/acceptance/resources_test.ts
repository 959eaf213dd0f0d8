import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { onSet } from "../_fake_kv.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readBearerToken } from "../../lib/accounts/bearer_token.ts";
import { ofPath } from "../../lib/signals/path.ts";
import { csvLine } from "../../lib/base/csv.ts";
import { compileSensitivePaths } from "../../lib/detection/sensitive_paths.ts";
import { parseDuration } from "../../lib/base/duration.ts";
import { createClientIp } from "../../lib/guard/client_ip.ts";
import { parseRate } from "../../lib/limits/rate.ts";
import { parseReceipt } from "../../lib/lists/receipts.ts";
import {
  recordedPath,
  recordedReferrer,
  recordedUserAgent,
} from "../../lib/http/record_fields.ts";
import { requestFilter } from "../../lib/log/request_filter.ts";
import { readClf } from "../../lib/import/clf.ts";
import { parseTime } from "../../lib/http/list_query.ts";
import { parseCidr } from "../../lib/net/cidr.ts";
import { nextPath } from "../../lib/http/next_path.ts";
import { requestCookie } from "../../lib/http/request_cookie.ts";
import { escapeControl } from "../../lib/base/text.ts";
import { describeAgent } from "../../lib/base/user_agent.ts";
import { startApp } from "../_app.ts";
import { taskEnv, temporaryKvPath } from "../_server.ts";
import { Chance } from "../fuzz/random.ts";
import { record, store } from "../log/_records.ts";

/** The growth that a flood may cause: chunks that are still open, and caches that fill. */
const SLACK = 16 * 2 ** 20;

/** The memory in use after garbage collection; the process's size shows when that was. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  const sweep: () => void = runInNewContext("gc");
  sweep();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

Deno.test("a flood of random addresses and paths leaves memory and the store bounded", async () => {
  const kvPath = await temporaryKvPath();
  const kv = await Deno.openKv(kvPath);
  try {
    await using app = await startApp({
      kv,
      env: { TRUSTED_PROXIES: "10.0.0.1" },
    });
    const { guard, log } = app.services;
    const chance = new Chance(47);
    const hex = () => chance.int(2 ** 32).toString(16);
    const flood = async (requests: number): Promise<void> => {
      for (let i = 0; i < requests; i++) {
        const request = new Request(`http://localhost/${hex()}/${hex()}?${i}`, {
          headers: {
            "x-forwarded-for": chance.oneIn(2)
              ? `2001:db8:${hex().slice(0, 4)}::${hex().slice(0, 4)}`
              : `${1 + chance.int(223)}.${chance.int(256)}.${chance.int(256)}.${
                chance.int(256)
              }`,
            "user-agent": hex(),
          },
        });
        const visitor = guard.identify(request.headers, "10.0.0.1");
        await guard.handle(request, visitor, () => new Response("x"));
        if (i % 1_000 === 0) {
          app.clock.now += 100;
          await log.flush();
        }
      }
      await log.flush();
    };
    await flood(10_000);
    const before = heldBytes();
    await flood(60_000);
    const growth = heldBytes() - before;
    assert(growth < SLACK, `${growth >> 20} MB more`);
    assertEquals(log.status().dropped, 0);

    let rows = 0;
    for await (const { key, value } of kv.list({ prefix: [] })) {
      rows++;
      for (const part of key) {
        assert(String(part).length <= 64, "no visitor's text is a key");
      }
      assert(value !== undefined);
    }
    assert(rows < 2_000, `${rows} rows for 70,000 requests`);
    const { size } = await Deno.stat(kvPath);
    const wal = await Deno.stat(`${kvPath}-wal`);
    const perRequest = (size + wal.size) / 70_000;
    assert(perRequest < 250, `${perRequest} bytes a request`);
  } finally {
    kv.close();
    await Deno.remove(kvPath.slice(0, kvPath.lastIndexOf("/")), {
      recursive: true,
    });
  }
});

Deno.test("a flood of random names and addresses at the login leaves rows that expire", async () => {
  using real = await Deno.openKv(":memory:");
  const lasting: string[] = [];
  // Entries without an expiry would stay for ever.
  const kv = onSet(real, (key, expireIn) => {
    if (expireIn === undefined) lasting.push(String(key[0]));
  });
  await using app = await startApp({ kv });
  lasting.length = 0;
  for (let i = 0; i < 30; i++) {
    const response = await app.fetch("/api/login", {
      peer: `203.0.113.${i % 4}`,
      json: { username: `nobody${i}`, password: "wrong wrong" },
    });
    await response.body?.cancel();
  }
  await app.services.log.flush();
  assertEquals(lasting, [], "rows without an end");
});

Deno.test("no text of a visitor or an admin takes more than linear time", async (t) => {
  const LENGTH = 50_000;
  const hostile = [
    "a".repeat(LENGTH) + "!",
    "(a+)+$" + "a".repeat(LENGTH),
    " ".repeat(LENGTH) + "x",
    "\t ".repeat(LENGTH / 2),
    "1.".repeat(LENGTH / 2),
    "1:".repeat(LENGTH / 2),
    ":".repeat(LENGTH),
    "0".repeat(LENGTH),
    "%".repeat(LENGTH),
    "%41".repeat(LENGTH / 3),
    "/".repeat(LENGTH),
    "/..".repeat(LENGTH / 3),
    '"'.repeat(LENGTH),
    '\\"'.repeat(LENGTH / 2),
    'for="a;'.repeat(LENGTH / 7),
    "a=b;".repeat(LENGTH / 4),
    "[".repeat(LENGTH),
    "(".repeat(LENGTH),
    "Mozilla/5.0 (".repeat(LENGTH / 13),
    "Version/1 ".repeat(LENGTH / 10),
    "é😀".repeat(LENGTH / 3),
    "-".repeat(LENGTH),
    "@".repeat(LENGTH),
    "http://" + "u@".repeat(LENGTH / 2),
    "Bearer " + " ".repeat(LENGTH) + "x",
    "1.2.3.4 - - [" + "1".repeat(LENGTH),
    '1.2.3.4 - - [10/Oct/2000:13:55:36 +0000] "GET ' + " ".repeat(LENGTH),
  ];
  const forwarded = createClientIp({
    trustedProxies: [parseCidr("10.0.0.0/8")],
    header: "forwarded",
  });
  const latin = (text: string) => text.replaceAll(/[^\x20-\xff]/g, "?");
  const parsers: Record<string, (text: string) => unknown> = {
    parseCidr: (text) => parseCidr(text),
    parseDuration,
    parseRate: (text) => parseRate(text),
    parseReceipt,
    parseTime,
    nextPath,
    escapeControl,
    csvLine: (text) => csvLine([text]),
    recordedPath,
    recordedReferrer,
    recordedUserAgent,
    describeAgent: (text) => describeAgent(recordedUserAgent(text)!),
    sensitivePaths: compileSensitivePaths(["/admin", "/login"]),
    ofPath,
    readClf: (text) => readClf(text),
    forwarded: (text) =>
      forwarded(new Headers({ forwarded: latin(text) }), "10.0.0.1"),
    readBearerToken: (text) =>
      readBearerToken(new Headers({ authorization: latin(text) })),
    requestCookie: (text) =>
      requestCookie(new Headers({ cookie: latin(text) }), "portcullis"),
    requestFilter: (text) => {
      for (const name of ["ip", "path", "status", "country", "username"]) {
        const filter = requestFilter(new URLSearchParams({ [name]: text }));
        filter.path?.(text);
        filter.username?.(text);
      }
    },
  };
  for (const [name, parse] of Object.entries(parsers)) {
    await t.step(name, () => {
      for (const text of hostile) {
        const started = performance.now();
        try {
          parse(text);
        } catch (error) {
          assert(error instanceof Error);
        }
        const took = performance.now() - started;
        assert(
          took < 500,
          `${took} ms for ${JSON.stringify(text.slice(0, 30))}`,
        );
      }
    });
  }
});

Deno.test("past its retention no record is shown anywhere, whatever rows the store still has", async () => {
  await using app = await startApp({ env: { LOG_RETENTION: "1d" } });
  const { token, cookie } = await app.signIn("root", "admin");
  for (let i = 0; i < 20; i++) {
    await (await app.fetch(`/probe/${i}`, { peer: "203.0.113.9" })).body
      ?.cancel();
  }
  await app.services.log.flush();
  const listed = async () => {
    const response = await app.fetch("/api/requests?path=/probe/*", { token });
    return (await response.json()).items.length;
  };
  assertEquals(await listed(), 20);
  app.clock.now += 86_400_000 + 1;
  assertEquals(await listed(), 0);
  const dossier = await app.fetch("/admin/ip/203.0.113.9", { cookie });
  assert(!(await dossier.text()).includes("/probe/"));
});

Deno.test("an export of 150,000 requests needs no more memory than one of a few", async () => {
  const kvPath = await temporaryKvPath();
  const folder = kvPath.slice(0, kvPath.lastIndexOf("/"));
  const RECORDS = 150_000;
  try {
    {
      using kv = await Deno.openKv(kvPath);
      const now = Date.now();
      const chance = new Chance(53);
      await store(
        kv,
        () => now,
        Array.from({ length: RECORDS }, (_, i) =>
          record({
            timestamp: now - RECORDS + i,
            ip_address: `203.0.${chance.int(256)}.${chance.int(256)}`,
            path: `/${chance.int(5_000)}`,
          })),
      );
    }
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--v8-flags=--max-old-space-size=40",
        "--allow-net",
        "--allow-env",
        "--allow-read",
        "--allow-write",
        "tasks/export.ts",
        "requests",
        "--format",
        "csv",
      ],
      cwd: new URL("../../", import.meta.url),
      clearEnv: true,
      env: taskEnv({ KV_PATH: kvPath }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    let lines = 0;
    const counting = child.stdout.pipeTo(
      new WritableStream({
        write(chunk) {
          for (const byte of chunk) if (byte === 10) lines++;
        },
      }),
    );
    const [{ code }, errors] = await Promise.all([
      child.status,
      new Response(child.stderr).text(),
      counting,
    ]);
    assertEquals(code, 0, errors.slice(0, 2_000));
    assertEquals(lines, RECORDS + 1);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a body of more than 64 KiB is refused before it is read to its end", async () => {
  await using app = await startApp();
  let pulled = 0;
  const endless = new ReadableStream({
    pull(controller) {
      pulled++;
      controller.enqueue(new Uint8Array(16_384));
    },
  });
  const response = await app.fetch("/api/login", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: endless,
  });
  assertEquals(response.status, 413);
  assertStringIncludes(await response.text(), "65536");
  assert(pulled < 20, `${pulled} chunks were read`);
});
