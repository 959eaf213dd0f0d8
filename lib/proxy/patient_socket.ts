import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

const READ_SIZE = 64 * 1024;

/**
 * A connection for an upload. An app that has responded early and closed resets it; `node:net` then
 * closes the connection on the first failed write and loses the response, although it has arrived.
 * Here failed writes are ignored, and received data can be read.
 */
export class PatientSocket extends Duplex {
  readonly #conn: Deno.Conn;
  #isBroken = false;
  #isReading = false;

  constructor(conn: Deno.Conn) {
    super({ allowHalfOpen: true, autoDestroy: false, emitClose: true });
    this.#conn = conn;
  }

  override _read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    const buffer = Buffer.allocUnsafe(READ_SIZE);
    this.#conn.read(buffer).then(
      (read) => {
        this.#isReading = false;
        this.push(read === null ? null : buffer.subarray(0, read));
        if (read === null) this.destroy();
      },
      () => this.destroy(),
    );
  }

  override _write(
    chunk: Uint8Array,
    _encoding: string,
    done: (error?: Error | null) => void,
  ): void {
    if (this.#isBroken) return done();
    this.#writeAll(chunk).then(() => done(), () => {
      this.#isBroken = true;
      done();
    });
  }

  async #writeAll(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length;) {
      at += await this.#conn.write(chunk.subarray(at));
    }
  }

  override _final(done: () => void): void {
    done();
  }

  override _destroy(
    error: Error | null,
    done: (error?: Error | null) => void,
  ): void {
    try {
      this.#conn.close();
    } catch {
      // Already closed.
    }
    done(error);
  }

  // Methods that `node:http` calls on every socket.
  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  destroySoon(): void {
    if (this.writable) this.end();
    this.destroy();
  }
}
