import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { assertEquals } from "@std/assert";
import { Incoming } from "../../lib/proxy/incoming.ts";

/** What a request's `headers` are with and without the proxy's class. */
async function headersOf(fields: string): Promise<IncomingHttpHeaders[]> {
  const seen: IncomingHttpHeaders[] = [];
  for (const options of [{}, { IncomingMessage: Incoming }]) {
    const all = { ...options, requireHostHeader: false };
    const server = createServer(all, (request, response) => {
      seen.push(request.headers);
      response.end();
    });
    for (const event of ["checkContinue", "checkExpectation"]) {
      server.on(event, (request, response) => {
        seen.push(request.headers);
        response.end();
      });
    }
    const port = await listen(server);
    const conn = await Deno.connect({ port });
    await conn.write(
      new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: h\r\n${fields}\r\n`),
    );
    await conn.read(new Uint8Array(1_024));
    conn.close();
    await new Promise((resolve) => server.close(resolve));
  }
  return seen;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) =>
    server.listen(
      0,
      () => resolve((server.address() as AddressInfo).port),
    )
  );
}

Deno.test("incoming: whatever asks for something special or has a body shows all fields, as node:http does", async () => {
  for (
    const field of [
      "Content-Length: 0",
      "CONTENT-LENGTH: 0",
      "Transfer-Encoding: chunked\r\n\r\n0",
      "Expect: 100-continue",
      "expect: something",
      "Upgrade: h2c",
      "TE: trailers",
      "traceparent: 00-1-1-00",
    ]
  ) {
    const [whole, ours] = await headersOf(
      `Cookie: a=b\r\nAccept: */*\r\n${field}\r\n`,
    );
    assertEquals(ours, whole, field);
  }
});

Deno.test("incoming: an ordinary request shows none", async () => {
  const [whole, ours] = await headersOf(
    "Cookie: a=b\r\nReferer: x\r\nOrigin: y\r\nX-Forwarded: 1\r\n",
  );
  assertEquals(Object.keys(whole!).length, 5);
  assertEquals(ours, {});
});
