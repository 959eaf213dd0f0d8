import { assert, assertEquals, assertRejects } from "@std/assert";
import { OutboundError } from "../../lib/net/outbound_error.ts";
import { type OutboundOptions, sendOutbound } from "../../lib/net/outbound.ts";
import { namesPrivateAddress } from "../../lib/net/outbound_address.ts";
import { makeCertificate } from "../_certificate.ts";

const limits = { timeoutMs: 2_000, maxBytes: 10_000, allowPrivate: false };

/** Fails the test if it is called. */
const noConnection: OutboundOptions["connect"] = (address) => {
  throw new Error(`connected to ${address}`);
};

function serve(handler: Deno.ServeHandler, tls = {}) {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, ...tls },
    handler,
  ) as Deno.HttpServer<Deno.NetAddr>;
  const { port } = server.addr;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** A raw TCP server: `talk` gets each connection, which is closed when the test ends. */
function serveRaw(talk: (conn: Deno.TcpConn) => Promise<unknown>) {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const talks: Promise<unknown>[] = [];
  const done = (async () => {
    for await (const conn of listener) {
      talks.push(
        talk(conn).catch(() => {}).finally(() => {
          try {
            conn.close();
          } catch {
            // It has already closed the connection.
          }
        }),
      );
    }
  })().catch(() => {});
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}/`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await done;
      await Promise.all(talks);
    },
  };
}

/** Connects to `port` of this machine whatever the address is; records the addresses. */
function redirected(port: number) {
  const asked: string[] = [];
  const connect: OutboundOptions["connect"] = (address, to, signal) => {
    asked.push(`${address} ${to}`);
    return Deno.connect({ hostname: "127.0.0.1", port, signal });
  };
  return { asked, connect };
}

async function failureOf(
  url: string,
  options: Partial<OutboundOptions> = {},
): Promise<OutboundError> {
  const error = await assertRejects(
    () => sendOutbound(url, { ...limits, ...options }),
    OutboundError,
  );
  assert(!error.message.includes("\n"), error.message);
  assert(error.message.length < 400, error.message);
  return error;
}

const PRIVATE_SPELLINGS = [
  "http://127.0.0.1/",
  "http://127.0.0.1./",
  "http://127.1/",
  "http://127.0.1/",
  "http://2130706433/",
  "http://2130706433./",
  "http://0x7f000001/",
  "http://0x7f.0.0.1/",
  "http://0x7F.1/",
  "http://0177.0.0.1/",
  "http://017700000001/",
  "http://127.0.0.1:8080/",
  "http://127.255.255.254/",
  "http://%31%32%37.0.0.1/",
  "http://127。0。0。1/",
  "http://127．0．0．1/",
  "http://①②⑦.⓪.⓪.①/",
  "http://0/",
  "http://0.0.0.0/",
  "http://0.1.2.3/",
  "http://localhost/",
  "http://LOCALHOST/",
  "http://localhost./",
  "http://a.localhost/",
  "https://localhost:8443/",
  "http://user:secret@127.0.0.1/",
  "http://example.com@127.0.0.1/",
  "http://example.com:80@10.0.0.1/",
  "http://127.0.0.1#@example.com/",
  "http://127.0.0.1\\@example.com/",
  "http:127.0.0.1/",
  "http:\\\\127.0.0.1\\",
  " http://127.0.0.1/ ",
  "http://127.0.\t0.1/",
  "http://10.0.0.1/",
  "http://10.255.255.255/",
  "http://172.16.0.1/",
  "http://172.31.255.255/",
  "http://192.168.0.1/",
  "http://100.64.0.1/",
  "http://100.100.100.200/latest/meta-data/",
  "http://169.254.169.254/latest/meta-data/",
  "http://2852039166/",
  "http://0xa9fea9fe/",
  "http://169.254.0.1/",
  "http://168.63.129.16/",
  "http://192.0.0.192/",
  "http://192.0.2.1/",
  "http://198.18.0.1/",
  "http://198.51.100.1/",
  "http://203.0.113.1/",
  "http://192.88.99.1/",
  "http://224.0.0.1/",
  "http://239.255.255.250/",
  "http://240.0.0.1/",
  "http://255.255.255.255/",
  "http://[::]/",
  "http://[::1]/",
  "http://[0:0:0:0:0:0:0:1]/",
  "http://[::ffff:127.0.0.1]/",
  "http://[::ffff:7f00:1]/",
  "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
  "http://[::127.0.0.1]/",
  "http://[64:ff9b::127.0.0.1]/",
  "http://[64:ff9b::a00:1]/",
  "http://[64:ff9b:1::a00:1]/",
  "http://[2002:7f00:1::]/",
  "http://[2001::1]/",
  "http://[2001:db8::1]/",
  "http://[3fff::1]/",
  "http://[fc00::1]/",
  "http://[fd00:ec2::254]/",
  "http://[fe80::1]/",
  "http://[fec0::1]/",
  "http://[ff02::1]/",
  "http://[100::1]/",
  "http://[4000::1]/",
];

Deno.test("outbound: no spelling of a private, loopback, metadata or reserved address is connected to", async () => {
  for (const url of PRIVATE_SPELLINGS) {
    const { failure, message } = await failureOf(url, {
      connect: noConnection,
      resolve: (host) => {
        throw new Error(`asked the DNS for ${host}`);
      },
    });
    assertEquals(failure, "address", `${url}: ${message}`);
    assert(message.includes("OUTBOUND_PRIVATE=1"), message);
    assert(!message.includes("secret"), message);
  }
});

Deno.test("outbound: a name that has a private address, alone or among others, is not connected to", async () => {
  for (
    const addresses of [
      ["127.0.0.1"],
      ["::1"],
      ["::ffff:10.0.0.1"],
      ["fe80::1%eth0"],
      ["fe80::1"],
      ["169.254.169.254"],
      ["8.8.8.8", "10.0.0.1"],
      ["2606:4700::1111", "fd00::1"],
      ["8.8.8.8", "nonsense"],
      ["not an address\nat all"],
    ]
  ) {
    const { failure } = await failureOf("https://hooks.example.org/s3cret", {
      connect: noConnection,
      resolve: () => Promise.resolve(addresses),
    });
    assertEquals(failure, "address", addresses.join());
  }
});

Deno.test("outbound: what is no http(s) URL, or has no address, is refused", async () => {
  const connect = noConnection;
  for (
    const url of [
      "",
      "example.org",
      "//example.org/",
      "ftp://example.org/",
      "file:///etc/passwd",
      "gopher://127.0.0.1:6379/_FLUSHALL",
      "data:text/plain,x",
      "javascript:alert(1)",
      "unix:/var/run/docker.sock",
      "http://",
      "http://[::1/",
      "http://1.2.3.4.5/",
      "http://256.1.1.1/",
      "http://[fe80::1%25eth0]/",
      "http://exa mple.org/",
      "http://example.org:99999/",
    ]
  ) {
    assertEquals((await failureOf(url, { connect })).failure, "url", url);
  }
  for (
    const resolve of [
      () => Promise.resolve([]),
      () => Promise.reject(new Error("getaddrinfo ENOTFOUND\nline")),
    ]
  ) {
    const error = await failureOf("http://nowhere.example/", {
      connect,
      resolve,
    });
    assertEquals(error.failure, "dns");
    assert(error.message.includes("nowhere.example"), error.message);
  }
});

Deno.test("outbound: a request arrives with its method, headers and body, and the answer comes back", async () => {
  await using server = serve(async (request) => {
    const { pathname, search } = new URL(request.url);
    return Response.json({
      what: `${request.method} ${pathname}${search}`,
      host: request.headers.get("host"),
      agent: request.headers.get("user-agent"),
      extra: request.headers.get("x-extra"),
      length: request.headers.get("content-length"),
      authorization: request.headers.get("authorization"),
      body: await request.text(),
    }, { status: 202, headers: { "x-answer": "yes" } });
  });
  const { port } = server;
  const answer = await sendOutbound(
    `http://me:p%40ss@127.0.0.1:${port}/a%20b?c=d#e`,
    {
      ...limits,
      allowPrivate: true,
      method: "POST",
      headers: { "X-Extra": "1", host: "evil.example", "content-length": "9" },
      body: "héllo",
    },
  );
  assertEquals(answer.status, 202);
  assertEquals(answer.headers.get("x-answer"), "yes");
  assertEquals(JSON.parse(new TextDecoder().decode(answer.body)), {
    what: "POST /a%20b?c=d",
    host: `127.0.0.1:${port}`,
    agent: "Portcullis",
    extra: "1",
    length: "6",
    authorization: `Basic ${btoa("me:p@ss")}`,
    body: "héllo",
  });
});

