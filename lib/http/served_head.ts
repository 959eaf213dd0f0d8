import { RawFields } from "./raw_fields.ts";
import { authorityFault, sentTarget } from "./received_url.ts";
import { type SeenTarget, seenTarget } from "./seen_target.ts";
import { servedFields } from "./served_fields.ts";
import type { RequestHead } from "./request_view.ts";

/**
 * The head of a request that Deno serves, read once: a request is inspected a dozen times before
 * the response, and each access to a `Headers` object would cost more than everything here. It also
 * remains readable after an upgrade to a WebSocket.
 */
export class ServedHead implements RequestHead {
  readonly method: string;
  readonly url: string;
  readonly fields: readonly string[];
  readonly headers: RawFields;
  readonly host: string | null;
  readonly target: string;
  readonly path: string;
  readonly seen: SeenTarget;
  readonly fault: string | null;
  readonly original: Request;

  constructor(request: Request) {
    const fields = servedFields(request);
    const headers = new RawFields(fields, true);
    const { url } = request;
    const host = headers.get("host");
    const seen = seenTarget(sentTarget(url, host));
    this.method = request.method;
    this.url = url;
    this.fields = fields;
    this.headers = headers;
    this.host = host;
    this.target = seen.target;
    this.path = seen.path;
    this.fault = authorityFault(url, host) ?? seen.fault;
    this.seen = seen;
    this.original = request;
  }
}

/** The head of a request of either kind. */
export function headOf(request: Request | RequestHead): RequestHead {
  return request instanceof Request ? new ServedHead(request) : request;
}
