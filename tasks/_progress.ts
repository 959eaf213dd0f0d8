/** The progress of an import, shown only on a terminal's standard error. */
export class Progress {
  readonly #total: number | null;
  readonly #started = performance.now();
  readonly #isShown = Deno.stderr.isTerminal();
  #shownAt = 0;
  #isOpen = false;

  /** @param total Total bytes; null if unknown. */
  constructor(total: number | null) {
    this.#total = total;
  }

  /** Shows the lines and bytes read, the rate and the remaining time. */
  show(lines: number, bytes: number): void {
    if (!this.#isDue()) return;
    const seconds = (performance.now() - this.#started) / 1_000;
    const rate = Math.round(lines / Math.max(seconds, 0.001));
    const rest = this.#total === null || bytes === 0
      ? ""
      : `, ${Math.min(100, Math.round(bytes / this.#total * 100))} %, ${
        Math.ceil(seconds * Math.max(0, this.#total / bytes - 1))
      } s left`;
    this.#write(`${lines} lines, ${rate} a second${rest}`);
  }

  /** Shows how many of the hours were analysed. */
  judged(done: number, all: number): void {
    if (this.#isDue()) this.#write(`${done} of ${all} hours evaluated`);
  }

  /** Ends the line. */
  end(): void {
    if (this.#isOpen) this.#put("\n");
    this.#isOpen = false;
  }

  #isDue(): boolean {
    if (!this.#isShown || performance.now() - this.#shownAt < 200) return false;
    this.#shownAt = performance.now();
    return true;
  }

  #write(text: string): void {
    this.#isOpen = true;
    this.#put(`\r\x1b[K${text}`);
  }

  #put(text: string): void {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  }
}