Deno.test("outbound: the connection is made to the address that was checked, though the name changes its mind", async () => {
  await using server = serve(() => new Response("public"));
  const answers = [["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]];
  let asked = 0;
  const connected = redirected(server.port);
  const { body } = await sendOutbound("http://rebind.example:8000/", {
    ...limits,
    resolve: () => Promise.resolve(answers[asked++]!),
    connect: connected.connect,
  });
  assertEquals(new TextDecoder().decode(body), "public");
  assertEquals(asked, 1);
  assertEquals(connected.asked, ["93.184.215.14 8000"]);
});

Deno.test("outbound: https is checked by the name and not by the address", async () => {
  const { cert, key } = await makeCertificate("hooks.example.org");
  await using server = serve(
    (request) => new Response(request.headers.get("host")),
    { cert, key },
  );
  const { asked, connect } = redirected(server.port);
  const options = {
    connect,
    resolve: () => Promise.resolve(["93.184.215.14"]),
    caCerts: [cert],
  };
  for (
    const url of ["https://hooks.example.org/", "https://hooks.example.org./"]
  ) {
    const { body } = await sendOutbound(url, { ...limits, ...options });
    assertEquals(
      new TextDecoder().decode(body).replace(/\.$/, ""),
      "hooks.example.org",
    );
  }
  assertEquals(asked, ["93.184.215.14 443", "93.184.215.14 443"]);
  const wrong = await failureOf("https://other.example.org/", options);
  assertEquals(wrong.failure, "tls");
  const unknown = await failureOf("https://hooks.example.org/", {
    ...options,
    caCerts: [],
  });
  assertEquals(unknown.failure, "tls");
});

Deno.test("outbound: the next address is tried where one does not answer", async () => {
  await using server = serve(() => new Response("second"));
  const tried: string[] = [];
  const { body } = await sendOutbound("http://two.example/", {
    ...limits,
    resolve: () => Promise.resolve(["2606:4700::1111", "8.8.8.8"]),
    connect: (address, _, signal) => {
      tried.push(address);
      if (address.includes(":")) throw new Error("unreachable");
      return Deno.connect({ hostname: "127.0.0.1", port: server.port, signal });
    },
  });
  assertEquals(new TextDecoder().decode(body), "second");
  assertEquals(tried, ["2606:4700::1111", "8.8.8.8"]);
});

Deno.test("outbound: redirects are answers, unless they are to be followed; each hop is checked", async () => {
  const seen: string[] = [];
  await using server = serve((request) => {
    const { pathname } = new URL(request.url);
    seen.push(`${pathname} ${request.headers.get("x-token")}`);
    const to: Record<string, string> = {
      "/inside": "http://169.254.169.254/latest/meta-data/",
      "/name": "http://internal.example/",
      "/once": "/end",
      "/across": "http://elsewhere.example/end",
      "/file": "file:///etc/passwd",
      "/nothing": "http://[",
    };
    if (pathname.startsWith("/loop")) {
      return new Response(null, {
        status: 302,
        headers: { location: `${pathname}x` },
      });
    }
    return to[pathname]
      ? new Response(null, { status: 302, headers: { location: to[pathname] } })
      : new Response("end");
  });
  const options: OutboundOptions = {
    ...limits,
    redirects: 3,
    headers: { "x-token": "t0ken" },
    connect: redirected(server.port).connect,
    resolve: (host) =>
      Promise.resolve(host === "internal.example" ? ["10.0.0.1"] : ["8.8.8.8"]),
  };
  const start = "http://hooks.example";
  const plain = await sendOutbound(`${start}/inside`, {
    ...options,
    redirects: 0,
  });
  assertEquals(plain.status, 302);
  for (
    const [path, failure] of [
      ["/inside", "address"],
      ["/name", "address"],
      ["/loop", "redirect"],
      ["/file", "url"],
      ["/nothing", "redirect"],
    ] as const
  ) {
    const error = await failureOf(start + path, options);
    assertEquals(error.failure, failure, path);
  }
  assertEquals(seen.filter((line) => line.startsWith("/loop")).length, 4);
  seen.length = 0;
  assertEquals((await sendOutbound(`${start}/once`, options)).status, 200);
  assertEquals((await sendOutbound(`${start}/across`, options)).status, 200);
  assertEquals(seen, [
    "/once t0ken",
    "/end t0ken",
    "/across t0ken",
    "/end null",
  ]);
  const posted = await sendOutbound(`${start}/once`, {
    ...options,
    method: "POST",
    body: "x",
  });
  assertEquals(posted.status, 302);
});

Deno.test("outbound: a redirect from https to http is refused", async () => {
  const { cert, key } = await makeCertificate("hooks.example.org");
  await using server = serve(
    () =>
      new Response(null, {
        status: 301,
        headers: { location: "http://hooks.example.org/" },
      }),
    { cert, key },
  );
  const { failure } = await failureOf("https://hooks.example.org/", {
    redirects: 1,
    caCerts: [cert],
    connect: redirected(server.port).connect,
    resolve: () => Promise.resolve(["8.8.8.8"]),
  });
  assertEquals(failure, "redirect");
});

const endless = () =>
  new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4_096)),
  });

