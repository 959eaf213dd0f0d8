/**
 * The proxy in front that everybody has: a port of its own for each client, which says in
 * `X-Forwarded-For` from what address it comes. Bytes pass as they come, slow ones too.
 */
export interface Front extends AsyncDisposable {
  url: string;
  /** How many requests have begun. */
  requests: number;
  /** When the first one did, in milliseconds since the epoch. */
  firstAt: number | null;
}

/** Opens a port whose requests come from `address` for whoever listens at `target`. */
export function openFront(target: string, address: string): Front {
  const { hostname, port } = new URL(target);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const front: Front = {
    url: `http://127.0.0.1:${listener.addr.port}`,
    requests: 0,
    firstAt: null,
    async [Symbol.asyncDispose]() {
      isOpen = false;
      listener.close();
      for (const connection of open) close(connection);
      await accepting;
    },
  };
  let isOpen = true;
  const accepting = (async () => {
    while (isOpen) {
      // Who has hung up by the time of its turn, as a port scanner does, is an error of this one turn.
      const client = await listener.accept().catch(() => null);
      if (client !== null) pass(client).catch(() => {});
    }
  })();

  function close(connection: Deno.Conn): void {
    if (!open.delete(connection)) return;
    try {
      connection.close();
    } catch {
      // Closed by the other end.
    }
  }

  async function pass(client: Deno.Conn): Promise<void> {
    open.add(client);
    let server: Deno.Conn | undefined;
    try {
      server = await Deno.connect({ hostname, port: Number(port) });
      open.add(server);
      const back = relay(server, client, (bytes) => bytes);
      await relay(
        client,
        server,
        withField(`X-Forwarded-For: ${address}\r\n`, () => {
          front.requests++;
          front.firstAt ??= Date.now();
        }),
      );
      await back;
    } finally {
      close(client);
      if (server) close(server);
    }
  }
  return front;
}

async function relay(
  from: Deno.Conn,
  to: Deno.Conn,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) break;
      let rest = change(buffer.slice(0, count));
      while (rest.length > 0) rest = rest.subarray(await to.write(rest));
    }
    (to as Deno.TcpConn).closeWrite();
  } catch {
    // Either end has gone.
  }
}

/** Puts a field after each request line, whatever pieces requests come in. */
export function withField(
  field: string,
  onRequest: () => void,
): (bytes: Uint8Array) => Uint8Array {
  let state: "line" | "head" | "body" | "raw" = "line";
  let line = "";
  let left = 0;
  return function changed(bytes) {
    const out: number[] = [];
    for (const byte of bytes) {
      out.push(byte);
      if (state === "raw") continue;
      if (state === "body") {
        if (--left === 0) state = "line";
        continue;
      }
      if (byte !== 0x0a) {
        if (line.length < 16_384) line += String.fromCharCode(byte);
        continue;
      }
      const text = line.replace(/\r$/, "");
      line = "";
      if (state === "line") {
        if (text === "") continue;
        onRequest();
        state = "head";
        left = 0;
        for (const each of new TextEncoder().encode(field)) out.push(each);
      } else if (text === "") {
        state = left === -1 ? "raw" : left > 0 ? "body" : "line";
      } else {
        const length = /^content-length:\s*(\d+)/i.exec(text)?.[1];
        if (length !== undefined && left === 0) left = Number(length);
        // Where its end cannot be told by a number, the connection is for this request alone.
        if (/^transfer-encoding:/i.test(text)) left = -1;
      }
    }
    return Uint8Array.from(out);
  };
}
