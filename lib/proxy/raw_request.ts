import {
  type FieldReader,
  NO_METHOD,
  type RequestView,
} from "../http/request_view.ts";

/** Fields as they came, names and values by turns, read without being copied. */
export class RawFields implements FieldReader {
  constructor(readonly list: readonly string[]) {}

  /** A field's value; of several lines, joined as RFC 9110, section 5.3 has it. */
  get(name: string): string | null {
    const { list } = this;
    let value: string | null = null;
    for (let i = 0; i + 1 < list.length; i += 2) {
      const each = list[i]!;
      if (each.length !== name.length || !isSame(each, name)) continue;
      const next = list[i + 1]!;
      if (value === null) value = next;
      else value += `${name === "cookie" ? "; " : ", "}${next}`;
    }
    return value;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  *[Symbol.iterator](): IterableIterator<[string, string]> {
    for (let i = 0; i + 1 < this.list.length; i += 2) {
      yield [this.list[i]!.toLowerCase(), this.list[i + 1]!];
    }
  }
}

function isSame(sent: string, lower: string): boolean {
  return sent === lower || sent.toLowerCase() === lower;
}

/** What the guard reads of a request that never became a `Request`. */
export class RawRequest implements RequestView {
  readonly headers: RawFields;
  readonly path: string;

  constructor(
    readonly method: string,
    /** Path and query. */
    readonly target: string,
    readonly host: string,
    readonly fields: readonly string[],
    readonly fault: string | null,
  ) {
    this.headers = new RawFields(fields);
    // Neither query nor fragment is ever written down.
    const end = target.search(/[?#]/);
    this.path = end < 0 ? target : target.slice(0, end);
  }

  get url(): string {
    const target = this.target === "*" ? "/*" : this.target;
    return `http://${this.host || "localhost"}${target}`;
  }
}

const REQUEST_LINE = /^(?:\r\n)*([!#$%&'*+.^_`|~\w-]{1,64}) ([^ \r\n]{1,8192})/;

/**
 * As much of a request as can be made out where the parser gave up on its head; of fields only
 * where `isWhole` says that the bytes begin with its first one.
 */
export function brokenRequest(
  bytes: Uint8Array,
  isWhole: boolean,
  fault: string,
): RawRequest {
  const text = isWhole
    ? new TextDecoder().decode(bytes.subarray(0, MAX_LOOKED_AT))
    : "";
  const [, method = NO_METHOD, target = NO_METHOD] = REQUEST_LINE.exec(text) ??
    [];
  const fields: string[] = [];
  for (const line of text.split("\r\n").slice(1)) {
    if (line === "") break;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(0, colon));
    if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(name)) continue;
    fields.push(name, line.slice(colon + 1).trim());
  }
  return new RawRequest(method, target, "", fields, fault);
}

const MAX_LOOKED_AT = 16_384;
