import { type ComponentChildren, Fragment, h, type VNode } from "preact";
import { type Context, internalsOf } from "../context.ts";
import type { LayoutConfig } from "../types.ts";
import { componentResult, Escape, pageProps, settle } from "./component.ts";
import { renderDocument } from "./document.ts";
import "./hooks.ts";

/**
 * Renders a vnode inside the layouts and the app wrapper of the segment that
 * is running. A component on the way may answer with a Response instead.
 */
export async function renderPage(
  ctx: Context,
  vnode: VNode | null,
  init: ResponseInit = {},
  config: LayoutConfig = {},
): Promise<Response> {
  const internals = internalsOf(ctx);
  const { app, layouts } = internals.scope;
  const wrappers = config.skipInheritedLayouts ? [] : [...layouts];
  if (app !== null && !config.skipAppWrapper) wrappers.unshift(app);

  let content: ComponentChildren = vnode;
  for (let i = wrappers.length - 1; i >= 0; i--) {
    const props = pageProps(ctx, content);
    ctx.Component = props.Component;
    const result = await componentResult(wrappers[i]!, props);
    if (result instanceof Response) return result;
    content = result;
  }

  const page = h(Fragment, null, content);
  internals.nonce ??= crypto.randomUUID().replaceAll("-", "");
  for (;;) {
    try {
      const html = renderDocument(ctx, page);
      const headers = new Headers(init.headers);
      headers.set("content-type", "text/html; charset=utf-8");
      return new Response(html, { ...init, headers });
    } catch (error) {
      if (!(error instanceof Escape)) throw error;
      const result = await error.result;
      if (result instanceof Response) return result;
      settle(error, result as ComponentChildren);
    }
  }
}
