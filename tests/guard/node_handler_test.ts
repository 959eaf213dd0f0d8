import { assert, assertEquals, assertRejects } from "@std/assert";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
// @ts-types="npm:@types/express@^5.0.6"
import express from "express";
import { nodeHandler, type NodeListener } from "../../node.ts";
import type { GuardedInfo, Visitor } from "../../lib/guard/mod.ts";

const INFO: GuardedInfo = {
  remoteAddr: { transport: "tcp", hostname: "198.51.100.7", port: 4_000 },
  completed: Promise.resolve(),
  visitor: { ip: "203.0.113.5" } as Visitor,
};

const ask = (listener: NodeListener, path = "/", init?: RequestInit) =>
  nodeHandler(listener)(new Request(`http://x.example${path}`, init), INFO);

const WAYS: [
  what: string,
  listener: (req: IncomingMessage, res: ServerResponse) => unknown,
  status: number,
  fields: Record<string, string | null>,
  body: string,
][] = [
  ["nothing but an end", (_, res) => res.end(), 200, {}, ""],
  ["a text at the end", (_, res) => res.end("ä"), 200, {}, "ä"],
  ["another encoding", (_, res) => res.end("w6Q=", "base64"), 200, {}, "ä"],
  [
    "pieces",
    (_, res) => {
      res.write("a");
      res.write(new Uint8Array([98]));
      setTimeout(() => res.end("c"), 5);
    },
    200,
    {},
    "abc",
  ],
  [
    "a head with an object",
    (_, res) => {
      res.setHeader("x-a", "1");
      res.writeHead(418, "Teapot", { "x-b": 2, connection: "close" }).end();
    },
    418,
    { "x-a": "1", "x-b": "2", connection: null },
    "",
  ],
  [
    "a head with a list",
    (_, res) => {
      res.writeHead(201, ["x-a", "1", "x-b", "2"]).end("made");
    },
    201,
    { "x-a": "1", "x-b": "2" },
    "made",
  ],
  [
    "several cookies",
    (_, res) => {
      res.setHeader("set-cookie", ["a=1", "b=2"]);
      res.end();
    },
    200,
    { "set-cookie": "a=1, b=2" },
    "",
  ],
  [
    "a status without a body",
    (_, res) => {
      res.statusCode = 304;
      res.end("not to be sent");
    },
    304,
    {},
    "",
  ],
  [
    "a promise",
    async (_, res) => {
      await Promise.resolve();
      res.end("later");
    },
    200,
    {},
    "later",
  ],
  [
    "a flushed head",
    (_, res) => {
      res.setHeader("x-a", "1");
      res.flushHeaders();
      setTimeout(() => res.end("then"), 5);
    },
    200,
    { "x-a": "1" },
    "then",
  ],
  [
    "more after the end",
    (_, res) => {
      res.end("a");
      res.write("b");
      res.end("c");
    },
    200,
    {},
    "a",
  ],
];
for (const [what, listener, status, fields, body] of WAYS) {
  Deno.test(`nodeHandler() answers with ${what}`, async () => {
    const response = await ask(listener);
    assertEquals(response.status, status);
    for (const [name, value] of Object.entries(fields)) {
      assertEquals(response.headers.get(name), value, name);
    }
    assertEquals(await response.text(), body);
  });
}

Deno.test("nodeHandler() gives the app what was sent, and who sent it", async () => {
  const response = await ask(
    (req, res) => {
      const pieces: Uint8Array[] = [];
      req.on("data", (piece: Uint8Array) => pieces.push(piece));
      req.on("end", () =>
        res.end(JSON.stringify({
          line: `${req.method} ${req.url} ${req.httpVersion}`,
          field: req.headers["x-a"],
          raw: req.rawHeaders.includes("x-a"),
          peer: req.socket.remoteAddress,
          visitor: req.visitor.ip,
          body: pieces.map((piece) => new TextDecoder().decode(piece)).join(""),
        })));
    },
    "/a%2Fb/?q=%20",
    { method: "PUT", headers: { "x-a": "1" }, body: "sent" },
  );
  assertEquals(await response.json(), {
    line: "PUT /a%2Fb/?q=%20 1.1",
    field: "1",
    raw: true,
    peer: "198.51.100.7",
    visitor: "203.0.113.5",
    body: "sent",
  });
});

