/** An HTTP/1.1 client on a raw connection, which sends exact bytes. */
export class RawConnection implements Disposable {
  readonly #conn: Deno.TcpConn;
  #buffer = new Uint8Array(0);

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Connects to an origin such as `http://127.0.0.1:8000`. */
  static async open(origin: string): Promise<RawConnection> {
    const { hostname, port } = new URL(origin);
    return new RawConnection(
      await Deno.connect({ hostname, port: Number(port) }),
    );
  }

  /** Sends a request; the connection stays open unless the server closes it. */
  async send(request: RawRequest): Promise<void> {
    const { method = "GET", path, headers = {}, body = "" } = request;
    const bytes = new TextEncoder().encode(body);
    const lines = [`${method} ${path} HTTP/1.1`, "Host: localhost"];
    for (const [name, value] of Object.entries(headers)) {
      lines.push(`${name}: ${value}`);
    }
    if (body !== "") lines.push(`Content-Length: ${bytes.length}`);
    await this.write(new TextEncoder().encode(lines.join("\r\n") + "\r\n\r\n"));
    if (bytes.length > 0) await this.write(bytes);
  }

  async write(bytes: Uint8Array): Promise<void> {
    while (bytes.length > 0) {
      bytes = bytes.subarray(await this.#conn.write(bytes));
    }
  }

  /**
   * Reads one response to its end.
   *
   * @throws {Deno.errors.UnexpectedEof} if the connection ends before.
   */
  async receive(method = "GET"): Promise<RawResponse> {
    const head = await this.#until("\r\n\r\n");
    const [first, ...lines] = head.split("\r\n");
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first!)?.[1]);
    const headers = new Headers();
    for (const line of lines) {
      const colon = line.indexOf(":");
      if (colon > 0) {
        headers.append(line.slice(0, colon), line.slice(colon + 1).trim());
      }
    }
    const isEmpty = method === "HEAD" || status === 204 || status === 304;
    const body = isEmpty ? "" : await this.#body(headers);
    return { status, headers, body };
  }

  async request(request: RawRequest): Promise<RawResponse> {
    await this.send(request);
    return await this.receive(request.method);
  }

  [Symbol.dispose](): void {
    try {
      this.#conn.close();
    } catch {
      // Already closed.
    }
  }

  async #body(headers: Headers): Promise<string> {
    if (headers.get("transfer-encoding") !== "chunked") {
      return await this.#take(Number(headers.get("content-length") ?? 0));
    }
    let body = "";
    while (true) {
      const size = parseInt(await this.#until("\r\n"), 16);
      body += await this.#take(size);
      await this.#until("\r\n");
      if (size === 0) return body;
    }
  }

  async #until(end: string): Promise<string> {
    while (true) {
      const text = latin1(this.#buffer);
      const at = text.indexOf(end);
      if (at >= 0) {
        this.#buffer = this.#buffer.subarray(at + end.length);
        return text.slice(0, at);
      }
      await this.#more();
    }
  }

  async #take(count: number): Promise<string> {
    while (this.#buffer.length < count) await this.#more();
    const bytes = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return new TextDecoder().decode(bytes);
  }

  async #more(): Promise<void> {
    const chunk = new Uint8Array(65_536);
    const count = await this.#conn.read(chunk);
    if (count === null) {
      throw new Deno.errors.UnexpectedEof("The connection ended");
    }
    const joined = new Uint8Array(this.#buffer.length + count);
    joined.set(this.#buffer);
    joined.set(chunk.subarray(0, count), this.#buffer.length);
    this.#buffer = joined;
  }
}

/** A request of a {@linkcode RawConnection}. */
export interface RawRequest {
  method?: string;
  /** The request target as sent. */
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** A response to a {@linkcode RawConnection}. */
export interface RawResponse {
  status: number;
  headers: Headers;
  body: string;
}

function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8_192) {
    text += String.fromCharCode(...bytes.subarray(i, i + 8_192));
  }
  return text;
}
