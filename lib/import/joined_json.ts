/** A longer object is not a request. */
const LONGEST = 65_536;

/** Lists in which clouds, search engines and collectors deliver records, and lists within those. */
const LISTS: Record<string, RegExp> = {
  "": /"([Rr]ecords|resourceLogs|hits|events|logEvents)"\s*:\s*\[$/,
  resourceLogs: /"(scopeLogs)"\s*:\s*\[$/,
  scopeLogs: /"(logRecords)"\s*:\s*\[$/,
};
/** A list's name is within so many characters before its first object. */
const NEAR = 64;
/** How a search engine's answer begins; only there, a list is deeper than the first level. */
const ANSWER = /^\{\s*"(?:took|timed_out|hits|_scroll_id|pit_id)"/;

/** Whether the first line shows a file with objects over several lines, or several on one line. */
export function isJoinedJson(first: string): boolean {
  return /^\s*(?:\{|\[|\[\s*\{)\s*$/.test(first) ||
    /^\s*\[\s*\{.*\}\s*,\s*\{/.test(first) ||
    /^\s*\{.{0,512}"(?:[Rr]ecords|resourceLogs|hits|events|logEvents)"\s*:\s*\[/
      .test(first);
}

/**
 * Puts objects that span several lines on one line each, as `jq -c` does; also the elements of an
 * array, and those of a list of records in an object. What is around them is dropped.
 */
export class JoinedJson {
  /** Number of objects longer than allowed since the last call. */
  #tooLong = 0;
  #parts: string[] = [];
  #length = 0;
  #depth = 0;
  #isText = false;
  /** The lists around the current object, and the depth of each in the object that has it. */
  #lists: { name: string; depth: number }[] = [];
  /** Whether the current object is the rest of one that had a list. */
  #isRest = false;
  /** The end of the lines before. */
  #tail = "";

  /** The objects that end in these lines. */
  take(lines: readonly string[]): string[] {
    const found: string[] = [];
    for (const line of lines) this.#line(line, found);
    return found;
  }

  /** The next lines do not follow on the last ones: drops an incomplete object. */
  cut(): void {
    this.#drop();
    this.#depth = 0;
    this.#isText = false;
    this.#lists = [];
    this.#isRest = false;
    this.#tail = "";
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
        if (this.#depth > 0) this.#beginList(line, start, at);
        if (this.#depth++ === 0) start = at;
      } else if (char === "}" && this.#depth > 0 && --this.#depth === 0) {
        this.#keep(line.slice(start, at + 1));
        this.#end(found);
        start = -1;
      } else if (char === "]" && this.#depth === 0) {
        if (this.#endList()) start = at;
      }
    }
    if (this.#depth > 0) this.#keep(line.slice(start).trim());
    this.#tail = `${this.#tail}${line.slice(-NEAR).trim()}`.slice(-NEAR);
  }

  /** Begins a list if the object at `at` is its first. */
  #beginList(line: string, start: number, at: number): void {
    const own = line.slice(Math.max(0, at - NEAR), at).trim();
    const near = own.length < NEAR ? `${this.#tail}${own}` : own;
    if (!near.endsWith("[")) return;
    const name = LISTS[this.#lists.at(-1)?.name ?? ""]?.exec(near)?.[1];
    if (name === undefined) return;
    const isDeep = this.#depth === 2 && name === "hits" &&
      ANSWER.test(`${this.#parts.join(" ")} ${line.slice(start, at)}`.trim());
    if (this.#depth !== 1 && !isDeep) return;
    this.#lists.push({ name, depth: this.#depth });
    this.#drop();
    this.#depth = 0;
    this.#isRest = false;
  }

  /** Ends a list, if there is one: the object around it goes on. */
  #endList(): boolean {
    const list = this.#lists.pop();
    if (list === undefined) return false;
    this.#depth = list.depth;
    this.#isRest = true;
    return true;
  }

  #keep(part: string): void {
    if (this.#isRest) return;
    this.#length += part.length;
    if (this.#length <= LONGEST) this.#parts.push(part);
    else this.#parts = [];
  }

  #end(found: string[]): void {
    if (this.#length > LONGEST) this.#tooLong++;
    else if (!this.#isRest) found.push(this.#parts.join(" ").trim());
    this.#drop();
    this.#isRest = false;
  }

  #drop(): void {
    this.#parts = [];
    this.#length = 0;
  }
}
