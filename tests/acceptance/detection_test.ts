import { assert, assertEquals } from "@std/assert";
import { delay } from "../../lib/base/delay.ts";
import { runTask, taskEnv, temporaryKvPath } from "../_server.ts";
import { startWithAdmin } from "./_admin.ts";
import { logInByForm } from "./_form.ts";
import { waitFor } from "../_wait.ts";

const LOG = new URL(
  "../../../shared/data/access-2015-05-17.log",
  import.meta.url,
);
const isThere = await Deno.stat(LOG).then(() => true, () => false);
const HOUR = 3_600_000;

interface Item {
  id: string;
  ip_address: string;
  reason: string;
  severity: string;
  count: number;
  windows: string[];
  evidence: unknown[];
}

interface Report {
  flagged: number;
  examined: number;
  findings: Item[];
}

/** A KV file of its own, and tasks on it. */
async function store() {
  const kvPath = await temporaryKvPath();
  async function task(name: string, args: string[], stdin = "") {
    const run = await runTask(name, args, { env: { KV_PATH: kvPath }, stdin });
    assertEquals(run.code, 0, run.stderr);
    return run.stdout;
  }
  return {
    kvPath,
    task,
    detect: async (...args: string[]): Promise<Report> =>
      JSON.parse(await task("detect", ["--json", ...args])),
    findings: async (): Promise<Item[]> =>
      (JSON.parse(
        await task("export", ["suspicious", "--format", "json"]),
      ) as Item[]).sort((a, b) => a.id < b.id ? -1 : 1),
    async [Symbol.asyncDispose]() {
      await Deno.remove(kvPath.replace(/\/[^/]*$/, ""), { recursive: true });
    },
  };
}

/** The fields that do not depend on the time of detection. */
function lasting(items: Item[]) {
  return items.map(({ id, count, severity, windows, evidence }) => ({
    id,
    count,
    severity,
    windows,
    evidence,
  }));
}

function clf(ip: string, time: number, path = "/", status = 200): string {
  const [, day, month, year] = new Date(time).toUTCString().split(" ");
  const clock = new Date(time).toISOString().slice(11, 19);
  return `${ip} - - [${day}/${month}/${year}:${clock} +0000] "GET ${path} HTTP/1.1" ${status} 5 "-" "Mozilla/5.0"`;
}

/** Four complete hours, with attacks in each, as an access log. */
function attacks(): { text: string; from: number; to: number } {
  const to = Math.floor(Date.now() / HOUR) * HOUR;
  const from = to - 4 * HOUR;
  const lines: string[] = [];
  for (let hour = 0; hour < 4; hour++) {
    const at = (n: number) => from + hour * HOUR + n * 10_000;
    for (let n = 0; n < 110 + hour; n++) {
      lines.push(clf("203.0.113.9", at(n)));
      if (n < 40) lines.push(clf("192.0.2.7", at(n), `/x${n}`, 404));
      if (n < 5) lines.push(clf("192.0.2.8", at(n), "/.env", 404));
      if (n < 90) lines.push(clf(`198.51.100.${n}`, at(n), "/news"));
    }
  }
  return { text: lines.join("\n"), from, to };
}

Deno.test({
  name: isThere
    ? "detection: the real log, imported, is judged as counting its lines gives"
    : "detection: skipped, as ../shared/data/access-2015-05-17.log is not there",
  ignore: !isThere,
  async fn() {
    await using kv = await store();
    const path = decodeURIComponent(LOG.pathname);
    const imported = await kv.task("import-log", [path, "--no-detect"]);
    assertEquals(
      imported,
      "4525 requests imported, 0 lines unparsable.\n",
    );
    const days = ["--since", "2015-05-17", "--at", "2015-05-19"];
    const { findings, examined } = await kv.detect(...days);
    assertEquals(examined, 4_525);
    const busy = findings.filter(({ reason }) => reason === "high_volume");
    assertEquals(
      busy.map(({ ip_address, count, windows }) => [
        ip_address,
        count,
        windows,
      ]),
      [["75.97.9.59", 108, ["2015-05-18T08:00:00.000Z"]]],
    );

    const counts = new Map<string, number>();
    for (const line of (await Deno.readTextFile(LOG)).trimEnd().split("\n")) {
      const [address, , , time] = line.split(" ");
      const hour = `${address} ${time!.slice(1, 15)}`;
      counts.set(hour, (counts.get(hour) ?? 0) + 1);
    }
    const over40 = new Set(
      [...counts].filter(([, count]) => count > 40)
        .map(([hour]) => hour.split(" ")[0]),
    );
    const rehearsal: { flagged: { ip_address: string }[] } = JSON.parse(
      await kv.task("detect", [
        "--json",
        "--rehearse",
        "high_volume",
        "--set",
        "threshold=40",
        ...days,
      ]),
    );
    assertEquals(
      new Set(rehearsal.flagged.map(({ ip_address }) => ip_address)),
      over40,
    );
  },
});

