import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { changedRequest } from "../../lib/http/changed_request.ts";
import { servedFields } from "../../lib/http/served_fields.ts";

/** The result of passing fields through `Headers`, in no order. */
function throughHeaders(request: Request): string[] {
  const fields: string[] = [];
  request.headers.forEach((value, name) => {
    fields.push(`${name}: ${value}`);
  });
  return fields.sort();
}

function read(request: Request): string[] {
  const fields = servedFields(request);
  const lines: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    lines.push(`${fields[i]}: ${fields[i + 1]}`);
  }
  return lines.sort();
}

interface Seen {
  fast: string[];
  slow: string[];
}

/** A server's view of raw fields, one head after the other. */
async function served(
  heads: readonly string[],
  look: (request: Request) => Seen,
): Promise<Seen[]> {
  const seen: Seen[] = [];
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => {
      seen.push(look(request));
      return new Response("x");
    },
  );
  try {
    using connection = await Deno.connect({
      hostname: "127.0.0.1",
      port: server.addr.port,
    });
    const buffer = new Uint8Array(4_096);
    for (const head of heads) {
      const bytes = new TextEncoder().encode(
        `GET / HTTP/1.1\r\nHost: h\r\n${head}\r\n`,
      );
      for (let at = 0; at < bytes.length;) {
        at += await connection.write(bytes.subarray(at));
      }
      let answer = "";
      while (!answer.endsWith("\r\n\r\nx")) {
        const count = await connection.read(buffer);
        if (count === null) throw new Error(`Cannot read: received ${answer}`);
        answer += new TextDecoder().decode(buffer.subarray(0, count));
      }
    }
  } finally {
    await server.shutdown();
  }
  return seen;
}

const both = (request: Request): Seen => ({
  fast: read(request),
  slow: throughHeaders(request),
});

Deno.test("servedFields() reads what Headers read, however it was sent", async () => {
  const heads = [
    "",
    "X-A: 1\r\n",
    "X-A: 1\r\nx-a: 2\r\nX-a: 3\r\n",
    "Cookie: a=b\r\nCookie: c=d\r\n",
    "Set-Cookie: a\r\nset-cookie: b\r\n",
    "Empty:\r\nEmpty: \r\nempty: q\r\n",
    "x-l: \xe9\x80\xff\r\n",
    "X-T: \t a \t b \t\r\n",
    "a: host\r\nb: accept\r\naccept: b\r\n",
    "!#$%&'*+-.^_`|~: odd\r\n",
    `X-${"Long".repeat(100)}: ${"v".repeat(5_000)}\r\n`,
    Array.from({ length: 80 }, (_, i) => `X-${i}: ${i}\r\n`).join(""),
    Array.from({ length: 40 }, (_, i) => `X-${i % 7}: ${i}\r\n`).join(""),
  ];
  for (const [i, { fast, slow }] of (await served(heads, both)).entries()) {
    assertEquals(fast, slow, JSON.stringify(heads[i]));
  }
});

Deno.test("servedFields() reads any fields as Headers do", async () => {
  const name = fc.constantFrom(
    ...["a", "A", "b", "Accept", "accept", "ACCEPT", "Cookie", "x-y", "X-Y"],
    ...[
      "set-cookie",
      "Set-Cookie",
      "user-agent",
      "User-Agent",
      "cache-control",
    ],
  );
  const value = fc.string({
    unit: fc.constantFrom(..."aA ,;=\t\xe9"),
    maxLength: 8,
  });
  const sample = fc.sample(
    fc.array(fc.tuple(name, value), { maxLength: 12 }),
    { numRuns: 300, seed: 7 },
  );
  const heads = sample.map((fields) =>
    fields.map(([name, value]) => `${name}: ${value}\r\n`).join("")
  );
  for (const [i, { fast, slow }] of (await served(heads, both)).entries()) {
    assertEquals(fast, slow, JSON.stringify(heads[i]));
  }
});

Deno.test("servedFields() reads a request that was changed, made or asked before", async () => {
  const made = new Request("http://h/", {
    headers: [["X-A", "1"], ["x-a", "2"], ["Cookie", "a=b"]],
  });
  assertEquals(read(made), ["cookie: a=b", "x-a: 1, 2"]);
  const seen = await served(["X-A: 1\r\nX-B: 2\r\n"], (request) => {
    request.headers.get("x-a");
    const fast = read(request);
    const changed = changedRequest(request, { url: "http://h/other" });
    changed.headers.set("x-b", "3");
    assertEquals(read(changed), throughHeaders(changed));
    assertEquals(read(request.clone()), fast);
    return { fast, slow: throughHeaders(request) };
  });
  assertEquals(seen[0]!.fast, seen[0]!.slow);
  assertEquals(seen[0]!.fast, ["host: h", "x-a: 1", "x-b: 2"]);
});
