import { assert } from "@std/assert";
import { delay } from "../lib/base/delay.ts";

/** An event of a `text/event-stream`. */
export interface ServerEvent {
  type: string;
  data: string;
}

/** A stream of events, parsed like a browser's EventSource (HTML, section 9.2). */
export class EventReader implements AsyncDisposable {
  readonly events: ServerEvent[] = [];
  lastEventId = "";
  /** Everything received, including comments. */
  text = "";
  isOver = false;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #reading: Promise<void>;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.pipeThrough(new TextDecoderStream() as never)
      .getReader() as ReadableStreamDefaultReader<string>;
    this.#reading = this.#read();
  }

  /** The items of the `requests` events so far. */
  // deno-lint-ignore no-explicit-any
  items(): any[] {
    return this.events.filter(({ type }) => type === "requests")
      .flatMap(({ data }) => JSON.parse(data).items);
  }

  /** Resolves when the condition is true; fails after `ms`. */
  async until(isSo: (reader: EventReader) => boolean, ms = 3_000) {
    const end = performance.now() + ms;
    while (!isSo(this)) {
      assert(performance.now() < end, `it never came: ${this.text}`);
      await delay(5);
    }
  }

  async #read(): Promise<void> {
    let rest = "";
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        this.text += value;
        const blocks = (rest + value).split("\n\n");
        rest = blocks.pop()!;
        for (const block of blocks) this.#dispatch(block);
      }
    } catch {
      // The connection was cut.
    }
    this.isOver = true;
  }

  #dispatch(block: string): void {
    const event = { type: "message", data: "" };
    for (const line of block.split("\n")) {
      const [, name, value] = /^(\w*): ?(.*)$/s.exec(line) ?? [];
      if (name === "id") this.lastEventId = value!;
      if (name === "event") event.type = value!;
      if (name === "data") event.data += value;
    }
    if (event.data) this.events.push(event);
  }

  async [Symbol.asyncDispose]() {
    await this.#reader.cancel().catch(() => {});
    await this.#reading;
  }
}
