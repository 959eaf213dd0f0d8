/** Standard output in pieces of 64 KiB; a reader that went away ends the task quietly. */
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
