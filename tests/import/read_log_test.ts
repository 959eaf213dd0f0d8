import { assertEquals } from "@std/assert";
import { readLog } from "../../lib/import/read_log.ts";

async function read(text: string, format?: string) {
  const all = { paths: [] as string[], unparsable: 0 };
  const stream = new Blob([text]).stream();
  for await (const { records, unparsable } of readLog(stream, { format })) {
    all.paths.push(...records.map(({ path }) => path));
    all.unparsable += unparsable;
  }
  return all;
}

Deno.test("readLog() counts what it cannot read and goes on", async () => {
  const line = (path: string) =>
    `203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET ${path} HTTP/1.1" 200 1`;
  const text = [
    line("/a"),
    "rubbish",
    "",
    "x".repeat(70_000),
    line("/b"),
    '{"path":"/c"}',
    line("/d"),
  ].join("\r\n");
  assertEquals(await read(text, "combined"), {
    paths: ["/a", "/b", "/d"],
    unparsable: 3,
  });
});

Deno.test("readLog() reads lines of JSON and the lines of an array", async () => {
  const item = (path: string) =>
    `{"timestamp":"2026-03-04T10:05:03.000Z","ip_address":"203.0.113.9",` +
    `"method":"GET","path":"${path}","status":200}`;
  const expected = { paths: ["/a", "/b"], unparsable: 0 };
  const lines = `${item("/a")}\n${item("/b")}\n`;
  assertEquals(await read(lines, "json"), expected);
  const array = `[\n${item("/a")},\n${item("/b")}\n]\n`;
  assertEquals(await read(array, "json"), expected);
  assertEquals(await read(array), expected);
});
