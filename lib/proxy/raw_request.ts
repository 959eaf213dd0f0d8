import { RawFields } from "../http/raw_fields.ts";
import { NO_METHOD, type RequestHead } from "../http/request_view.ts";
import { type SeenTarget, seenTarget } from "../http/seen_target.ts";

/** The guard's view of a request for which no `Request` exists. */
export class RawRequest implements RequestHead {
  readonly headers: RawFields;
  readonly path: string;
  readonly seen: SeenTarget;

  constructor(
    readonly method: string,
    /** Path and query. */
    readonly target: string,
    readonly host: string,
    readonly fields: readonly string[],
    readonly fault: string | null,
  ) {
    this.headers = new RawFields(fields);
    this.seen = seenTarget(target);
    this.path = this.seen.path;
  }

  get url(): string {
    const target = this.target === "*" ? "/*" : this.target;
    return `http://${this.host || "localhost"}${target}`;
  }
}

const REQUEST_LINE = /^(?:\r\n)*([!#$%&'*+.^_`|~\w-]{1,64}) ([^ \r\n]{1,8192})/;

/**
 * The readable part of a request whose head could not be parsed; fields only if `isWhole` says that
 * the bytes start at its beginning.
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