Deno.test("nodeHandler() rejects where the app fails before it answers, and breaks off afterwards", async () => {
  const failing: NodeListener[] = [
    () => {
      throw new Error("of the app");
    },
    () => Promise.reject(new Error("of the app")),
    (_, res) => void res.destroy(new Error("of the app")),
  ];
  for (const listener of failing) {
    await assertRejects(() => ask(listener), Error, "of the app");
  }
  await assertRejects(
    () => ask((_, res) => void res.writeHead(99)),
    Error,
  );
  const broken = await ask((_, res) => {
    res.write("a");
    setTimeout(() => res.destroy(new Error("of the app")), 5);
  });
  await assertRejects(() => broken.text(), Error, "of the app");
});

Deno.test("nodeHandler() tells the app that its client has gone, and does not buffer without end", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  let written = 0;
  const response = await ask((_, res) => {
    res.on("close", resolve);
    const more = () => {
      while (written < 10_000_000) {
        written += 10_000;
        if (!res.write(new Uint8Array(10_000))) break;
      }
    };
    res.on("drain", more);
    more();
  });
  assert(written < 200_000, `${written}`);
  await response.body!.cancel();
  await closed;
});

Deno.test("nodeHandler() sends a HEAD's fields without a body, and a file with its length", async () => {
  const file = new URL("../../LICENSE", import.meta.url);
  const { size } = await Deno.stat(file);
  const listener: NodeListener = (_, res) => {
    res.setHeader("content-length", size);
    return pipeline(createReadStream(file), res);
  };
  const whole = await ask(listener);
  assertEquals(whole.headers.get("content-length"), `${size}`);
  assertEquals(await whole.text(), await Deno.readTextFile(file));
  const head = await ask(
    (_, res) => {
      res.setHeader("content-length", size);
      res.end("x");
    },
    "/",
    { method: "HEAD" },
  );
  assertEquals(head.headers.get("content-length"), `${size}`);
  assertEquals(await head.text(), "");
});

Deno.test("nodeHandler() lets Express route, parse, send files, redirect, fail and say 404", async () => {
  const app = express();
  app.use(express.json());
  app.get(
    "/hello/:name",
    (req, res) => void res.send(`Hello, ${req.params.name}`),
  );
  app.post("/echo", (req, res) => void res.status(201).json(req.body));
  app.get(
    "/ip",
    (req, res) => void res.json({ ip: req.ip, secure: req.secure }),
  );
  app.get("/go", (_, res) => void res.redirect("/hello/x"));
  app.get(
    "/file",
    (_, res) =>
      void res.sendFile(
        decodeURIComponent(new URL("../../LICENSE", import.meta.url).pathname),
      ),
  );
  app.get("/fails", () => {
    throw new Error("of a route");
  });
  app.use((
    _error: Error,
    _req: unknown,
    res: express.Response,
    _next: unknown,
  ) => void res.status(500).send("failed"));
  const got = async (path: string, init?: RequestInit) => {
    const response = await ask(app, path, init);
    return [response.status, await response.text()];
  };
  assertEquals(await got("/hello/you"), [200, "Hello, you"]);
  assertEquals(
    await got("/echo", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"a":[1]}',
    }),
    [201, '{"a":[1]}'],
  );
  assertEquals(await got("/ip"), [200, '{"ip":"198.51.100.7","secure":false}']);
  assertEquals((await got("/go"))[0], 302);
  assertEquals(await got("/fails"), [500, "failed"]);
  const [status, text] = await got("/file");
  assertEquals(status, 200);
  assert(String(text).startsWith("MIT License"), `${text}`);
  assertEquals((await got("/nothing"))[0], 404);
  const tagged = await ask(app, "/hello/you");
  const etag = tagged.headers.get("etag")!;
  await tagged.body?.cancel();
  assertEquals(
    (await got("/hello/you", { headers: { "if-none-match": etag } }))[0],
    304,
  );
});

Deno.test("nodeHandler() passes a large body on as it comes, also to who pauses, and its end by force", async () => {
  const sent = new Uint8Array(1_000_000).map((_, i) => i % 251);
  const listener: NodeListener = (req, res) => {
    res.setHeader("x-chunked", `${req.headers["transfer-encoding"]}`);
    req.on("data", () => {
      req.pause();
      setTimeout(() => req.resume(), 1);
    });
    req.pipe(res);
  };
  const body = new Blob([sent]).stream();
  const response = await ask(listener, "/", { method: "POST", body });
  assertEquals(response.headers.get("x-chunked"), "chunked");
  assertEquals(new Uint8Array(await response.arrayBuffer()), sent);

  const failing = new ReadableStream({
    pull: (controller) => controller.error(new Error("of the sender")),
  });
  const told = await ask(
    (req, res) => {
      req.on("error", (error) => res.end(error.message));
      req.resume();
    },
    "/",
    { method: "POST", body: failing },
  );
  assertEquals(await told.text(), "of the sender");
});
