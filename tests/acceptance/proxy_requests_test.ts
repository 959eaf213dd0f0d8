/** The bytes that reach an app behind the proxy: only what was parsed, and nothing else. */
import { assert, assertEquals } from "@std/assert";
import {
  answersTo,
  recordsOf,
  startProxy,
  startRawApp,
  Wire,
} from "./_proxy.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** An app that accepts anything up to an empty line, plus `body` bytes, as a request. */
function startPlainApp(answer = OK) {
  return startRawApp(async (send, received) => {
    const [head = "", ...rest] = received().split("\r\n\r\n");
    const body = rest.join("\r\n\r\n");
    const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
    const isChunked = /^transfer-encoding: chunked/im.test(head);
    const isWhole = rest.length > 0 &&
      (isChunked ? body.endsWith("0\r\n\r\n") : body.length >= length);
    if (isWhole) await send(answer);
  });
}

/** The request line, the framing fields, and the body. */
function essence(received: string): string {
  const [head = "", ...body] = received.split("\r\n\r\n");
  const [line, ...fields] = head.split("\r\n");
  const framing = fields.filter((field) =>
    /^(content-length|transfer-encoding):/i.test(field)
  );
  return [line, ...framing, body.join("\r\n\r\n")].join(" | ");
}

Deno.test("proxy: a body of any method goes on with the framing that it came with, and none without", async () => {
  await using app = startPlainApp(
    OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"),
  );
  await using proxy = await startProxy(app.url);
  const table: [sent: string, seen: string][] = [];
  for (const method of ["GET", "POST", "DELETE", "OPTIONS", "PROPFIND"]) {
    table.push(
      [`${method} /n`, `${method} /n HTTP/1.1 | `],
      [
        `${method} /l|Content-Length: 5|hello`,
        `${method} /l HTTP/1.1 | Content-Length: 5 | hello`,
      ],
      [
        `${method} /z|content-length: 0|`,
        `${method} /z HTTP/1.1 | content-length: 0 | `,
      ],
      [
        `${method} /c|Transfer-Encoding: Chunked|2\r\nhi\r\n0\r\n\r\n`,
        `${method} /c HTTP/1.1 | Transfer-Encoding: Chunked | 2\r\nhi\r\n0\r\n\r\n`,
      ],
    );
  }
  for (const [sent, seen] of table) {
    const before = app.received.length;
    const [line, field, body = ""] = sent.split("|");
    const text = await answersTo(
      proxy.origin,
      `${line} HTTP/1.1\r\nHost: h\r\n${field ? `${field}\r\n` : ""}` +
        `Connection: close\r\n\r\n${body}`,
      3_000,
    );
    assert(text.startsWith("HTTP/1.1 200 OK"), `${sent}: ${text}`);
    assertEquals(app.received.slice(before).map(essence), [seen], sent);
  }
});

Deno.test("proxy: a body that looks like a request is none, and the next visitor gets the answer to what was asked", async () => {
  await using app = startPlainApp();
  await using proxy = await startProxy(app.url);
  const hidden = "DELETE /secret HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const method of ["GET", "HEAD", "OPTIONS", "DELETE", "POST"]) {
    const text = `${method} /x HTTP/1.1\r\nHost: h\r\n` +
      `Content-Length: ${hidden.length}\r\n\r\n${hidden}`;
    assert((await answersTo(proxy.origin, text)).startsWith("HTTP/1.1 200"));
    const next =
      "GET /innocent HTTP/1.1\r\nHost: h\r\nA: DELETE /y HTTP/1.1\r\n";
    const answer = await answersTo(proxy.origin, `${next}\r\n`);
    assert(answer.startsWith("HTTP/1.1 200"), answer);
  }
  const lines = app.received.flatMap((text) =>
    text.split("\r\n").filter((line) => / HTTP\/1\.1$/.test(line))
  ).filter((line) => !line.startsWith("A: "));
  assertEquals(
    lines.filter((line) => !/ \/(x|innocent|secret) /.test(line)),
    [],
  );
  // Received only as what it was: the body of the request before it, of the same length.
  for (const text of app.received) {
    const [head = ""] = text.split("\r\n\r\n");
    assert(!head.startsWith("DELETE /secret"), text);
  }
});

