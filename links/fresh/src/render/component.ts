import { type ComponentChildren, h } from "preact";
import type { Context } from "../context.ts";
import type { PageComponent, PageProps } from "../types.ts";

/** The props of a page, layout or app component for this request. */
export function pageProps(
  ctx: Context,
  content: ComponentChildren,
): PageProps {
  return {
    Component: () => content as ReturnType<PageProps["Component"]>,
    config: ctx.config,
    data: ctx.data,
    error: ctx.error,
    info: ctx.info,
    isPartial: ctx.isPartial,
    params: ctx.params,
    req: ctx.req,
    route: ctx.route,
    state: ctx.state,
    url: ctx.url,
  };
}

/**
 * What a component renders. An async function is called and awaited; any other
 * becomes a vnode, so that hooks and contexts work in it.
 */
export async function componentResult(
  component: PageComponent,
  props: PageProps,
): Promise<ComponentChildren | Response> {
  if (isAsync(component)) return await component(props);
  return h(Immediate, { component, props });
}

function isAsync(fn: unknown): boolean {
  return (fn as { constructor: unknown }).constructor === AsyncFunction;
}

const AsyncFunction = (async () => {}).constructor;

/** Thrown out of a synchronous render by a component that needs more. */
export class Escape {
  constructor(
    readonly vnode: object,
    readonly result: Response | PromiseLike<unknown>,
  ) {}
}

interface ImmediateProps {
  component: PageComponent;
  props: PageProps;
  /** What the component's promise came to, in the second render. */
  settled?: { value: ComponentChildren };
}

/**
 * Calls a component that is not an async function. It may still return a
 * Response or a promise, which a synchronous render cannot use.
 */
export function Immediate(all: ImmediateProps): ComponentChildren {
  if (all.settled !== undefined) return all.settled.value;
  const result = all.component(all.props);
  if (result instanceof Response || isPromise(result)) {
    throw new Escape(all, result);
  }
  return result as ComponentChildren;
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}

/** Lets the next render use what a component's promise came to. */
export function settle(escape: Escape, value: ComponentChildren): void {
  (escape.vnode as ImmediateProps).settled = { value };
}
