import type {
  Middleware,
  PageProps,
  PageResponse,
  Rendered,
  RouteHandler,
} from "./types.ts";

type DataOf<Result> = Awaited<Result> extends infer R
  ? R extends PageResponse<infer Data> ? Data : never
  : never;

/** The page data that a handler, or any method of a handler object, returns. */
export type PageData<Handler> = [Handler] extends [never] ? never
  : Handler extends (...args: never[]) => infer R ? DataOf<R>
  : {
    [M in keyof Handler]: Handler[M] extends (...args: never[]) => infer R
      ? DataOf<R>
      : never;
  }[keyof Handler];

/** Identity functions that give handlers and components their types. */
export interface Define<State> {
  handlers<Data, Handlers extends RouteHandler<Data, State>>(
    handlers: Handlers,
  ): Handlers;
  page<Handler = never>(
    render: (props: PageProps<PageData<Handler>, State>) => Rendered,
  ): (props: PageProps<PageData<Handler>, State>) => Rendered;
  layout(
    render: (props: PageProps<unknown, State>) => Rendered,
  ): (props: PageProps<unknown, State>) => Rendered;
  middleware<M extends Middleware<State> | Middleware<State>[]>(
    middleware: M,
  ): M;
}

/**
 * Makes typed helpers for route files.
 *
 * @example
 * ```ts
 * interface State { user: string | null }
 * const define = createDefine<State>();
 * const handler = define.handlers({
 *   GET: (ctx) => page({ name: ctx.state.user ?? "guest" }),
 * });
 * ```
 */
export function createDefine<State>(): Define<State> {
  return {
    handlers: (handlers) => handlers,
    page: (render) => render,
    layout: (render) => render,
    middleware: (middleware) => middleware,
  };
}

/** Page data for the route's component, with a status and headers if wanted. */
export function page(): PageResponse<undefined>;
export function page<Data>(
  data: Data,
  options?: { status?: number; headers?: HeadersInit },
): PageResponse<Data>;
export function page<Data>(
  data?: Data,
  options?: { status?: number; headers?: HeadersInit },
): PageResponse<Data | undefined> {
  return { data, status: options?.status, headers: options?.headers };
}
