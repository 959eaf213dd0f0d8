/**
 * JSON with comments and trailing commas, parsed into a tree with positions, so that an error can
 * name line and column.
 *
 * @module
 */

/** A value and its start, in UTF-16 units from the start of the text. */
export type JsonNode =
  & { at: number }
  & (
    | { kind: "null"; value: null }
    | { kind: "boolean"; value: boolean }
    | { kind: "number"; value: number }
    | { kind: "string"; value: string }
    | { kind: "array"; items: JsonNode[] }
    | { kind: "object"; members: JsonMember[] }
  );

/** A member of an object, and the start of its name. */
export interface JsonMember {
  name: string;
  at: number;
  value: JsonNode;
}

/** Text that is not JSON; `at` is the position. */
export class JsoncError extends SyntaxError {
  override name = "JsoncError";
  readonly at: number;

  constructor(expected: string, at: number) {
    super(`expected ${expected}`);
    this.at = at;
  }
}

/** Deeper nesting could overflow the stack. */
const MAX_DEPTH = 32;

/** @throws {JsoncError} if the text is not JSON with comments. */
export function parseJsonc(text: string): JsonNode {
  const reader = new Reader(text);
  const node = reader.value(0);
  reader.skip();
  if (reader.at < text.length) {
    throw new JsoncError("the end of the text", reader.at);
  }
  return node;
}

/** Line and column of a position, both from 1. */
export function lineAndColumn(
  text: string,
  at: number,
): { line: number; column: number } {
  const before = text.slice(0, at).split(/\r\n|\r|\n/);
  return { line: before.length, column: before.at(-1)!.length + 1 };
}

/** The value of a tree, as `JSON.parse` would return it. */
export function valueOf(node: JsonNode): unknown {
  switch (node.kind) {
    case "array":
      return node.items.map(valueOf);
    case "object":
      return Object.fromEntries(
        node.members.map(({ name, value }) => [name, valueOf(value)]),
      );
    default:
      return node.value;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_$][\w$]*/y;
// The characters that JSON allows in a string up to its end or next escape.
// deno-lint-ignore no-control-regex
const PLAIN = /[^"\\\x00-\x1f]*/y;

class Reader {
  at: number;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
    // A byte order mark, which some editors add.
    this.at = text.startsWith("\ufeff") ? 1 : 0;
  }

  value(depth: number): JsonNode {
    this.skip();
    const { at } = this;
    const first = this.#text[at];
    if (depth > MAX_DEPTH) {
      throw new JsoncError(`at most ${MAX_DEPTH} levels`, at);
    }
    if (first === "{") return this.#object(depth);
    if (first === "[") return this.#array(depth);
    if (first === '"') return { kind: "string", value: this.#string(), at };
    const number = this.#match(NUMBER);
    if (number !== null) return { kind: "number", value: Number(number), at };
    const word = this.#match(WORD);
    if (word === "null") return { kind: "null", value: null, at };
    if (word === "true" || word === "false") {
      return { kind: "boolean", value: word === "true", at };
    }
    throw new JsoncError("a value", at);
  }

  /** Skips white space and comments. */
  skip(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.at);
      if (code === 32 || code === 9 || code === 10 || code === 13) this.at++;
      else if (this.#text.startsWith("//", this.at)) {
        const rest = this.#text.slice(this.at).search(/[\r\n]/);
        this.at = rest < 0 ? this.#text.length : this.at + rest;
      } else if (this.#text.startsWith("/*", this.at)) {
        const end = this.#text.indexOf("*/", this.at + 2);
        if (end < 0) throw new JsoncError("*/ after this comment", this.at);
        this.at = end + 2;
      } else return;
    }
  }

  #object(depth: number): JsonNode {
    const at = this.at++;
    const members: JsonMember[] = [];
    const names = new Set<string>();
    for (;;) {
      this.skip();
      if (this.#take("}")) return { kind: "object", members, at };
      const start = this.at;
      if (this.#text[start] !== '"') {
        throw new JsoncError('a name in double quotes or "}"', start);
      }
      const name = this.#string();
      // Parsers differ in which one they use.
      if (names.has(name)) {
        throw new JsoncError(`${JSON.stringify(name)} only once`, start);
      }
      names.add(name);
      this.skip();
      if (!this.#take(":")) throw new JsoncError('":"', this.at);
      members.push({ name, at: start, value: this.value(depth + 1) });
      this.skip();
      if (!this.#take(",") && this.#text[this.at] !== "}") {
        throw new JsoncError('"," or "}"', this.at);
      }
    }
  }

  #array(depth: number): JsonNode {
    const at = this.at++;
    const items: JsonNode[] = [];
    for (;;) {
      this.skip();
      if (this.#take("]")) return { kind: "array", items, at };
      items.push(this.value(depth + 1));
      this.skip();
      if (!this.#take(",") && this.#text[this.at] !== "]") {
        throw new JsoncError('"," or "]"', this.at);
      }
    }
  }

  #string(): string {
    const start = this.at++;
    for (;;) {
      this.#match(PLAIN);
      const next = this.#text[this.at];
      if (next === "\\") this.at += 2;
      else if (next === '"') break;
      else throw new JsoncError("the end of a string", this.at);
    }
    this.at++;
    try {
      return JSON.parse(this.#text.slice(start, this.at));
    } catch {
      throw new JsoncError("a string as JSON has it", start);
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.at;
    const match = pattern.exec(this.#text);
    if (match === null) return null;
    this.at = pattern.lastIndex;
    return match[0];
  }
}
