import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { logLine, taskBench } from "./_tasks.ts";

const TIME = "17/May/2015:10:05:03 +0000";
const HOSTILE = [
  logLine("203.0.113.9", TIME, "/=cmd|'/c calc'!A1"),
  logLine("2001:db8::1", TIME, "/%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E"),
  `203.0.113.10 - =2+3 [${TIME}] "POST /a,b?secret=1 HTTP/1.1" 404 - "https://example.org/x?token=1" "=HYPERLINK(\\"x\\"), é"`,
  `203.0.113.11 - ann [${TIME}] "GET / HTTP/1.1" 200 5 "-" "@SUM(1)"`,
];

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const packed = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

Deno.test("export requests as JSON, imported with --format json, comes out the same", async () => {
  await using first = await taskBench();
  await using second = await taskBench();
  const log = `${first.folder}/access.log`;
  await Deno.writeTextFile(log, HOSTILE.join("\n"));
  assertStringIncludes(
    await first.ok("import-log", log),
    "4 requests imported, 0 lines unparsable.",
  );
  const json = await first.ok("export", "requests", "--format", "json");
  const items = JSON.parse(json);
  assertEquals(items.length, 4);
  assertEquals(items[0].timestamp, "2015-05-17T10:05:03.000Z");

  const exported = `${second.folder}/requests.json`;
  await Deno.writeTextFile(exported, json);
  await second.ok("import-log", exported, "--format", "json");
  const again = await second.ok("export", "requests", "--format", "json");
  const byPath = (text: string) =>
    (JSON.parse(text) as { path: string; ip_address: string }[]).sort((a, b) =>
      a.ip_address < b.ip_address ? -1 : 1
    );
  assertEquals(byPath(again), byPath(json));
  const lines = (text: string) => text.split("\r\n").sort();
  assertEquals(
    lines(await second.ok("export", "requests")),
    lines(await first.ok("export", "requests")),
  );
});

Deno.test("export as CSV has a header, CRLF, doubled quotes, and no cell that a spreadsheet runs", async () => {
  await using bench = await taskBench();
  const log = `${bench.folder}/access.log`;
  const bot =
    `203.0.113.12 - - [${TIME}] "GET /a?q=<script>alert(1)</script>%20union%20select%201 HTTP/1.1" 200 5 "-" "curl/8.0"`;
  await Deno.writeTextFile(log, [...HOSTILE, bot].join("\n"));
  await bench.ok("import-log", log);
  const csv = await bench.ok("export", "requests");
  const [header, ...rows] = csv.trimEnd().split("\r\n");
  assertEquals(
    header,
    "timestamp,ip_address,method,path,status,duration_ms,country,country_code,city,user_agent,referrer,username,outcome,host,signals,rule,asn,operator,bot",
  );
  assertEquals(rows.length, 5);
  assertStringIncludes(csv, `"'=HYPERLINK(""x""), é"`);
  assertStringIncludes(csv, `,'@SUM(1),`);
  assertStringIncludes(csv, `,'=2+3,`);
  assertStringIncludes(csv, `"/a,b"`);
  // A bot by its name, signals by their words.
  const cells = rows.find((row) => row.includes("203.0.113.12"))!.split(",");
  assertEquals(cells.at(-1), "curl");
  assertEquals(cells.at(-5), "sqli xss");
  // Queries may contain secrets and are not stored.
  assert(!/secret|token/.test(csv), csv);
});

Deno.test("export of nothing is a header, or an empty array", async () => {
  await using bench = await taskBench();
  for (const what of ["requests", "blocked", "suspicious"]) {
    const csv = await bench.ok("export", what);
    assertEquals(csv.split("\r\n").length, 2, csv);
    assertEquals(
      JSON.parse(await bench.ok("export", what, "--format", "json")),
      [],
    );
  }
});

Deno.test("export blocked and --since", async () => {
  await using bench = await taskBench();
  await bench.ok("block-ip", "203.0.113.0/24", "--reason", "=1+1");
  const csv = await bench.ok("export", "blocked", "--since", "1h");
  assertStringIncludes(csv, "203.0.113.0/24,'=1+1,");
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  const later = await bench.ok("export", "blocked", "--since", "1s");
  assertEquals(later.split("\r\n").length, 2);
  const log = `${bench.folder}/access.log`;
  await Deno.writeTextFile(log, HOSTILE.join("\n"));
  await bench.ok("import-log", log);
  const recent = await bench.ok("export", "requests", "--since", "7d");
  assertEquals(recent.split("\r\n").length, 2);
});

Deno.test("import-log counts and shows damaged lines, and goes on", async () => {
  await using bench = await taskBench();
  const log = `${bench.folder}/access.log`;
  await Deno.writeFile(
    log,
    new Uint8Array([
      ...new TextEncoder().encode(
        [
          HOSTILE[0],
          "not a line of a log",
          HOSTILE[1]!.slice(0, 40),
          `999.0.113.9 - - [${TIME}] "GET / HTTP/1.1" 200 1 "-" "-"`,
          `203.0.113.9 - - [31/Feb/2015:10:00:00 +0000] "GET / HTTP/1.1" 200 1 "-" "-"`,
          "x".repeat(100_000),
          "",
          HOSTILE[3],
        ].join("\n"),
      ),
      10,
      0xff,
      0xfe,
      0,
      10,
    ]),
  );
  const { code, stdout, stderr } = await bench.run("import-log", [log]);
  assertEquals([code, stderr], [0, ""]);
  assertStringIncludes(stdout, "2 requests imported, 6 lines unparsable.");
});

Deno.test("import-log unpacks .gz, reads standard input as -, and judges the imported hours", async () => {
  await using bench = await taskBench();
  const busy = Array(501).fill(logLine("203.0.113.9", TIME)).join("\n");
  const packed = `${bench.folder}/access.log.gz`;
  await Deno.writeFile(packed, await gzip(busy));
  const text = await bench.ok("import-log", packed);
  assertStringIncludes(text, "501 requests imported, 0 lines unparsable.");
  assertStringIncludes(text, "203.0.113.9  high_volume: ");
  const [finding] = JSON.parse(
    await bench.ok("export", "suspicious", "--format", "json"),
  );
  assertEquals(finding.reason, "high_volume");

  const piped = await bench.run("import-log", ["-"], { stdin: HOSTILE[3] });
  assertStringIncludes(piped.stdout, "1 requests imported");
  const broken = `${bench.folder}/broken.log`;
  const bytes = await gzip(busy.replaceAll("203.0.113.9", "203.0.113.77"));
  await Deno.writeFile(broken, bytes.subarray(0, bytes.length - 4));
  const refused = await bench.run("import-log", [broken]);
  assertEquals(refused.code, 1);
  assertStringIncludes(refused.stderr, "the file is truncated");
  assertEquals(refused.stderr.split("\n").length, 2, refused.stderr);
});
