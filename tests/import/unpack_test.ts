import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { unpack } from "../../lib/import/unpack.ts";

const TEXT = Array.from(
  { length: 20_001 },
  (_, i) =>
    `203.0.113.${i % 250} - - [17/May/2015:10:05:03 +0000] "GET /${i}"\n`,
).join("");
const HALF = TEXT.indexOf("\n", TEXT.length / 2) + 1;
const BOTH = [TEXT.slice(0, HALF), TEXT.slice(HALF)];

/** The output of `printf 'hello hello hello\n' | bzip2`. */
const BZIP2 = Uint8Array.fromBase64(
  "QlpoOTFBWSZTWeW18wkAAARRAAAQQAACRKAAIbUYDAKQacKjC7kinChIctr5hIA=",
);

async function read(parts: Uint8Array[], step = 7_000) {
  async function* stream() {
    for (const part of parts) {
      for (let at = 0; at < part.length; at += step) {
        await Promise.resolve();
        yield part.subarray(at, at + step);
      }
    }
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let error = "";
  try {
    for await (const chunk of unpack(stream())) chunks.push(chunk.slice());
  } catch (caught) {
    assert(caught instanceof TypeError, String(caught));
    error = caught.message;
  }
  return { text: await new Blob(chunks).text(), error };
}

async function bzip2(text: string): Promise<Uint8Array | null> {
  try {
    const child = new Deno.Command("bzip2", {
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const output = child.output();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    return (await output).stdout;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

const packers: Record<string, (text: string) => Uint8Array> = {
  gzip: (text) => gzipSync(Buffer.from(text)),
  zstd: (text) => zstdCompressSync(Buffer.from(text)),
};

Deno.test("unpack() gives what is not packed as it is", async () => {
  for (const text of ["", "a", "BZ", TEXT]) {
    const bytes = new TextEncoder().encode(text);
    assertEquals(await read([bytes], 3_001), { text, error: "" });
  }
});

for (const [name, pack] of Object.entries(packers)) {
  Deno.test(`unpack() reads ${name} of one piece and of many, wherever chunks end`, async () => {
    const parts = BOTH.map(pack);
    for (const step of [333, 7_000, 1e6]) {
      assertEquals(await read(parts, step), { text: TEXT, error: "" });
    }
    const many = Array.from({ length: 300 }, (_, i) => pack(`line ${i}\n`));
    const { text, error } = await read(many);
    assertEquals([text.split("\n").length, error], [301, ""]);
    assertEquals(await read([pack("")]), { text: "", error: "" });
  });

  Deno.test(`unpack() gives what came before the end of ${name} that was cut, and says so`, async () => {
    const [first, second] = BOTH.map(pack);
    const cut = second!.subarray(0, second!.length / 2);
    const { text, error } = await read([first!, cut]);
    assert(text.length >= HALF && TEXT.startsWith(text));
    assertStringIncludes(error, "the file is truncated");
  });

  Deno.test(`unpack() gives what came before damage in ${name}, and says so`, async () => {
    const [first, second] = BOTH.map(pack);
    const damaged = second!.slice();
    damaged.fill(0xff, 4, 240);
    const { text, error } = await read([first!, damaged]);
    assert(text.startsWith(TEXT.slice(0, HALF)));
    assertStringIncludes(error, `${name}: `);
  });
}

Deno.test("unpack() skips zeros between and behind members of gzip", async () => {
  const [first, second] = BOTH.map(packers.gzip!);
  const zeros = new Uint8Array(5_000);
  assertEquals(await read([first!, zeros, second!, zeros]), {
    text: TEXT,
    error: "",
  });
  const { text, error } = await read([first!, second!, zeros.fill(7)]);
  assertEquals(text, TEXT);
  assertStringIncludes(error, "the data after a member is not another one");
});

Deno.test("unpack() reads gzip's headers with names, comments, extra fields and sums", async () => {
  const plain = packers.gzip!("a\n");
  const fields = [4 + 8 + 16 + 2];
  const head = [...plain.subarray(0, 3), ...fields, ...plain.subarray(4, 10)];
  const more = [3, 0, 1, 2, 3, 97, 0, 98, 99, 0, 0, 0];
  const member = new Uint8Array([...head, ...more, ...plain.subarray(10)]);
  assertEquals(await read([member], 1), { text: "a\n", error: "" });
});

Deno.test("unpack() reads bzip2, several streams of it, and says where it ends too soon", async () => {
  const text = "hello hello hello\n";
  assertEquals(await read([BZIP2], 5), { text, error: "" });
  assertEquals(await read([BZIP2, new Uint8Array(9), BZIP2]), {
    text: text + text,
    error: "",
  });
  const { error } = await read([BZIP2.subarray(0, 40)]);
  assertStringIncludes(error, "the file is truncated");
  const damaged = BZIP2.slice();
  damaged[12]! ^= 1;
  assertStringIncludes((await read([damaged])).error, "sum");
});

Deno.test("unpack() reads what bzip2 writes of anything", async () => {
  const texts = [
    "",
    "a".repeat(2_000_000),
    "ab".repeat(300) + "aaaa" + "aaaab".repeat(99),
    TEXT,
  ];
  for (const text of texts) {
    const packed = await bzip2(text);
    if (packed === null) return;
    assertEquals((await read([packed], 65_536)).text === text, true);
  }
});

Deno.test("unpack() unpacks twice what was packed twice", async () => {
  const twice = gzipSync(packers.zstd!("a\nb\n"));
  assertEquals((await read([twice])).text, "a\nb\n");
});

Deno.test("unpack() names what it does not unpack", async () => {
  const xz = new Uint8Array([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2]);
  assertStringIncludes((await read([xz])).error, "xz is not unpacked here");
});

Deno.test("an answer of Loki is unpacked to its lines, on one line or many", async () => {
  const lines = [
    `192.0.2.10 - - [17/May/2025:10:05:03 +0000] "GET /a]{ HTTP/1.1" 200 5`,
    `{"request":"GET /ä","values":[["1747476303127000000","no"]]}\\`,
  ];
  const values = lines.map((line) => ["1747476303127000000", line]);
  const answer = {
    status: "success",
    data: {
      resultType: "streams",
      result: [
        { stream: { job: "x", list: '["1747476303127000000","no"]' }, values },
        {
          stream: {},
          values: [[...values[0]!, { structured: "x" }], ["soon", "no"]],
        },
      ],
      stats: { ingester: { totalReached: 1 } },
    },
  };
  const push = { streams: answer.data.result };
  for (const json of [answer, push]) {
    for (const text of [JSON.stringify(json), JSON.stringify(json, null, 2)]) {
      for (const step of [1, 7, 7_000]) {
        const bytes = new TextEncoder().encode(text);
        const read1 = await read([bytes], step);
        assertEquals(
          read1.text.trim().split("\n").map((line) => JSON.parse(line)),
          [...lines, lines[0]].map((line) => ({
            timestamp: "1747476303127000000",
            line,
          })),
        );
      }
    }
  }
  const other = `{"status":"success","data":{"x":[["1747476303127","a"]]}}\n`;
  assertEquals((await read([new TextEncoder().encode(other)])).text, other);
});
