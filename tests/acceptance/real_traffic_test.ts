import { assert, assertEquals } from "@std/assert";
import type { RequestItem } from "../../lib/log/request_item.ts";
import { startWithAdmin } from "./_admin.ts";
import { RawConnection } from "./_raw.ts";
import { waitFor } from "../_wait.ts";

const LOG = new URL(
  "../../../shared/data/access-2015-05-17.log",
  import.meta.url,
);
const isThere = await Deno.stat(LOG).then(() => true, () => false);
const CONNECTIONS = 4;

interface Line {
  ip: string;
  method: string;
  target: string;
  referrer: string;
  agent: string;
}

function parse(text: string): Line[] {
  const shape =
    /^(\S+) \S+ \S+ \[[^\]]+\] "(\S+) (\S+) [^"]*" \d+ \S+ "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$/;
  return text.trimEnd().split("\n").map((line) => {
    const match = shape.exec(line);
    assert(match, line);
    const [, ip, method, target, referrer, agent] = match as unknown as [
      string,
      ...string[],
    ];
    return {
      ip: ip!,
      method: method!,
      target: target!,
      referrer: referrer!,
      agent: agent!,
    };
  });
}

function counted(items: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}

Deno.test({
  name: isThere
    ? "real traffic: 4,525 requests through a trusted proxy are logged, located and judged exactly"
    : "real traffic: skipped, as ../shared/data/access-2015-05-17.log is not there",
  ignore: !isThere,
  async fn() {
    const lines = parse(await Deno.readTextFile(LOG));
    assertEquals(lines.length, 4_525);
    await using server = await startWithAdmin({
      env: { TRUSTED_PROXIES: "127.0.0.1" },
    });

    let next = 0;
    const statuses: number[] = [];
    await Promise.all(Array.from({ length: CONNECTIONS }, async () => {
      using connection = await RawConnection.open(server.origin);
      while (next < lines.length) {
        const line = lines[next++]!;
        const { status } = await connection.request({
          method: line.method,
          path: line.target,
          headers: {
            "X-Forwarded-For": line.ip,
            "User-Agent": line.agent,
            ...(line.referrer === "-" ? {} : { Referer: line.referrer }),
          },
        });
        statuses.push(status);
      }
    }));
    const failed = statuses.filter((status) => status >= 500);
    assertEquals(failed, [], server.errors());

    const theirs = await waitFor("the records", async () => {
      const records = (await server.all<RequestItem>("/api/requests"))
        .filter(({ ip_address }) => ip_address !== "127.0.0.1");
      return records.length >= 4_525 && records;
    });
    assertEquals(theirs.length, 4_525);
    const expected = counted(lines.map(({ ip }) => ip));
    const actual = counted(theirs.map(({ ip_address }) => ip_address));
    assertEquals(actual.size, 890);
    assertEquals(actual, expected);
    const sent = counted(
      lines.map(({ ip, method, target }) =>
        `${ip} ${method} ${target.replace(/[?#].*$/, "").slice(0, 512)}`
      ),
    );
    const stored = counted(
      theirs.map(({ ip_address, method, path }) =>
        `${ip_address} ${method} ${path}`
      ),
    );
    // Compared by name: a map of thousands would hide the one that differs.
    const wrong = [...new Set([...sent.keys(), ...stored.keys()])]
      .filter((request) => sent.get(request) !== stored.get(request));
    assertEquals(wrong, []);
    assertEquals(
      counted(theirs.map(({ status }) => `${status}`)),
      counted(statuses.map((status) => `${status}`)),
    );

    const located = new Set(
      theirs.filter(({ country }) => country !== null).map(({ ip_address }) =>
        ip_address
      ),
    );
    assert(located.size >= 0.95 * 890, `${located.size} addresses located`);

    const run = await server.api<{ flagged: number; examined: number }>(
      "/api/detect",
      { method: "POST", json: {} },
    );
    assert(run.examined >= 4_525, `${run.examined} examined`);
    const findings = await server.all<{ reason: string; ip_address: string }>(
      "/api/suspicious",
    );
    const flagged = findings.filter(({ reason }) => reason === "high_volume")
      .map(({ ip_address }) => ip_address).sort();
    const busy = [...expected].filter(([, count]) => count > 100)
      .map(([ip]) => ip).sort();
    assert(busy.length > 0);
    assertEquals(flagged, busy);
  },
});
