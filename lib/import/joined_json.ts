/** A longer object is not a request. */
const LONGEST = 65_536;

/** Whether the first line shows a file with objects over several lines, or several on one line. */
export function isJoinedJson(first: string): boolean {
  return /^\s*(?:\{|\[|\[\s*\{)\s*$/.test(first) ||
    /^\s*\[\s*\{.*\}\s*,\s*\{/.test(first);
}

/**
 * Puts objects that span several lines on one line each, as `jq -c` does; also the elements of an
 * array. Text between objects is dropped.
 */
export class JoinedJson {
  /** Number of objects longer than allowed since the last call. */
  #tooLong = 0;
  #parts: string[] = [];
  #length = 0;
  #depth = 0;
  #isText = false;

  /** The objects that end in these lines. */
  take(lines: readonly string[]): string[] {
    const found: string[] = [];
    for (const line of lines) this.#line(line, found);
    return found;
  }

  /** The next lines do not follow on the last ones: drops an incomplete object. */
  cut(): void {
    this.#parts = [];
    this.#length = 0;
    this.#depth = 0;
    this.#isText = false;
  }

  /** Number of objects too long since the last call. */
  tooLong(): number {
    const count = this.#tooLong;
    this.#tooLong = 0;
    return count;
  }

  #line(line: string, found: string[]): void {
    let start = this.#depth > 0 ? 0 : -1;
    // A JSON string does not continue on the next line.
    this.#isText = false;
    for (let at = 0; at < line.length; at++) {
      const char = line[at];
      if (this.#isText) {
        if (char === "\\") at++;
        else if (char === '"') this.#isText = false;
      } else if (char === '"') this.#isText = this.#depth > 0;
      else if (char === "{") {
        if (this.#depth++ === 0) start = at;
      } else if (char === "}" && this.#depth > 0 && --this.#depth === 0) {
        this.#keep(line.slice(start, at + 1));
        this.#end(found);
        start = -1;
      }
    }
    if (this.#depth > 0) this.#keep(line.slice(start).trim());
  }

  #keep(part: string): void {
    this.#length += part.length;
    if (this.#length <= LONGEST) this.#parts.push(part);
    else this.#parts = [];
  }

  #end(found: string[]): void {
    if (this.#length <= LONGEST) found.push(this.#parts.join(" ").trim());
    else this.#tooLong++;
    this.cut();
  }
}
