/** The states of a {@linkcode Link}. */
export type LinkState =
  /** Forwards bytes. */
  | "up"
  /** Cut: connections are closed, new ones refused. */
  | "cut"
  /** Connections stay open but forward nothing, in both directions. */
  | "hung";

/** A network connection to a server that a test can cut, hang and slow down. */
export class Link implements AsyncDisposable {
  readonly port: number;
  readonly #to: number;
  #listener: Deno.TcpListener | undefined;
  #accepting: Promise<void> | undefined;
  #conns = new Set<Deno.TcpConn>();
  #pumps = new Set<Promise<void>>();
  #state: LinkState = "up";
  #up = Promise.withResolvers<void>();
  /** The delay of every piece, in milliseconds, in each direction. */
  delayMs = 0;

  /** @param to The port of the server, on the loopback address. */
  constructor(to: number) {
    this.#to = to;
    this.#listener = this.#listen(0);
    this.port = this.#listener.addr.port;
    this.#up.resolve();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get state(): LinkState {
    return this.#state;
  }

  set state(state: LinkState) {
    if (state === this.#state) return;
    if (this.#state !== "up") this.#up.resolve();
    this.#state = state;
    if (state !== "up") this.#up = Promise.withResolvers();
    if (state === "cut") this.#break();
    else this.#listener ??= this.#listen(this.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.state = "cut";
    this.#up.resolve();
    await this.#accepting;
    await Promise.all(this.#pumps);
  }

  #listen(port: number): Deno.TcpListener {
    const listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#accepting = this.#accept(listener);
    return listener;
  }

  #break(): void {
    this.#listener?.close();
    this.#listener = undefined;
    for (const conn of this.#conns) close(conn);
    this.#conns.clear();
  }

  async #accept(listener: Deno.TcpListener): Promise<void> {
    try {
      for await (const near of listener) {
        const pumping = this.#join(near).catch(() => {});
        this.#pumps.add(pumping);
        pumping.finally(() => this.#pumps.delete(pumping));
      }
    } catch {
      // Closed.
    }
  }

  async #join(near: Deno.TcpConn): Promise<void> {
    this.#conns.add(near);
    let far;
    try {
      far = await Deno.connect({ hostname: "127.0.0.1", port: this.#to });
    } catch {
      close(near);
      return;
    }
    this.#conns.add(far);
    if (this.#state === "cut") this.#break();
    await Promise.all([this.#pump(near, far), this.#pump(far, near)]);
    for (const conn of [near, far]) {
      close(conn);
      this.#conns.delete(conn);
    }
  }

  async #pump(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      while (true) {
        const count = await from.read(buffer);
        if (count === null) break;
        if (this.delayMs > 0) {
          await new Promise((resolve) => setTimeout(resolve, this.delayMs));
        }
        await this.#up.promise;
        for (let at = 0; at < count;) {
          at += await to.write(buffer.subarray(at, count));
        }
      }
    } catch {
      // If one of the two is closed, the other is closed, too.
    }
    close(from);
    close(to);
  }
}

function close(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // Already closed.
  }
}
