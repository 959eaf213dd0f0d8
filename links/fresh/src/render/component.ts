import { type ComponentChildren, h } from "preact";
import type { Context } from "../context.ts";
import { inSpan } from "../tracing.ts";
import type { PageComponent, PageProps } from "../types.ts";

/** The props of a page, layout or app component for this request. */
export function pageProps(
  ctx: Context<unknown>,
  content: ComponentChildren,
  data: unknown = null,
): PageProps {
  return {
    Component: () => content as ReturnType<PageProps["Component"]>,
    config: ctx.config,
    data,
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
 * The result of a component. An async function is called and awaited, and may return a Response;
 * any other becomes a vnode, so that hooks and contexts work in it.
 */
export async function componentResult(
  component: PageComponent,
  props: PageProps,
): Promise<ComponentChildren | Response> {
  if (isAsync(component)) {
    return await inSpan(
      "invoke async component",
      { "fresh.span_type": "fs_routes/async_component" },
      () => component(props),
    );
  }
  return h(Immediate, { component, props });
}

function isAsync(fn: unknown): boolean {
  return (fn as { constructor: unknown }).constructor === AsyncFunction;
}

const AsyncFunction = (async () => {}).constructor;

interface ImmediateProps {
  component: PageComponent;
  props: PageProps;
}

/** Calls a non-async component; a Response or promise from it renders nothing. */
function Immediate({ component, props }: ImmediateProps): ComponentChildren {
  const result = component(props);
  if (result instanceof Response || isPromise(result)) return null;
  return result as ComponentChildren;
}

function isPromise(value: unknown): boolean {
  return typeof (value as { then?: unknown } | null)?.then === "function";
}
