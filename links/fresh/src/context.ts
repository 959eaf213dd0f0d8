import type { FunctionComponent, VNode } from "preact";
import type { BuildCache } from "./build_cache.ts";
import { HttpError } from "./http_error.ts";
import { collapseSlashes } from "./path.ts";
import { renderPage } from "./render/render.ts";
import type {
  LayoutConfig,
  Middleware,
  RenderScope,
  ResolvedFreshConfig,
} from "./types.ts";

/** What all requests of one app share. */
export interface Runtime {
  config: ResolvedFreshConfig;
  cache: BuildCache | null;
  notFound: Middleware | null;
}

/** The framework's side of a context, out of the app's reach. */
export interface Internals {
  readonly runtime: Runtime;
  /** Everything the request passes; the last one answers. */
  chain: readonly Middleware[];
  /** Position in the chain. */
  at: number;
  /** Layouts and app wrapper of the segment that is running. */
  scope: RenderScope;
  /** The collapsed path. */
  pathname: string;
  /** Set by the first render; csp() puts it into its header. */
  nonce: string | null;
  /** What endHandler() answers or throws. */
  end: Response | Error | null;
  /** Style sheets of the route. */
  css: readonly string[];
}

/** Stands for a URL that cannot be parsed. */
export function noUrl(): URL {
  return new URL("http://localhost/");
}

const NO_COMPONENT: FunctionComponent = () => null;

/** Gives the framework's modules what a context hides from the app. */
// deno-lint-ignore no-explicit-any
export let internalsOf: (ctx: Context<any>) => Internals;

/** One request on its way through middlewares and handler. */
export class Context<State = unknown> {
  static {
    internalsOf = (ctx) => ctx.#internals;
  }

  /** The request as it came; its url is raw. */
  readonly req: Request;
  /** The peer's address and a promise for the end of the response. */
  readonly info: Deno.ServeHandlerInfo;
  /** Pattern of the matched route, or null. */
  readonly route: string | null;
  /** Decoded groups of the route's pattern; a missing one is "". */
  readonly params: Record<string, string>;
  /** What middlewares leave for those after them; `{}` at the start. */
  state: State;
  /** What the handler returned by `page(data)`. */
  data: unknown = undefined;
  /** What was thrown, in error handlers; null elsewhere. */
  error: unknown = null;
  /** What the running layout or app wraps. */
  Component: FunctionComponent = NO_COMPONENT;

  #internals: Internals;
  #url: URL | null;

  constructor(
    internals: Internals,
    req: Request,
    info: Deno.ServeHandlerInfo,
    url: URL | null,
    route: string | null,
    params: Record<string, string>,
  ) {
    this.#internals = internals;
    this.req = req;
    this.info = info;
    this.#url = url;
    this.route = route;
    this.params = params;
    this.state = {} as State;
  }

  /** The app's configuration. */
  get config(): ResolvedFreshConfig {
    return this.#internals.runtime.config;
  }

  /**
   * The request's URL with `//` in its path collapsed. Throws HttpError 400,
   * once, where the Host header makes no URL; error pages then get a stand-in.
   */
  get url(): URL {
    if (this.#url === null) {
      this.#url = noUrl();
      this.#url = requestUrl(this.req, this.config.trustProxy);
    }
    return this.#url;
  }

  /** Whether the client asks for the page's partials only. */
  get isPartial(): boolean {
    return this.req.url.includes("fresh-partial=") &&
      URL.parse(this.req.url)?.searchParams.get("fresh-partial") === "true";
  }

  /** Runs the rest of the chain. Async, so that a throw is a rejection. */
  async next(): Promise<Response> {
    const internals = this.#internals;
    const at = internals.at + 1;
    const step = internals.chain[at];
    if (step === undefined) {
      throw new Error("Cannot call next(): expected a handler after this one");
    }
    internals.at = at;
    try {
      return await step(this);
    } finally {
      internals.at = at - 1;
    }
  }

  /** A redirect; `//` in a path of this site is collapsed. */
  redirect(to: string, status = 302): Response {
    return new Response(null, {
      status,
      headers: { location: localPath(to) },
    });
  }

  /** Renders a vnode inside the segment's layouts and app wrapper. */
  render(
    // deno-lint-ignore no-explicit-any
    vnode: VNode<any> | null,
    init?: ResponseInit,
    config?: LayoutConfig,
  ): Promise<Response> {
    return renderPage(this, vnode, init, config);
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

  /** Streams what an iterable yields. Sets no content type. */
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

/** Adds a content type where init has none. */
export function withContentType(
  init: ResponseInit | undefined,
  type: string,
): ResponseInit {
  if (init?.headers === undefined) {
    return { ...init, headers: { "content-type": type } };
  }
  const headers = new Headers(init.headers);
  if (!headers.has("content-type")) headers.set("content-type", type);
  return { ...init, headers };
}

/** Throws HttpError 400 where the request's URL cannot be parsed. */
export function requestUrl(req: Request, trustProxy: boolean): URL {
  const url = URL.parse(req.url);
  if (url === null) throw new HttpError(400);
  url.pathname = collapseSlashes(url.pathname);
  if (url.search.includes("fresh-partial=")) {
    url.searchParams.delete("fresh-partial");
  }
  if (trustProxy) {
    const proto = firstOf(req.headers.get("x-forwarded-proto"));
    if (proto === "http" || proto === "https") url.protocol = proto;
    const host = firstOf(req.headers.get("x-forwarded-host"));
    if (host) url.host = host;
  }
  return url;
}

function firstOf(list: string | null): string {
  return list?.split(",", 1)[0]?.trim() ?? "";
}

/**
 * Keeps a path on this site: browsers read `//host` and `/\host` as another
 * site's address.
 */
function localPath(to: string): string {
  if (!to.startsWith("/")) return to;
  const end = to.search(/[?#]/);
  const path = end === -1 ? to : to.slice(0, end);
  const rest = end === -1 ? "" : to.slice(end);
  return path.replace(/^[/\\]+/, "/").replace(/\/{2,}/g, "/") + rest;
}
