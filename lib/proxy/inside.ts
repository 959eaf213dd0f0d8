/**
 * Our own pages in the proxy's process: served on a loopback port by `Deno.serve`, to which the
 * proxy passes their requests. A request proves that it came through the proxy by a secret id,
 * under which its visitor is stored.
 *
 * @module
 */
import type { GuardedInfo } from "../guard/info.ts";
import type { Visitor } from "../guard/visitor.ts";
import { changedRequest } from "../http/changed_request.ts";
import type { Judged } from "../http/target.ts";

/** Handles a request whose visitor is identified. */
export type InsideHandler = (
  request: Request,
  info: GuardedInfo,
) => Response | Promise<Response>;

/** The proxy's interface to these pages. */
export interface Inside {
  /** Whether a request is for these pages. */
  takes(judged: Judged): boolean;
  /** The address at which they are served. */
  readonly url: string;
  /** The fields with the secret id of a visitor's request. */
  announce(visitor: Visitor & { peer?: string }): string[];
}

const FIELD = "x-portcullis-inside";
/** Fields that the proxy itself adds for forwarding. */
const HOPS = ["forwarded", "via", "x-real-ip"];
/** The maximum number of stored visitors, as some requests never arrive. */
const MOST_WAITING = 10_000;

/** See the module. */
export class InsideServer implements Inside {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #waiting = new Map<string, Visitor & { peer?: string }>();
  readonly takes: (judged: Judged) => boolean;

  constructor(
    handler: InsideHandler,
    takes: (judged: Judged) => boolean,
  ) {
    this.takes = takes;
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      automaticCompression: true,
      onError: () => new Response("Internal Server Error", { status: 500 }),
    }, (request, info) => {
      const id = request.headers.get(FIELD) ?? "";
      const visitor = this.#waiting.get(id);
      if (visitor === undefined) return new Response(null, { status: 403 });
      this.#waiting.delete(id);
      return handler(asItCame(request, visitor), {
        completed: info.completed,
        remoteAddr: {
          transport: "tcp",
          hostname: visitor.peer ?? visitor.ip,
          port: 0,
        },
        visitor,
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  announce(visitor: Visitor & { peer?: string }): string[] {
    const id = crypto.randomUUID();
    if (this.#waiting.size >= MOST_WAITING) {
      const [oldest] = this.#waiting.keys();
      this.#waiting.delete(oldest!);
    }
    this.#waiting.set(id, visitor);
    return [FIELD, id];
  }

  /** Waits for open requests. */
  close(): Promise<void> {
    return this.#server.shutdown();
  }
}

/**
 * The request as the client sent it: without another proxy in front, all forwarding fields are our
 * own.
 */
function asItCame(
  request: Request,
  { ip, peer }: Visitor & { peer?: string },
): Request {
  const came = changedRequest(request, {});
  const { headers } = came;
  headers.delete(FIELD);
  if (peer !== ip) return came;
  for (const name of [...headers.keys()]) {
    if (HOPS.includes(name) || name.startsWith("x-forwarded-")) {
      headers.delete(name);
    }
  }
  return came;
}
