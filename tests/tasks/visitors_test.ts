import { assert, assertEquals } from "@std/assert";
import { taskBench } from "./_tasks.ts";

const GOOGLEBOT =
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
/** In the ranges that come with the product; and an unrelated address. */
const CRAWLER = "66.249.66.7";
const SCANNER = "198.51.100.7";
const HOUR_MS = 3_600_000;

/** An hour of requests for missing pages, by a crawler that follows old links and by a scanner. */
function guesses(hour: number): string {
  const lines = [];
  for (let n = 0; n < 90; n++) {
    const at = new Date(hour + n * 9_000).toISOString().slice(0, 19);
    for (
      const [ip, agent] of [[CRAWLER, GOOGLEBOT], [SCANNER, "Mozilla/5.0"]]
    ) {
      lines.push(
        `${ip} - - [${
          new Date(at + "Z").toUTCString().replace(
            /^\w+, (\d+) (\w+) (\d+) ([\d:]+) GMT$/,
            "$1/$2/$3:$4 +0000",
          )
        }] "GET /old-${
          (n * 7_919).toString(36)
        } HTTP/1.1" 404 9 "-" "${agent}"`,
      );
    }
  }
  return lines.join("\n");
}

interface Found {
  ip_address: string;
  /** Its name in the API, and in the import. */
  reason?: string;
  rule?: string;
  severity: string;
}

const said = (findings: Found[]) =>
  findings.filter(({ severity }) => severity !== "info")
    .map(({ ip_address, reason, rule, severity }) =>
      `${ip_address} ${reason ?? rule} ${severity}`
    ).sort();

Deno.test("an import spares the crawler that it is, and knows who runs an address, as the server and detect do", async () => {
  await using bench = await taskBench();
  const hour = Math.floor(Date.now() / HOUR_MS - 2) * HOUR_MS;
  const log = `${bench.folder}/access.log`;
  await Deno.writeTextFile(log, guesses(hour));
  const { findings } = JSON.parse(await bench.ok("import-log", log, "--json"));
  const dry = JSON.parse(
    await bench.ok(
      ...["detect", "--dry-run", "--json"] as const,
      ...["--since", new Date(hour).toISOString()],
    ),
  );
  assertEquals(said(findings), said(dry.findings));
  assert(said(findings).length > 0, "the scanner is found");
  assertEquals(
    said(findings).filter((line) => line.startsWith(CRAWLER)),
    [],
  );
  const [item] = JSON.parse(
    await bench.ok("export", "requests", "--format", "json"),
  ).filter((item: { ip_address: string }) => item.ip_address === CRAWLER);
  assertEquals(item.asn, 15_169);
  assertEquals(item.bot?.name, "Googlebot");
});