Deno.test("run once, run twice, late, by two processes at once or killed in the middle: the same findings once", async () => {
  const { text, from, to } = attacks();
  const range = [
    "--since",
    new Date(from).toISOString(),
    "--at",
    new Date(to).toISOString(),
  ];
  await using once = await store();
  await once.task("import-log", ["-", "--no-detect"], text);
  const first = await once.detect(...range);
  const expected = lasting(await once.findings());
  assertEquals(
    first.findings.map(({ reason, ip_address }) => `${reason} ${ip_address}`)
      .sort(),
    [
      "error_burst 192.0.2.7",
      "high_volume 203.0.113.9",
      "path_scanning 192.0.2.8",
      "weak_spot 192.0.2.8",
    ],
  );

  const second = await once.detect(...range);
  assertEquals(second.flagged, first.flagged);
  assertEquals(lasting(await once.findings()), expected);

  await using several = await store();
  await several.task("import-log", ["-", "--no-detect"], text);
  // Hour by hour, each three hours late, and two at once.
  for (let hour = from + HOUR; hour <= to; hour += HOUR) {
    const at = ["--at", new Date(hour).toISOString()];
    await Promise.all([several.detect(...at), several.detect(...at)]);
  }
  assertEquals(lasting(await several.findings()), expected);

  await using killed = await store();
  await killed.task("import-log", ["-", "--no-detect"], text);
  for (const after of [60, 120, 180, 240]) {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "-A", "tasks/detect.ts", ...range],
      cwd: new URL("../../", import.meta.url),
      clearEnv: true,
      env: taskEnv({ KV_PATH: killed.kvPath }),
      stdout: "null",
      stderr: "null",
    }).spawn();
    await delay(after);
    try {
      child.kill("SIGKILL");
    } catch {
      // It had already finished.
    }
    await child.status;
  }
  await killed.detect(...range);
  assertEquals(lasting(await killed.findings()), expected);
});

Deno.test("detection: the server finds what the task finds in the same records", async () => {
  await using server = await startWithAdmin({
    env: { SUSPICIOUS_REQUEST_THRESHOLD: "20", TRUSTED_PROXIES: "127.0.0.1" },
  });
  const visit = (ip: string, path: string) =>
    fetch(`${server.origin}${path}`, {
      headers: { "x-forwarded-for": ip },
    }).then((response) => response.body?.cancel());
  for (let n = 0; n < 25; n++) {
    await visit("203.0.113.9", "/");
    await visit("192.0.2.7", `/missing-${String.fromCharCode(97 + n)}`);
  }
  await visit("192.0.2.8", "/login");
  await waitFor(
    "51 records",
    async () => (await server.all("/api/requests?limit=500")).length >= 51,
  );
  const at = new Date().toISOString();
  const answer = await server.api<{ flagged: number; examined: number }>(
    "/api/detect",
    { method: "POST", json: { at } },
  );
  const run = await runTask("detect", ["--json", "--dry-run", "--at", at], {
    env: {
      KV_PATH: server.kvPath,
      SUSPICIOUS_REQUEST_THRESHOLD: "20",
    },
  });
  assertEquals(run.code, 0, run.stderr);
  const report: Report = JSON.parse(run.stdout);
  assertEquals(
    [answer.flagged, answer.examined],
    [report.flagged, report.examined],
  );
  const stored = await server.all<Item>("/api/suspicious");
  assertEquals(
    stored.map(({ id }) => id).sort(),
    report.findings.map(({ id }) => id).sort(),
  );
  const names = stored.map(({ reason, ip_address, severity }) =>
    `${reason} ${ip_address} ${severity}`
  ).sort();
  for (
    const expected of [
      "high_volume 192.0.2.7 warning",
      "high_volume 203.0.113.9 info",
      "path_scanning 192.0.2.7 warning",
      "sensitive_path 192.0.2.8 info",
    ]
  ) assert(names.includes(expected), names.join("\n"));
});

