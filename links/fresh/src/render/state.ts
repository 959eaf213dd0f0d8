import type { ComponentChildren } from "preact";
import type { BuildCache, Island } from "../build_cache.ts";

/** JSX that was passed to an island and is rendered on the server only. */
export interface SlotContent {
  content: ComponentChildren;
  /** Whether the island has rendered it. */
  rendered: boolean;
}

/** The data collected by one render of a page. */
export interface RenderState {
  readonly cache: BuildCache | null;
  /** The request's path and query, to mark active links. */
  readonly url: URL;
  /** The nonce of the page's scripts and styles. */
  readonly nonce: string;
  /** Children of every <Head>. */
  head: ComponentChildren[];
  hasHtml: boolean;
  hasHead: boolean;
  hasBody: boolean;
  /** Islands that the page uses, each once. */
  islands: Island[];
  /** Per rendered island: index into `islands`, and its props. */
  instances: [number, Record<string, unknown>][];
  slots: SlotContent[];
  partials: Set<string>;
  /** Whether there is an f-client-nav or a Partial. */
  hasClientNav: boolean;
}

export function newRenderState(
  cache: BuildCache | null,
  url: URL,
  nonce: string,
): RenderState {
  return {
    cache,
    url,
    nonce,
    head: [],
    hasHtml: false,
    hasHead: false,
    hasBody: false,
    islands: [],
    instances: [],
    slots: [],
    partials: new Set(),
    hasClientNav: false,
  };
}

// Preact's hooks are global. Rendering to a string is synchronous, so only one render runs at a
// time.
let current: RenderState | null = null;

/** The current render, if any. */
export function renderState(): RenderState | null {
  return current;
}

/** Runs a synchronous render with a state. */
export function withRenderState<T>(state: RenderState, render: () => T): T {
  const outer = current;
  current = state;
  try {
    return render();
  } finally {
    current = outer;
  }
}
