/**
 * Buffered standard output in pieces of 64 KiB; if the reader closes it, the task ends without an
 * error.
 */
export class Output {
  #text = "";

  async write(text: string): Promise<void> {
    this.#text += text;
    if (this.#text.length >= 65_536) await this.flush();
  }

  async flush(): Promise<void> {
    let bytes = new TextEncoder().encode(this.#text);
    this.#text = "";
    try {
      while (bytes.length > 0) {
        bytes = bytes.subarray(await Deno.stdout.write(bytes));
      }
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
      throw error;
    }
  }
}