Deno.test("outbound: an endless body, a long one and a gzip bomb are cut", async () => {
  await using server = serve((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/endless") return new Response(endless());
    if (pathname === "/long") return new Response(new Uint8Array(10_001));
    const bomb = new Blob([new Uint8Array(20_000_000)]).stream()
      .pipeThrough(new CompressionStream("gzip"));
    return new Response(bomb, { headers: { "content-encoding": "gzip" } });
  });
  for (const path of ["/endless", "/long", "/bomb"]) {
    const { failure, message } = await failureOf(server.url + path, {
      allowPrivate: true,
    });
    assertEquals(failure, "size", `${path}: ${message}`);
    assert(message.includes("10000 bytes"), message);
  }
});

Deno.test("outbound: a body that is just short enough is read, packed or not", async () => {
  const whole = new Uint8Array(10_000).fill(7);
  await using server = serve((request) =>
    new URL(request.url).pathname === "/packed"
      ? new Response(
        new Blob([whole]).stream().pipeThrough(new CompressionStream("gzip")),
        { headers: { "content-encoding": "gzip" } },
      )
      : new Response(whole)
  );
  for (const path of ["/plain", "/packed"]) {
    const { body } = await sendOutbound(server.url + path, {
      ...limits,
      allowPrivate: true,
    });
    assertEquals(body, whole, path);
  }
});

