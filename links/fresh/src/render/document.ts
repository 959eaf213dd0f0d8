import { type ComponentChildren, Fragment, h, type VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { type Context, internalsOf } from "../context.ts";
import { BODY_MARK, HEAD_MARK } from "./boundaries.ts";
import { mergeHead } from "./head.ts";
import { pageScripts } from "./scripts.ts";
import { newRenderState, type RenderState, withRenderState } from "./state.ts";

const HEAD_COMMENT = `<!--${HEAD_MARK}-->`;
const BODY_COMMENT = `<!--${BODY_MARK}-->`;

/** Renders a whole HTML document: what is missing around the page is added. */
export function renderDocument(ctx: Context, page: VNode): string {
  const { runtime, css, nonce, pathname } = internalsOf(ctx);
  const state = newRenderState(runtime.cache, pathname);
  return withRenderState(state, () => {
    const html = withDocument(renderToString(page), state);
    const slots = renderHiddenSlots(state);
    const scripts = slots + pageScripts(state, {
      nonce: nonce!,
      isPartial: ctx.isPartial,
      mode: runtime.config.mode,
      basePath: runtime.config.basePath,
    });
    const links = css.map((href) => h("link", { rel: "stylesheet", href }));
    // A function as replacement: "$&" in a page is just text.
    return "<!DOCTYPE html>" + mergeHead(html, HEAD_COMMENT, [
      ...links,
      ...state.head,
    ]).replace(BODY_COMMENT, () => scripts);
  });
}

function withDocument(html: string, state: RenderState): string {
  const head = `<head><meta charset="utf-8">${HEAD_COMMENT}</head>`;
  const { hasHtml, hasHead, hasBody } = state;
  if (!hasBody) {
    const start = hasHead
      ? html.indexOf("</head>") + 7
      : hasHtml
      ? html.indexOf(">") + 1
      : 0;
    const end = hasHtml ? html.lastIndexOf("</html>") : html.length;
    html = html.slice(0, start) + "<body>" + html.slice(start, end) +
      BODY_COMMENT + "</body>" + html.slice(end);
  }
  if (!hasHead) {
    const at = html.indexOf("<body");
    html = html.slice(0, at) + head + html.slice(at);
  }
  return hasHtml ? html : `<html>${html}</html>`;
}

/**
 * Slots that their island does not show yet wait in templates. Rendering one
 * may add further islands and slots.
 */
function renderHiddenSlots(state: RenderState): string {
  let html = "";
  for (let id = 0; id < state.slots.length; id++) {
    const slot = state.slots[id]!;
    if (slot.rendered) continue;
    const content = renderToString(
      h(Fragment, null, slot.content as ComponentChildren),
    );
    html += `<template id="frsh-slot-${id}">${content}</template>`;
  }
  return html;
}
