/** A Node app as upstream of the proxy; prints its port. Run with `node`. */
import { createHash } from "node:crypto";
import http from "node:http";
import { gzipSync } from "node:zlib";

const ZIPPED = gzipSync("zipped ".repeat(1_000));
const state = { aborted: 0, seen: 0 };

const routes = {
  "/gzip"(_, response) {
    response.writeHead(200, {
      "content-type": "text/plain",
      "content-encoding": "gzip",
      "content-length": ZIPPED.length,
      "etag": '"zipped"',
    });
    response.end(ZIPPED);
  },
  "/cookies"(_, response) {
    response.writeHead(302, "Elsewhere", {
      "location": "/somewhere?x=1",
      "set-cookie": ["a=1; Path=/", "b=2; Path=/"],
      "connection": "close, x-hop",
      "x-hop": "of this connection only",
      "keep-alive": "timeout=5",
    });
    response.end("Moved");
  },
  "/not-modified": (_, response) =>
    response.writeHead(304, { etag: '"e"' }).end(),
  "/empty": (_, response) => response.writeHead(204).end(),
  "/early"(_, response) {
    response.writeEarlyHints({ link: "</styles.css>; rel=preload" });
    response.end("after the hints");
  },
  "/events"(_, response) {
    response.writeHead(200, { "content-type": "text/event-stream" });
    let n = 0;
    const timer = setInterval(() => response.write(`data: ${n++}\n\n`), 20);
    response.on("close", () => {
      clearInterval(timer);
      state.aborted++;
    });
  },
  "/broken"(_, response) {
    response.writeHead(200, { "content-length": 1_000 });
    response.write("only this");
    setTimeout(() => response.destroy(), 20);
  },
  "/hang-up": (request) => request.socket.destroy(),
  "/hang": (_, response) => response.on("close", () => state.aborted++),
  "/state": (_, response) => response.end(JSON.stringify(state)),
  "/bytes"(_, response, query) {
    let left = Number(query.get("count"));
    const piece = Buffer.alloc(65_536, "x");
    const more = () => {
      while (left > 0) {
        const size = Math.min(left, piece.length);
        left -= size;
        if (!response.write(piece.subarray(0, size))) return;
      }
      response.end();
    };
    response.on("drain", more);
    more();
  },
};

const server = http.createServer((request, response) => {
  state.seen++;
  const { pathname, searchParams } = new URL(request.url, "http://x");
  const route = routes[pathname];
  if (route) return route(request, response, searchParams);
  const hash = createHash("sha256");
  let length = 0;
  request.on("data", (chunk) => {
    hash.update(chunk);
    length += chunk.length;
  });
  request.on("error", () => {});
  request.on("end", () => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({
      method: request.method,
      target: request.url,
      headers: request.headers,
      length,
      sha256: hash.digest("hex"),
    }));
  });
});

/** Echoes frames unchanged, without the mask; a numeric message is a close code. */
server.on("upgrade", (request, socket) => {
  socket.on("error", () => {});
  if (request.url === "/ws/refused") {
    socket.end(
      "HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\nX-Why: token\r\n\r\nno!\n",
    );
    return;
  }
  const accept = createHash("sha1")
    .update(
      request.headers["sec-websocket-key"] +
        "258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
    )
    .digest("base64");
  const protocol = request.headers["sec-websocket-protocol"]?.split(",").at(-1)
    .trim();
  socket.write([
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : [],
    "\r\n",
  ].join("\r\n"));
  const send = (first, payload) => {
    const { length } = payload;
    const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    head[0] = first;
    head[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
    if (head.length === 4) head.writeUInt16BE(length, 2);
    if (head.length === 10) head.writeBigUInt64BE(BigInt(length), 2);
    socket.write(Buffer.concat([head, payload]));
  };
  // In the same packet as the end of the handshake, and in two pieces with a ping between them.
  send(0x01, Buffer.from(`${request.headers.host} `));
  send(0x89, Buffer.from("ping"));
  send(0x80, Buffer.from(`${request.headers["x-forwarded-for"]}`));
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 2) {
      let length = bytes[1] & 127;
      let at = 2;
      if (length === 126) {
        [length, at] = [bytes.length < 4 ? Infinity : bytes.readUInt16BE(2), 4];
      } else if (length === 127) {
        [length, at] = [
          bytes.length < 10 ? Infinity : Number(bytes.readBigUInt64BE(2)),
          10,
        ];
      }
      if (bytes.length < at + 4 + length) return;
      const mask = bytes.subarray(at, at + 4);
      const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
      for (let i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
      const opcode = bytes[0] & 15;
      bytes = bytes.subarray(at + 4 + length);
      if (opcode === 8) {
        state.closed = payload.length
          ? [payload.readUInt16BE(0), payload.subarray(2).toString()]
          : [];
        send(0x88, payload);
        socket.end();
      } else if (opcode === 1 && /^\d{4}$/.test(payload)) {
        const code = Buffer.alloc(2);
        code.writeUInt16BE(Number(payload));
        send(0x88, Buffer.concat([code, Buffer.from("as you wish")]));
      } else if (opcode < 3) send(0x80 | opcode, payload);
    }
  });
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