const OK = "HTTP/1.1 200 OK\r\n";

Deno.test("outbound: the deadline covers the DNS, the connection, TLS, the head and the body", async () => {
  const forever = new Promise<never>(() => {});
  await using silent = serveRaw(async (conn) => {
    while (await conn.read(new Uint8Array(1_024)) !== null);
  });
  await using dripping = serveRaw(async (conn) => {
    await conn.write(
      new TextEncoder().encode(`${OK}content-length: 9\r\n\r\n`),
    );
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await conn.write(new Uint8Array([120]));
    }
  });
  await using slowHead = serveRaw(async (conn) => {
    await conn.write(new TextEncoder().encode(OK));
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await conn.write(new TextEncoder().encode("a: b\r\n"));
    }
  });
  const table: [
    what: string,
    url: string,
    options: Partial<OutboundOptions>,
  ][] = [
    ["DNS", "http://slow.example/", { resolve: () => forever }],
    ["connection", "http://8.8.8.8/", { connect: () => forever }],
    ["TLS", silent.url.replace("http:", "https:"), { allowPrivate: true }],
    ["head", silent.url, { allowPrivate: true }],
    ["slow head", slowHead.url, { allowPrivate: true }],
    ["body", dripping.url, { allowPrivate: true }],
  ];
  for (const [what, url, options] of table) {
    const started = performance.now();
    const { failure, message } = await failureOf(url, {
      ...options,
      timeoutMs: 80,
    });
    assertEquals(failure, "timeout", `${what}: ${message}`);
    assert(performance.now() - started < 1_000, what);
  }
});