Deno.test("proxy: what two could read in two ways is refused, recorded, and never reaches the app", async () => {
  await using app = startPlainApp();
  await using proxy = await startProxy(app.url);
  const host = "Host: h\r\n";
  const table: [request: string, path: string | null][] = [
    [`GET /a1 HTTP/1.1\r\n${host}Content-Length: 5, 5\r\n\r\nhello`, "/a1"],
    [
      `GET /a2 HTTP/1.1\r\n${host}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
      "/a2",
    ],
    [
      `GET /a3 HTTP/1.1\r\n${host}Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello`,
      "/a3",
    ],
    [`POST /a4 HTTP/1.1\r\n${host}Content-Length: +5\r\n\r\nhello`, "/a4"],
    [
      `POST /a5 HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      "/a5",
    ],
    [
      `POST /a6 HTTP/1.1\r\n${host}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
      "/a6",
    ],
    [
      `POST /a7 HTTP/1.1\r\n${host}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`,
      "/a7",
    ],
    [
      `POST /a8 HTTP/1.1\r\n${host}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`,
      "/a8",
    ],
    [
      `POST /a9 HTTP/1.1\r\n${host}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n`,
      "/a9",
    ],
    [
      `POST /b0 HTTP/1.0\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      "/b0",
    ],
    [`GET /b1 HTTP/1.1\r\n\r\n`, "/b1"],
    [`GET /b2 HTTP/1.1\r\n${host}${host}\r\n`, "/b2"],
    [`GET /b3 HTTP/1.1\r\nHost:\r\n\r\n`, "/b3"],
    [`GET /b4 HTTP/1.1\r\nHost: h\\login#\r\n\r\n`, "/b4"],
    [`GET /b5 HTTP/1.1\r\nHost: h/x?y\r\n\r\n`, "/b5"],
    [`DELETE /b6/#ment HTTP/1.1\r\n${host}\r\n`, "/b6/"],
    [`GET /b7\\x HTTP/1.1\r\n${host}\r\n`, "/b7\\x"],
    [`GET http://other/b8 HTTP/1.1\r\n${host}\r\n`, "/b8"],
    [`GET http://u:p@h/b9 HTTP/1.1\r\n${host}\r\n`, "/b9"],
    [`GET /c1 HTTP/2.0\r\n${host}\r\n`, "/c1"],
    [`get /c2 HTTP/1.1\r\n${host}\r\n`, "/c2"],
    [`BREW /c3 HTTP/1.1\r\n${host}\r\n`, "/c3"],
    [`GET * HTTP/1.1\r\n${host}\r\n`, "*"],
    [`GET /caf\xc3\xa9 HTTP/1.1\r\n${host}\r\n`, "/café"],
    [`GET /\xe6\x97\xa5\xe6\x9c\xac HTTP/1.1\r\n${host}\r\n`, "/日本"],
    [`GET /c4\x01 HTTP/1.1\r\n${host}\r\n`, null],
    [`GET /c5 HTTP/1.1\r\n${host}X: a\r\n b\r\n\r\n`, "/c5"],
    [`GET /c6 HTTP/1.1\r\n${host}X: a\rb\r\n\r\n`, "/c6"],
    [`GET /c7 HTTP/1.1\n${host}\r\n`, "/c7"],
    [`GET /c8 HTTP/1.1\r\n${host}X: a\x00b\r\n\r\n`, "/c8"],
  ];
  for (const [request] of table) {
    const text = await answersTo(proxy.origin, request, 2_000);
    const statuses = text.match(/^HTTP\/1\.1 \d{3}/gm);
    assertEquals(statuses, ["HTTP/1.1 400"], JSON.stringify(request));
    assert(/^x-content-type-options: nosniff\r$/im.test(text), text);
    assert(/^cache-control: no-store\r$/im.test(text), text);
    assert(/^connection: close\r$/im.test(text), text);
  }
  assertEquals(app.received, []);
  await proxy.stop();
  const records = await recordsOf(proxy.kvPath);
  assertEquals(records.length, table.length, records.join("\n"));
  for (const [request, path] of table) {
    if (path === null) continue;
    const [method] = request.split(" ");
    assert(
      records.includes(`127.0.0.1 ${method} ${path} 400 allowed`),
      `${JSON.stringify(request)} of\n${records.join("\n")}`,
    );
  }
});

