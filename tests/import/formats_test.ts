import { assert, assertEquals } from "@std/assert";
import { recordedReferrer } from "../../lib/http/record_fields.ts";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { openLayout } from "../../lib/import/format.ts";
import { FORMATS } from "../../lib/import/formats/mod.ts";
import { createLogClient } from "../../lib/import/log_client.ts";
import { LogReader } from "../../lib/import/log_reader.ts";
import { recognise } from "../../lib/import/recognise.ts";
import { parseCidr } from "../../lib/net/cidr.ts";

const folder = new URL("../data/formats/", import.meta.url);
const names = [...Deno.readDirSync(folder)]
  .map(({ name }) => name)
  .filter((name) => name.endsWith(".log"))
  .map((name) => name.slice(0, -4))
  .sort();

interface Expected {
  line: number;
  timestamp: string | null;
  ip_address: string | null;
  method: string;
  path: string;
  status: number;
  duration_ms: number | null;
  user_agent: string | null;
  referrer: string | null;
  username: string | null;
}

function readerOf(format?: string): LogReader {
  return new LogReader({
    clientOf: createLogClient({ trustedProxies: [parseCidr("10.0.0.0/8")!] }),
    now: () => Date.UTC(2025, 5, 1),
    format,
  });
}

function linesOf(name: string): string[] {
  const text = Deno.readTextFileSync(new URL(`${name}.log`, folder));
  return text.split("\n").filter((line) => line !== "");
}

function expectedOf(name: string): Expected[] {
  const file = new URL(`${name}.expected.jsonl`, folder);
  return Deno.readTextFileSync(file).trim().split("\n").map((line) =>
    JSON.parse(line)
  );
}

function readAll(lines: string[], format?: string): (RequestRecord | null)[] {
  const reader = readerOf(format);
  return [...reader.read(lines), ...reader.finish()];
}

/** Compares what was read of each line with what it means. */
function assertMeans(
  records: (RequestRecord | null)[],
  name: string,
): void {
  const expected = expectedOf(name);
  for (const [index, record] of records.entries()) {
    const line = expected.find((each) => each.line === index + 1);
    const where = `${name}, line ${index + 1}`;
    if (!line || line.timestamp === null || line.ip_address === null) {
      assertEquals(record, null, where);
      continue;
    }
    assert(record !== null, `${where} was not read`);
    const { timestamp, ip_address, method, path, status } = record;
    assertEquals({
      timestamp: new Date(timestamp).toISOString(),
      ip_address,
      method,
      path,
      status,
      duration_ms: record.duration_ms === null
        ? null
        : Math.round(record.duration_ms),
      user_agent: record.user_agent,
      referrer: record.referrer,
      username: record.username,
    }, {
      timestamp: line.timestamp,
      ip_address: line.ip_address,
      method: line.method,
      path: line.path,
      status: line.status,
      duration_ms: line.duration_ms,
      user_agent: line.user_agent,
      referrer: recordedReferrer(line.referrer),
      username: line.username,
    }, where);
  }
}

for (const name of names) {
  Deno.test(`a file of ${name} is read as it means`, () => {
    assertMeans(readAll(linesOf(name)), name);
  });
}

const TIME = "2025-05-17T10:05:03";
/** What carries lines, and what it makes of one. */
const carriers: Record<string, (line: string) => string> = {
  "syslog": (line) => `<190>May 17 10:05:03 web1 app[812]: ${line}`,
  "syslog without a process": (line) => `May  7 10:05:03 web1 app: ${line}`,
  "rsyslog with ISO times": (line) =>
    `${TIME}.127000+00:00 web1 app[812]: ${line}`,
  "RFC 5424": (line) => `<190>1 ${TIME}.127Z web1 app 812 - - ${line}`,
  "RFC 5424 with data and a byte order mark": (line) =>
    `<190>1 ${TIME}.127Z web1 app 812 ID47 [x@1 a="b\\"]" c="d"][y] \ufeff${line}`,
  "RFC 6587": (line) => `812 <190>1 ${TIME}Z web1 app - - - ${line}`,
  "journald, short": (line) => `May 17 10:05:03 web1 app[812]: ${line}`,
  "journald, precise": (line) =>
    `May 17 10:05:03.127481 web1 app[812]: ${line}`,
  "journald, ISO": (line) => `${TIME}+0000 web1 app[812]: ${line}`,
  "journald, full": (line) =>
    `Sat 2025-05-17 10:05:03 UTC web1 app[812]: ${line}`,
  "journald, unix": (line) => `1747476303.127481 web1 app[812]: ${line}`,
  "journald, JSON": (line) =>
    JSON.stringify({
      __REALTIME_TIMESTAMP: "1747476303127481",
      PRIORITY: "6",
      _HOSTNAME: "web1",
      SYSLOG_IDENTIFIER: "app",
      MESSAGE: line,
    }),
  "journald, JSON of bytes": (line) =>
    JSON.stringify({ MESSAGE: [...new TextEncoder().encode(line)] }),
  "docker": (line) =>
    JSON.stringify({
      log: `${line}\n`,
      stream: "stdout",
      time: `${TIME}.127000481Z`,
    }),
  "docker logs -t": (line) => `${TIME}.127000481Z ${line}`,
  "docker compose": (line) => `web-1  | ${line}`,
  "the container runtime": (line) => `${TIME}.127000481Z stdout F ${line}`,
  "kubectl logs --prefix": (line) => `[pod/web-7d4f-x2x9/app] ${line}`,
  "a collector's JSON": (line) =>
    JSON.stringify({ "@timestamp": `${TIME}Z`, message: line, host: "web1" }),
  "docker in syslog": (line) =>
    `May 17 10:05:03 web1 dockerd[1]: ${
      JSON.stringify({ log: line, stream: "stdout" })
    }`,
  "carriage returns": (line) => line.replace(/\r$/, ""),
};

for (const [carrier, wrap] of Object.entries(carriers)) {
  Deno.test(`every format is read behind ${carrier}`, () => {
    for (const name of names) {
      // Heroku's and Caddy's console time is the carrier's own; none is here.
      assertMeans(readAll(linesOf(name).map(wrap)), name);
    }
  });
}

for (const format of FORMATS) {
  Deno.test(`the sample of ${format.name} is recognised and read by name`, () => {
    const lines = format.sample.split("\n");
    const found = recognise(lines);
    assertEquals(found?.format.name, format.name);
    const reader = openLayout(format.layout, { sample: lines });
    assert(reader !== null);
    const records = readAll(lines, format.name).filter(Boolean);
    assertEquals(
      records.length,
      lines.filter((l) => !l.startsWith("#")).length,
    );
    const [record] = records;
    assertEquals(record?.ip_address, "192.0.2.10");
    assertEquals(record?.status, 200);
    assertEquals(record?.path.startsWith("/"), true);
    assertEquals(
      new Date(record!.timestamp).toISOString().slice(0, 19),
      "2025-05-17T10:05:03",
    );
  });
}
