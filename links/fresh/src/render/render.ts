import { type ComponentChildren, Fragment, h, type VNode } from "preact";
import { type Context, internalsOf } from "../context.ts";
import type { LayoutConfig, PageComponent } from "../types.ts";
import { componentResult, pageProps } from "./component.ts";
import { Draft } from "./document.ts";
import "./hooks.ts";
import { setNonce } from "./nonce.ts";
import { inSpan } from "../tracing.ts";

const RENDER_SPAN = { "fresh.span_type": "render" };

/**
 * Renders a vnode inside the layouts and the app wrapper of the current segment. The layouts are
 * rendered first, with the page in them, and then the app wrapper around the result: it sees what
 * the page has put into the state, but the page does not see a context that the wrapper sets.
 */
export async function renderPage(
  ctx: Context<unknown>,
  vnode: VNode | null,
  init: ResponseInit = {},
  config: LayoutConfig = {},
): Promise<Response> {
  const internals = internalsOf(ctx);
  const { app, layouts } = internals.scope;

  let content: ComponentChildren | Response = vnode;
  for (
    const layout of config.skipInheritedLayouts ? [] : layouts.toReversed()
  ) {
    content = await wrap(ctx, layout, content);
    if (content instanceof Response) return content;
  }
  const nonce = crypto.randomUUID().replaceAll("-", "");
  const draft = new Draft(ctx, nonce);
  // An async wrapper is called here, before anything is rendered.
  const outer = app === null || config.skipAppWrapper
    ? null
    : await wrap(ctx, app, draft.placeholder());
  if (outer instanceof Response) return outer;
  const { html, preload } = await inSpan("render", RENDER_SPAN, () => {
    draft.body = draft.render(h(Fragment, null, content as ComponentChildren));
    if (outer !== null) {
      draft.body = draft.fill(draft.render(h(Fragment, null, outer)));
    }
    return draft.finish();
  });

  const headers = init.headers instanceof Headers
    ? init.headers
    : new Headers(init.headers);
  if (preload !== "") headers.set("link", preload);
  headers.set("content-type", "text/html; charset=utf-8");
  // The last value of a repeated field.
  const cookies = headers.getSetCookie();
  if (cookies.length > 1) headers.set("set-cookie", cookies.at(-1)!);
  const response = new Response(html, { ...init, headers });
  setNonce(response, nonce);
  return response;
}

async function wrap(
  ctx: Context<unknown>,
  component: PageComponent,
  content: ComponentChildren,
): Promise<ComponentChildren | Response> {
  const props = pageProps(ctx, content);
  ctx.Component = props.Component;
  return await componentResult(component, props);
}
