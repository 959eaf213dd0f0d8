import type { FuzzRequest } from "./requests.ts";

/** The response on a connection. */
export interface Exchange {
  /** Null if the server sent nothing. */
  status: number | null;
  /** Whether the connection is ready for a new request. */
  isReusable: boolean;
  /** Whether the response is from the app: Deno's parser has some of its own, with a bare head. */
  isOurs?: boolean;
}

/** A response takes longer than this only if the server waits for more, even on a busy machine. */
const PATIENCE_MS = 20_000;
/** The time to wait after what may be half a request. */
const GLANCE_MS = 15;
const SILENT: Exchange = { status: null, isReusable: false };

/** A connection that sends raw bytes and reads no more of responses than necessary. */
export class FuzzConnection {
  readonly #conn: Deno.TcpConn;
  #text = "";

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open(origin: string): Promise<FuzzConnection> {
    const { hostname, port } = new URL(origin);
    for (let tries = 0;; tries++) {
      try {
        return new FuzzConnection(
          await Deno.connect({ hostname, port: Number(port) }),
        );
      } catch (error) {
        // All local ports may be in use for a moment by recently closed connections.
        if (tries === 50 || !(error instanceof Deno.errors.AddrNotAvailable)) {
          throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Sends a request and waits for its response, if one is required. */
  async exchange(request: FuzzRequest): Promise<Exchange> {
    const timer = setTimeout(
      () => this.close(),
      request.isWhole ? PATIENCE_MS : GLANCE_MS,
    );
    // Read during the write: a server that responds early to long fields or a body closes the
    // connection before reading all of it, and then the write fails, although the response is
    // there.
    const written = this.#write(latin1(request.wire))
      .then(() => true, () => false);
    try {
      const exchange = await this.#answer(request);
      return { ...exchange, isReusable: exchange.isReusable && await written };
    } catch {
      // Closed by the server or by this side.
      return SILENT;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // Already closed.
    }
  }

  async #answer({ isWhole, isHead }: FuzzRequest): Promise<Exchange> {
    let status = 100;
    let head = "";
    while (status < 200) {
      const end = await this.#until("\r\n\r\n");
      if (end < 0) return SILENT;
      head = this.#take(end + 4).toLowerCase();
      status = Number(/^http\/1\.[01] (\d{3})/.exec(head)?.[1] ?? NaN);
      if (Number.isNaN(status)) return { status: 599, isReusable: false };
    }
    const isOurs = head.includes("x-content-type-options: nosniff");
    if (!isWhole || head.includes("connection: close")) {
      return { status, isReusable: false, isOurs };
    }
    const isEmpty = isHead || status === 204 || status === 304;
    const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
    if (!isEmpty && length !== undefined) {
      while (this.#text.length < Number(length)) {
        if (!await this.#more()) return { status, isReusable: false, isOurs };
      }
      this.#take(Number(length));
    } else if (!isEmpty) {
      const end = await this.#until("\r\n0\r\n\r\n");
      if (end < 0) return { status, isReusable: false, isOurs };
      this.#take(end + 7);
    }
    // More than one response to what was meant as one request: use a new connection.
    return { status, isReusable: this.#text === "", isOurs };
  }

  async #write(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) {
      bytes = bytes.subarray(await this.#conn.write(bytes));
    }
  }

  async #until(end: string): Promise<number> {
    let at = this.#text.indexOf(end);
    while (at < 0) {
      if (!await this.#more()) return -1;
      at = this.#text.indexOf(end);
    }
    return at;
  }

  async #more(): Promise<boolean> {
    const chunk = new Uint8Array(16_384);
    const count = await this.#conn.read(chunk);
    if (count === null) return false;
    this.#text += LATIN1.decode(chunk.subarray(0, count));
    return true;
  }

  #take(count: number): string {
    const taken = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return taken;
  }
}

const LATIN1 = new TextDecoder("latin1");

function latin1(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}
