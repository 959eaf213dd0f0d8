import { scanRequests } from "../../lib/log/request_query.ts";
import { startServer, type TestServer } from "../_server.ts";

/** Starts `deno task proxy` in front of an upstream. */
export function startProxy(
  upstream: string | { url: string; maxFiles: number },
  env: Record<string, string> = {},
  ...args: string[]
): Promise<TestServer> {
  const { url, maxFiles } = typeof upstream === "string"
    ? { url: upstream, maxFiles: undefined }
    : upstream;
  return startServer({
    maxFiles,
    task: "proxy",
    command: ["tasks/proxy.ts", "--upstream", url, ...args],
    env: { GEO_PROVIDER: "off", ...env },
  });
}

/** The log of a stopped proxy, in the order of time: `ip method path status outcome`. */
export async function recordsOf(kvPath: string): Promise<string[]> {
  using kv = await Deno.openKv(kvPath);
  const all = { from: 0, to: Date.now() + 1_000 };
  const records = (await Array.fromAsync(scanRequests(kv, all, Date.now)))
    .flat();
  return records.map((one) =>
    `${one.ip_address} ${one.method} ${one.path} ${one.status} ${one.outcome}`
  );
}

/** One character per byte. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** A connection that stores everything received as text. */
export class Wire implements Disposable {
  /** The text received so far. */
  text = "";
  closed = false;
  readonly #conn: Deno.Conn;
  readonly #listeners = new Set<() => void>();

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
    this.#read();
  }

  static async open(origin: string): Promise<Wire> {
    const { hostname, port } = new URL(origin);
    return new Wire(await Deno.connect({ hostname, port: Number(port) }));
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      while (true) {
        const read = await this.#conn.read(buffer);
        if (read === null) break;
        this.text += latin1(buffer.subarray(0, read));
        for (const wake of this.#listeners) wake();
      }
    } catch {
      // Reset, or closed by this side.
    }
    this.closed = true;
    for (const wake of this.#listeners) wake();
  }

  /** Sends bytes, one per character; false if the peer accepts no more. */
  async send(text: string | Uint8Array): Promise<boolean> {
    let bytes = typeof text === "string" ? bytesOf(text) : text;
    try {
      while (bytes.length > 0) {
        bytes = bytes.subarray(await this.#conn.write(bytes));
      }
      return true;
    } catch {
      return false;
    }
  }

  /**
   * Waits until the received text fulfils a condition, or the connection ends; false after `ms`.
   */
  async until(condition: () => boolean, ms = 10_000): Promise<boolean> {
    if (condition()) return true;
    const done = Promise.withResolvers<boolean>();
    const wake = () => {
      if (condition()) done.resolve(true);
      else if (this.closed) done.resolve(false);
    };
    this.#listeners.add(wake);
    const timer = setTimeout(() => done.resolve(false), ms);
    wake();
    const isDone = await done.promise;
    clearTimeout(timer);
    this.#listeners.delete(wake);
    return isDone;
  }

  /** The status of the first response, once its head has arrived. */
  async status(ms?: number): Promise<number> {
    await this.until(() => this.text.includes("\r\n\r\n"), ms);
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(this.text)?.[1] ?? 0);
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Already closed.
    }
  }
}

/** Sends bytes on a new connection; returns what is received within `ms`, or until the end. */
export async function answersTo(
  origin: string,
  text: string,
  ms = 300,
): Promise<string> {
  using wire = await Wire.open(origin);
  await wire.send(text);
  await wire.until(() => wire.closed, ms);
  return wire.text;
}

/** An upstream that responds with raw bytes, and stores what it receives. */
export interface RawApp extends AsyncDisposable {
  url: string;
  /** The text received on each connection. */
  received: string[];
}

/** Handles each connection with `serve`, which gets the text received so far. */
export function startRawApp(
  serve: (
    send: (text: string) => Promise<void>,
    received: () => string,
    close: () => void,
  ) => void | Promise<void>,
): RawApp {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const received: string[] = [];
  const open = new Set<Deno.Conn>();
  const serving = new Set<Promise<void>>();
  const accepting = (async () => {
    for await (const conn of listener) {
      const index = received.push("") - 1;
      open.add(conn);
      const close = () => {
        if (!open.delete(conn)) return;
        try {
          conn.close();
        } catch {
          // Already closed.
        }
      };
      const write = async (text: string) => {
        await conn.write(bytesOf(text)).catch(() => {});
      };
      (async () => {
        const buffer = new Uint8Array(65_536);
        while (true) {
          const read = await conn.read(buffer).catch(() => null);
          if (read === null) break;
          received[index] += latin1(buffer.subarray(0, read));
          const served = (async () => {
            await serve(write, () => received[index]!, close);
          })();
          serving.add(served);
          await served;
          serving.delete(served);
        }
        close();
      })();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    received,
    async [Symbol.asyncDispose]() {
      listener.close();
      await accepting.catch(() => {});
      for (const conn of [...open]) {
        open.delete(conn);
        conn.close();
      }
      await Promise.all(serving);
    },
  };
}
