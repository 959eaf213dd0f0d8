import { type ComponentChildren, Fragment, h, type VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import { type Context, internalsOf } from "../context.ts";
import { BODY_MARK, comment, HEAD_MARK } from "./boundaries.ts";
import { mergeHead } from "./head.ts";
import { pageScripts } from "./scripts.ts";
import { traceparent } from "../tracing.ts";
import { newRenderState, type RenderState, withRenderState } from "./state.ts";

const CONTENT_MARK = "frsh:content";
const HEAD_COMMENT = `<!--${HEAD_MARK}-->`;
const BODY_COMMENT = `<!--${BODY_MARK}-->`;
const CONTENT_COMMENT = `<!--${CONTENT_MARK}-->`;

/** A document during rendering, from the inside out. */
export class Draft {
  /** The HTML so far. */
  body = "";
  readonly #ctx: Context<unknown>;
  readonly #nonce: string;
  readonly #state: RenderState;

  constructor(ctx: Context<unknown>, nonce: string) {
    this.#ctx = ctx;
    this.#nonce = nonce;
    const { cache } = internalsOf(ctx).runtime;
    this.#state = newRenderState(cache, ctx.url, nonce);
  }

  render(vnode: VNode): string {
    return withRenderState(this.#state, () => renderToString(vnode));
  }

  /** A placeholder for the HTML so far, which can be used several times. */
  placeholder(): ComponentChildren {
    // In a list: a component's own fragment would be removed, and the marker with it.
    return [comment(CONTENT_MARK)];
  }

  /** Replaces the placeholders with the HTML so far. */
  fill(html: string): string {
    return html.replaceAll(CONTENT_COMMENT, () => this.body);
  }

  /** The whole document: missing outer elements are added, as upstream does. */
  finish(): { html: string; preload: string } {
    const state = this.#state;
    const { runtime, css } = internalsOf(this.#ctx);
    const links = css.map((href) => h("link", { rel: "stylesheet", href }));
    const { isPartial } = this.#ctx;
    const { scripts, preload } = withRenderState(state, () => {
      state.head.push(...links, ...traceElement());
      const slots = renderHiddenSlots(state);
      const { script, preload } = pageScripts(state, {
        nonce: this.#nonce,
        isPartial,
        mode: runtime.config.mode,
        basePath: runtime.config.basePath,
      });
      return { scripts: slots + script, preload };
    });
    const whole = withDocument(this.body, state);
    const merged = withRenderState(
      state,
      () => mergeHead(whole, HEAD_COMMENT, state.head),
    );
    const html = "<!DOCTYPE html>" +
      merged.replace(BODY_COMMENT, () => scripts);
    return { html, preload };
  }
}

/** If a request is traced, the page contains its span. */
function traceElement(): ComponentChildren[] {
  const content = traceparent();
  return content === null ? [] : [h("meta", { name: "traceparent", content })];
}

function withDocument(html: string, state: RenderState): string {
  const { hasHtml, hasHead, hasBody } = state;
  if (!hasBody) html = `<body>${html}${BODY_COMMENT}</body>`;
  if (!hasHead) {
    html = `<head><meta charset="utf-8"/>${HEAD_COMMENT}</head>${html}`;
  }
  return hasHtml ? html : `<html>${html}</html>`;
}

/**
 * Slots that their island does not show yet go into templates. Rendering one may add further
 * islands and slots.
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