Deno.test("outbound: what is no HTTP, or breaks off, is one clear sentence", async () => {
  const answers = [
    "",
    "hello\r\n\r\n",
    "HTTP/1.1 abc\r\n\r\n",
    `${OK}content-length: 10\r\n\r\nabc`,
    `${OK}transfer-encoding: chunked\r\n\r\nzz\r\n`,
    `${OK}content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef`,
    `${OK}content-encoding: gzip\r\ncontent-length: 3\r\n\r\nabc`,
    `${OK}content-encoding: br\r\ncontent-length: 3\r\n\r\nabc`,
    `HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n`,
    `${OK}x: ${"a".repeat(100_000)}\r\n\r\n`,
  ];
  for (const text of answers) {
    await using server = serveRaw(async (conn) => {
      await conn.read(new Uint8Array(4_096));
      await conn.write(new TextEncoder().encode(text));
      await conn.closeWrite();
      while (await conn.read(new Uint8Array(4_096)) !== null);
    });
    const { failure, message } = await failureOf(server.url, {
      allowPrivate: true,
    });
    assertEquals(failure, "protocol", `${text.slice(0, 60)}: ${message}`);
  }
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const { failure } = await failureOf(`http://127.0.0.1:${port}/`, {
    allowPrivate: true,
  });
  assertEquals(failure, "connect");
});

Deno.test("outbound: a caller can call it off, before and while it runs", async () => {
  await using silent = serveRaw(async (conn) => {
    while (await conn.read(new Uint8Array(1_024)) !== null);
  });
  const options = { allowPrivate: true };
  const before = await failureOf(silent.url, {
    ...options,
    signal: AbortSignal.abort(),
  });
  assertEquals(before.failure, "aborted");
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 30);
  const during = await failureOf(silent.url, {
    ...options,
    signal: controller.signal,
  });
  assertEquals(during.failure, "aborted");
});

Deno.test("namesPrivateAddress() knows this machine and private networks by address and as localhost", () => {
  const table: [url: string, is: boolean][] = [
    ["http://127.0.0.1:9/x", true],
    ["http://2130706433/", true],
    ["http://[::1]/", true],
    ["http://[::ffff:10.0.0.1]/", true],
    ["http://localhost:3000/", true],
    ["http://x.localhost/", true],
    ["http://10.1.2.3/", true],
    ["http://192.168.1.1/", true],
    ["http://[fd00::1]/", true],
    ["http://169.254.169.254/", false],
    ["http://0.0.0.0/", false],
    ["http://224.0.0.1/", false],
    ["http://8.8.8.8/", false],
    ["http://localhost.example.org/", false],
    ["http://notlocalhost/", false],
    ["https://hooks.slack.com/", false],
  ];
  for (const [url, is] of table) {
    assertEquals(namesPrivateAddress(new URL(url)), is, url);
  }
});