Deno.test("detection: wrong arguments end with 2 and one line, and nothing is written", async () => {
  const wrong = [
    ["--at", "yesterday"],
    ["--since", "soon"],
    ["--since", "2026-01-02", "--at", "2026-01-01"],
    ["--set", "threshold=5"],
    ["--rehearse", "high_volume", "--set", "limit=5"],
    ["--rehearse"],
    ["--what"],
    ["extra"],
  ];
  await Promise.all(wrong.map(async (args) => {
    const run = await runTask("detect", args);
    assertEquals(run.code, 2, args.join(" "));
    assertEquals(run.stderr.trimEnd().split("\n").length, 1, run.stderr);
    assertEquals(run.stdout, "");
  }));
});

Deno.test("detection: an attack is flagged, posted and blocked while it goes on, without anybody's order", async () => {
  const posted: string[] = [];
  const receiver = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      posted.push((await request.json()).text);
      return new Response();
    },
  );
  {
    await using server = await startWithAdmin({
      env: {
        // Each minute's job runs every 100 ms.
        DENO_CRON_TEST_SCHEDULE_OFFSET: "100",
        TRUSTED_PROXIES: "127.0.0.1",
        AUTO_BLOCK: "on",
        ALERT_WEBHOOK_URL: `http://127.0.0.1:${receiver.addr.port}/hook`,
      },
    });
    const attacker = { "x-forwarded-for": "203.0.113.66" };
    const probe = async (n: number) => {
      const response = await fetch(
        `${server.origin}/..%2f..%2f..%2fetc/passwd${n}`,
        { headers: attacker },
      );
      await response.body?.cancel();
      return response.status;
    };
    let n = 0;
    await waitFor("the block", async () => await probe(n++) === 403);
    const found = await server.all<Item>("/api/suspicious");
    assert(
      found.some(({ reason, ip_address, severity }) =>
        reason === "injection_probe" && ip_address === "203.0.113.66" &&
        severity === "critical"
      ),
    );
    const blocked = await server.all<
      { ip_address: string; created_by: string }
    >(
      "/api/blocked",
    );
    assertEquals(
      blocked.map(({ ip_address, created_by }) => [ip_address, created_by]),
      [["203.0.113.66", "auto:injection_probe"]],
    );
    await waitFor("the alert", () => posted.length > 0);
  }
  await receiver.shutdown();
  assert(
    posted.some((text) => text.includes("injection_probe of 203.0.113.66")),
    posted.join("\n"),
  );
});

Deno.test("detection: an admin who uses the console all day is no finding, whoever else asks for it is", async () => {
  await using here = await store();
  await using server = await startWithAdmin({
    kvPath: here.kvPath,
    env: { TRUSTED_PROXIES: "127.0.0.1" },
  });
  const { cookie } = await logInByForm(server.origin);
  async function ask(ip: string, path: string, fields: HeadersInit = {}) {
    const headers = {
      ...fields,
      "x-forwarded-for": ip,
      "x-forwarded-host": new URL(server.origin).host,
    };
    const response = await fetch(server.origin + path, {
      headers,
      redirect: "manual",
    });
    await response.body?.cancel();
  }
  const payload = `/admin/search?q=${
    encodeURIComponent("<script>alert(1)</script>")
  }`;
  for (let n = 0; n < 120; n++) {
    const path = n % 10 === 0 ? payload : `/admin/users?page=${n}`;
    await ask("203.0.113.1", path, { cookie });
  }
  await ask("203.0.113.2", payload);
  const authorization = `Bearer ${server.token}`;
  for (let n = 0; n < 101; n++) {
    await ask("203.0.113.3", "/api/blocked", { authorization });
  }
  const found = await waitFor("all to be found", async () => {
    const { findings } = await here.detect("--dry-run");
    const found = findings.map(({ ip_address }) => ip_address);
    return found.includes("203.0.113.3") && found;
  });
  assertEquals(found.includes("203.0.113.1"), false);
  assert(found.includes("203.0.113.2"));
});
