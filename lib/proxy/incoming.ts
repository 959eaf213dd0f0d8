import { IncomingMessage } from "node:http";

/**
 * What `node:http`, tracing and the proxy look for in `headers`, by length: without any of it a
 * request has no body and asks for nothing special.
 */
const ASKED = new Map([
  [2, "te"],
  [6, "expect"],
  [7, "upgrade"],
  [11, "traceparent"],
  [14, "content-length"],
  [17, "transfer-encoding"],
]);
const NONE: Readonly<Record<string, string>> = Object.freeze({});

const whole = Object.getOwnPropertyDescriptor(
  IncomingMessage.prototype,
  "headers",
)!;

/**
 * A request to the proxy. The `headers` of one without a body are empty, unless it asks for
 * something special: `node:http` asks each request for them, and an object of all fields costs more
 * than to read `rawHeaders`, as everything else here does.
 */
export class Incoming extends IncomingMessage {
  static {
    Object.defineProperty(this.prototype, "headers", {
      ...whole,
      get(this: IncomingMessage) {
        return isAsked(this.rawHeaders) ? whole.get!.call(this) : NONE;
      },
    });
  }
}

function isAsked(raw: readonly string[]): boolean {
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const asked = ASKED.get(name.length);
    if (asked !== undefined && name.toLowerCase() === asked) return true;
  }
  return false;
}
