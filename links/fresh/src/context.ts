import { type FunctionComponent, isValidElement, type VNode } from "preact";
import type { BuildCache } from "./build_cache.ts";
import { HttpError } from "./http_error.ts";
import { collapseSlashes } from "./path.ts";
import { renderPage } from "./render/render.ts";
import type {
  LayoutConfig,
  Middleware,
  PageComponent,
  RenderScope,
  ResolvedFreshConfig,
} from "./types.ts";

/** The data that all requests of one app share. */
export interface Runtime {
  config: ResolvedFreshConfig;
  cache: BuildCache | null;
  notFound: Middleware | null;
}

/** The framework's internal part of a context. */
export interface Internals {
  readonly runtime: Runtime;
  /** The request's handler chain; the last one answers. */
  chain: readonly Middleware[];
  /** Position in the chain. */
  at: number;
  /** Layouts and app wrapper of the current segment. */
  scope: RenderScope;
  /** The collapsed path. */
  pathname: string;
  /** Set by the first render; csp() adds it to its header. */
  nonce: string | null;
  /** The result or error of endHandler(). */
  end: Response | Error | null;
  /** Style sheets of the route. */
  css: readonly string[];
}

const NO_COMPONENT: FunctionComponent = () => null;

/** Gives the framework's modules access to internals of a context. */
// deno-lint-ignore no-explicit-any
export let internalsOf: (ctx: Context<any>) => Internals;

/** One request in middlewares and handler. */
export class Context<State> {
  static {
    internalsOf = (ctx) => ctx.#internals;
  }

  /** The original request; its url is raw. */
  readonly req: Request;
  /** The peer's address and a promise for the end of the response. */
  readonly info: Deno.ServeHandlerInfo;
  /** Pattern of the matched route, or null. */
  readonly route: string | null;
  /** Decoded groups of the route's pattern; a missing one is "". */
  readonly params: Record<string, string>;
  /** State shared between middlewares; `{}` at the start. */
  readonly state: State;
  /** The data of `page(data)` from the handler. */
  data: unknown = undefined;
  /** The error, in error handlers; null elsewhere. */
  error: unknown = null;
  /** The content that the current layout or app wraps. */
  Component: FunctionComponent = NO_COMPONENT;
  /** As upstream: the state type is invariant. */
  declare private readonly wrapped: PageComponent<unknown, State> | null;

  /** The request's URL with `//` in its path collapsed. */
  readonly url: URL;
  /** Whether the client requests only the page's partials. */
  readonly isPartial: boolean;

  #internals: Internals;

  constructor(
    internals: Internals,
    req: Request,
    info: Deno.ServeHandlerInfo,
    url: URL,
    route: string | null,
    params: Record<string, string>,
  ) {
    this.#internals = internals;
    this.req = req;
    this.info = info;
    this.url = url;
    this.isPartial = url.searchParams.has(PARTIAL);
    this.route = route;
    this.params = params;
    this.state = {} as State;
  }

  /** The app's configuration. */
  get config(): ResolvedFreshConfig {
    return this.#internals.runtime.config;
  }

  /** Runs the rest of the chain; at its end, there is none. */
  readonly next = async (): Promise<Response> => {
    const internals = this.#internals;
    const step = internals.chain[++internals.at];
    if (step === undefined) throw new HttpError(404);
    return await step(this);
  };

  /** A redirect; `//` in a path of this site is collapsed. */
  redirect(to: string, status = 302): Response {
    const path = localPath(to);
    return new Response(null, {
      status,
      headers: { location: this.isPartial ? asPartial(path) : path },
    });
  }

  /** Renders a vnode inside the segment's layouts and app wrapper. */
  async render(
    // deno-lint-ignore no-explicit-any
    vnode: VNode<any> | null,
    init?: ResponseInit,
    config?: LayoutConfig,
  ): Promise<Response> {
    if (vnode !== null && !isValidElement(vnode)) {
      throw new Error("Cannot render this: expected JSX or null");
    }
    const any = this as unknown as Context<unknown>;
    return await renderPage(any, vnode, init, config);
  }

  /** A `text/plain` response. */
  text(content: string, init?: ResponseInit): Response {
    return new Response(content, init);
  }

  /** A `text/html` response. */
  html(content: string, init?: ResponseInit): Response {
    return new Response(
      content,
      withContentType(init, "text/html; charset=utf-8"),
    );
  }

  /** A JSON response. */
  json(content: unknown, init?: ResponseInit): Response {
    return Response.json(content, init);
  }

  /** Streams the values of an iterable. Sets no content type. */
  stream(
    source:
      | Iterable<string | Uint8Array>
      | AsyncIterable<string | Uint8Array>
      | (() =>
        | Iterable<string | Uint8Array>
        | AsyncIterable<string | Uint8Array>),
    init?: ResponseInit,
  ): Response {
    const iterable = typeof source === "function" ? source() : source;
    const encoder = new TextEncoder();
    async function* chunks() {
      for await (const chunk of iterable) {
        yield typeof chunk === "string" ? encoder.encode(chunk) : chunk;
      }
    }
    return new Response(
      ReadableStream.from(chunks()) as ReadableStream<Uint8Array<ArrayBuffer>>,
      init,
    );
  }
}

/** Sets the content type, overriding init. */
export function withContentType(
  init: ResponseInit | undefined,
  type: string,
): ResponseInit {
  if (init?.headers === undefined) {
    return { ...init, headers: { "content-type": type } };
  }
  const headers = new Headers(init.headers);
  headers.set("content-type", type);
  return { ...init, headers };
}

const PARTIAL = "fresh-partial";

/** Throws if the request's URL cannot be parsed. */
export function requestUrl(req: Request, trustProxy: boolean): URL {
  const url = new URL(req.url);
  url.pathname = collapseSlashes(url.pathname);
  if (trustProxy) {
    const proto = req.headers.get("x-forwarded-proto");
    if (proto) url.protocol = proto;
    const host = req.headers.get("x-forwarded-host");
    if (host) url.host = host;
  }
  return url;
}

/** Collapses `//` in a path of this site; anything else is unchanged. */
function localPath(to: string): string {
  if (!to.startsWith("/")) return to;
  const end = to.search(/[?#]/);
  const path = end === -1 ? to : to.slice(0, end);
  const rest = end === -1 ? "" : to.slice(end);
  return path.replace(/\/{2,}/g, "/") + rest;
}

/** A redirect of a partial request is also a partial request. */
function asPartial(to: string): string {
  const hash = to.indexOf("#");
  const end = hash === -1 ? to.length : hash;
  const sign = to.slice(0, end).includes("?") ? "&" : "?";
  return `${to.slice(0, end)}${sign}${PARTIAL}=true${to.slice(end)}`;
}
