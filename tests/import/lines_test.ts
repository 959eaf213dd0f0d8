import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readLines } from "../../lib/import/lines.ts";

function streamOf(chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks);
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

async function read(chunks: Uint8Array[], maxBytes?: number) {
  const all = { lines: [] as string[], tooLong: 0 };
  for await (const batch of readLines(streamOf(chunks), maxBytes)) {
    all.lines.push(...batch.lines);
    all.tooLong += batch.tooLong;
  }
  return all;
}

Deno.test("readLines() splits at LF and CR LF, the last line needs neither", async () => {
  for (const end of ["", "\n", "\r\n"]) {
    assertEquals(await read([bytes(`a\nb\r\n\n\r\nc${end}`)]), {
      lines: ["a", "b", "c"],
      tooLong: 0,
    });
  }
  assertEquals((await read([])).lines, []);
});

Deno.test("readLines() does not mind where chunks end", async () => {
  const text = "añ\r\nb語\n\n🦊c\rd\n";
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 })),
      async (cuts) => {
        const whole = bytes(text);
        const chunks: Uint8Array[] = [];
        let start = 0;
        for (const end of [...cuts.sort((a, b) => a - b), whole.length]) {
          chunks.push(whole.subarray(start, end));
          start = Math.min(end, whole.length);
        }
        assertEquals((await read(chunks)).lines, ["añ", "b語", "🦊c\rd"]);
      },
    ),
    { numRuns: 100 },
  );
});

Deno.test("readLines() counts lines that are too long and reads on", async () => {
  const text = `${"x".repeat(11)}\n${"x".repeat(10)}\r\n${"y".repeat(12)}\r\nz`;
  for (const size of [1, 3, 7, 100]) {
    const whole = bytes(text);
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < whole.length; at += size) {
      chunks.push(whole.subarray(at, at + size));
    }
    assertEquals(await read(chunks, 10), {
      lines: ["x".repeat(10), "z"],
      tooLong: 2,
    });
  }
});

Deno.test("readLines() allows 64 KiB a line and keeps no more in memory", async () => {
  const ok = await read([bytes("x".repeat(65_536) + "\n")]);
  assertEquals([ok.lines[0]!.length, ok.tooLong], [65_536, 0]);
  const chunk = bytes("x".repeat(65_536));
  const endless = Array.from({ length: 300 }, () => chunk);
  assertEquals(await read([...endless, bytes("\nok\n")]), {
    lines: ["ok"],
    tooLong: 1,
  });
});

Deno.test("readLines() reads what is no UTF-8, and drops a byte order mark", async () => {
  const chunk = new Uint8Array([0xef, 0xbb, 0xbf, 97, 10, 0xff, 0xc3, 10, 98]);
  assertEquals((await read([chunk])).lines, ["a", "\ufffd\ufffd", "b"]);
});

Deno.test("readLines() outlives a reader that uses its buffer again", async () => {
  const buffer = new Uint8Array(2);
  async function* reused() {
    for (const part of ["ab", "cd", "e\n"]) {
      await Promise.resolve();
      buffer.set(bytes(part));
      yield buffer;
    }
  }
  const lines: string[] = [];
  for await (const batch of readLines(reused())) lines.push(...batch.lines);
  assertEquals(lines, ["abcde"]);
});