Deno.test("proxy: targets and fields reach the app byte for byte", async () => {
  await using app = startPlainApp();
  await using proxy = await startProxy(app.url);
  const targets = [
    "/a/../b//c;d=1/%2F%2e%zz?x=[1]&y={z}|^`\\q",
    "//host/x",
    "/?http://other/x",
    `/${"a".repeat(8_000)}`,
  ];
  const fields = [
    ...Array.from({ length: 150 }, (_, i) => `X-Field-${i}: ${i}`),
    "X-a: 1",
    "x-A: 2",
    "X-Latin: caf\xe9",
    `X-Long: ${"b".repeat(20_000)}`,
    "Content_Length: 7",
    "Empty:",
  ];
  for (const target of targets) {
    const before = app.received.length;
    await answersTo(
      proxy.origin,
      `GET ${target} HTTP/1.1\r\nHost: Example.org:80\r\n` +
        `${fields.join("\r\n")}\r\nProxy: http://evil\r\n` +
        "Connection: close\r\n\r\n",
      3_000,
    );
    const seen = app.received.slice(before).join("") ||
      app.received.at(-1)!.split("GET ").at(-1)!;
    assert(seen.includes(`${target} HTTP/1.1\r\n`), seen.slice(0, 200));
    assert(seen.includes("Host: Example.org:80\r\n"));
    const lines = seen.split("\r\n");
    const from = lines.indexOf("X-Field-0: 0");
    assertEquals(
      lines.slice(from, from + fields.length).map((line) => line.trim()),
      fields,
    );
    assert(!/^proxy:/im.test(seen));
  }
  const absolute = "GET http://h:80/abs?x HTTP/1.1\r\nHost: h\r\n\r\n";
  await answersTo(proxy.origin, absolute);
  const all = app.received.join("");
  assert(all.includes("GET /abs?x HTTP/1.1\r\n"));
  await answersTo(proxy.origin, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  assert(app.received.join("").includes("OPTIONS * HTTP/1.1\r\n"));
  const old = await answersTo(proxy.origin, "GET /old HTTP/1.0\r\n\r\n", 2_000);
  assert(old.startsWith("HTTP/1.1 200 OK"), old);
});

Deno.test("proxy: pipelined requests reach the app one after the other, and are answered in order", async () => {
  let open = 0;
  let most = 0;
  await using app = startRawApp(async (send, received) => {
    const requests = received().split("\r\n\r\n").length - 1;
    most = Math.max(most, ++open);
    await new Promise((resolve) => setTimeout(resolve, 5));
    open--;
    const path = received().match(/^GET (\S+)/gm)![requests - 1]!.slice(4);
    await send(
      `HTTP/1.1 200 OK\r\nContent-Length: ${path.length}\r\n\r\n${path}`,
    );
  });
  await using proxy = await startProxy(app.url);
  const paths = Array.from({ length: 30 }, (_, i) => `/p${i}`);
  using wire = await Wire.open(proxy.origin);
  await wire.send(
    paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(""),
  );
  await wire.until(() => wire.text.endsWith("/p29"));
  assertEquals(wire.text.match(/\/p\d+/g), paths);
  assertEquals(most, 1);
  // Nobody waits for that many.
  using flood = await Wire.open(proxy.origin);
  await flood.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n".repeat(2_000));
  await flood.until(() => flood.closed);
  assert(flood.closed);
});

Deno.test("proxy: a host that is not ours is answered 421, recorded, and never reaches the app", async () => {
  await using app = startPlainApp();
  await using proxy = await startProxy(app.url, {
    ALLOWED_HOSTS: "example.org,*.example.net",
  });
  const table: [host: string, status: number][] = [
    ["example.org", 200],
    ["EXAMPLE.org:8443", 200],
    ["a.example.net", 200],
    ["b.a.example.net", 200],
    ["example.net", 421],
    ["evil.example", 421],
    ["example.org.evil.example", 421],
    ["evilexample.org", 421],
    ["127.0.0.1", 421],
    ["[::1]", 421],
    ["example.org\\login#", 400],
  ];
  for (const [i, [host, status]] of table.entries()) {
    const head = `GET /${i} HTTP/1.1\r\nHost: ${host}\r\n`;
    const text = await answersTo(proxy.origin, `${head}\r\n`, 1_000);
    assert(text.startsWith(`HTTP/1.1 ${status} `), `${host}: ${text}`);
    if (status === 421) {
      assert(/^x-content-type-options: nosniff\r$/im.test(text), text);
      // A WebSocket does not get past it either.
      const upgrade = await answersTo(
        proxy.origin,
        `${head}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
        1_000,
      );
      assert(upgrade.startsWith("HTTP/1.1 421 "), `${host}: ${upgrade}`);
    }
  }
  const absolute = await answersTo(
    proxy.origin,
    "GET http://evil.example/abs HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    1_000,
  );
  assert(absolute.startsWith("HTTP/1.1 421 "), absolute);
  const seen = app.received.join("").match(/^GET \S+/gm) ?? [];
  assertEquals(seen.sort(), ["GET /0", "GET /1", "GET /2", "GET /3"]);
  await proxy.stop();
  const records = await recordsOf(proxy.kvPath);
  for (const [i, [, status]] of table.entries()) {
    assert(
      records.includes(`127.0.0.1 GET /${i} ${status} allowed`),
      records.join("\n"),
    );
  }
});
