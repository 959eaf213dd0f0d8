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

const NO_COMPONENT: FunctionComponent = () => null;

/** Gives the framework's modules what a context hides from the app. */
// deno-lint-ignore no-explicit-any
export let internalsOf: (ctx: Context<any>) => Internals;

/** One request on its way through middlewares and handler. */
export class Context<State> {
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
  readonly state: State;
  /** What the handler returned by `page(data)`. */
  data: unknown = undefined;
  /** What was thrown, in error handlers; null elsewhere. */
  error: unknown = null;
  /** What the running layout or app wraps. */
  Component: FunctionComponent = NO_COMPONENT;
  /** As upstream: a context is none of another state, be that wider or narrower. */
  declare private readonly wrapped: PageComponent<unknown, State> | null;

  /** The request's URL with `//` in its path collapsed. */
  readonly url: URL;
  /** Whether the client asks for the page's partials only. */
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

  /** Runs the rest of the chain; once it has come to its end, there is none. */
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

/** Sets the content type, whatever init says. */
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

/** Throws where the request's URL cannot be parsed. */
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

/** `//` in a path of this site is collapsed; anything else is left as it is. */
function localPath(to: string): string {
  if (!to.startsWith("/")) return to;
  const end = to.search(/[?#]/);
  const path = end === -1 ? to : to.slice(0, end);
  const rest = end === -1 ? "" : to.slice(end);
  return path.replace(/\/{2,}/g, "/") + rest;
}

/** Where a partial was asked for, it is asked for there, too. */
function asPartial(to: string): string {
  const hash = to.indexOf("#");
  const end = hash === -1 ? to.length : hash;
  const sign = to.slice(0, end).includes("?") ? "&" : "?";
  return `${to.slice(0, end)}${sign}${PARTIAL}=true${to.slice(end)}`;
}
