import { assert, assertEquals } from "@std/assert";
import type { RequestRecord } from "../../lib/log/request_record.ts";
import { openLayout } from "../../lib/import/format.ts";
import { FORMATS } from "../../lib/import/formats/mod.ts";
import { recognise } from "../../lib/import/recognise.ts";
import { assertMeans, linesOf, names, readerOf } from "./_formats.ts";

function readAll(lines: string[], format?: string): (RequestRecord | null)[] {
  const reader = readerOf(format);
  return [...reader.read(lines), ...reader.finish()];
}

for (const name of names) {
  Deno.test(`a file of ${name} is read as it means`, () => {
    assertMeans(readAll(linesOf(name)), name);
  });
}

const TIME = "2025-05-17T10:05:03";
/** The carriers of lines, and how each wraps one. */
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
      // The console time of Heroku and Caddy is the carrier's own; it is absent here.
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
    const named = readerOf(format.name);
    const records = named.read(lines).concat(named.finish()).filter(Boolean);
    assert(records.length > 0);
    assertEquals(named.bad, []);
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
