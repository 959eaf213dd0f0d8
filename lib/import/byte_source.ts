/** Bytes of a stream that can be peeked at before they are taken. */
export class ByteSource {
  readonly #stream: AsyncIterator<Uint8Array>;
  #buffer = new Uint8Array(0);
  #ended = false;

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#stream = stream[Symbol.asyncIterator]();
  }

  /** At least `count` bytes, or all that are left; more if they arrived together. */
  async peek(count = 1): Promise<Uint8Array> {
    const parts = [this.#buffer];
    let length = this.#buffer.length;
    while (length < count && !this.#ended) {
      const { value, done } = await this.#stream.next();
      if (done) this.#ended = true;
      else {
        // A reader may reuse its buffer.
        parts.push(value.slice());
        length += value.length;
      }
    }
    if (parts.length > 1) this.#buffer = joined(parts, length);
    return this.#buffer;
  }

  /** Takes bytes that were peeked at. */
  take(count: number): void {
    this.#buffer = this.#buffer.subarray(count);
  }

  /** The rest of the stream, in chunks as they arrive. */
  async *rest(): AsyncGenerator<Uint8Array> {
    const first = this.#buffer;
    this.#buffer = new Uint8Array(0);
    if (first.length > 0) yield first;
    while (!this.#ended) {
      const { value, done } = await this.#stream.next();
      if (done) this.#ended = true;
      else yield value;
    }
  }

  /** Cancels the stream. */
  async cancel(): Promise<void> {
    await this.#stream.return?.();
  }
}

function joined(parts: Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
