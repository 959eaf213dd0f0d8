import { type ComponentType, Fragment, h, options, type VNode } from "preact";
import { Head, Partial } from "../../runtime.ts";
import { asset, assetSrcSet } from "../runtime/asset.ts";
import {
  BODY_MARK,
  comment,
  HEAD_MARK,
  HeadCollector,
  IslandBoundary,
  PartialBoundary,
  ServerSlot,
} from "./boundaries.ts";
import { markActiveLink } from "./links.ts";
import { type RenderState, renderState } from "./state.ts";

type Props = Record<string, unknown>;
interface AnyVNode extends Pick<VNode<Props>, "type"> {
  props: Props;
  key?: unknown;
  /** The parent. */
  __: AnyVNode | null;
}

const hooks = options as { __b?: (vnode: AnyVNode) => void };
const before = hooks.__b;

// Many requests may render the same vnode of a module: props added for one request must not leak
// into the next one.
const originals = new WeakMap<object, Props>();

hooks.__b = function beforeRender(vnode) {
  const state = renderState();
  if (state !== null) {
    if (typeof vnode.type === "string") element(vnode, state);
    else if (typeof vnode.type === "function") component(vnode, state);
  }
  before?.(vnode);
};

const HEAD_TYPES = new Set([
  "title",
  "meta",
  "link",
  "style",
  "script",
  "base",
]);

const created = options.vnode;

options.vnode = function linkCreated(vnode: VNode) {
  const state = renderState();
  if (state !== null && vnode.type === "a") {
    markActiveLink(vnode.props as Props, state.url);
  }
  created?.(vnode);
};

function component(vnode: AnyVNode, state: RenderState): void {
  // deno-lint-ignore no-explicit-any
  const type = vnode.type as any;
  if (type === Head) {
    vnode.type = HeadCollector;
  } else if (type === Partial) {
    // deno-lint-ignore no-explicit-any
    vnode.type = PartialBoundary as any;
  } else if (state.cache?.islands.has(type) && !isInsideIsland(vnode)) {
    // deno-lint-ignore no-explicit-any
    vnode.type = IslandBoundary as any;
    vnode.props = { component: type, props: vnode.props };
  } else if (hasKey(vnode) && !kept.has(vnode) && !isInsideIsland(vnode)) {
    // deno-lint-ignore no-explicit-any
    vnode.type = keyed(type, vnode.key) as any;
  }
}

/** Components whose key is already in the page. */
const kept = new WeakSet<object>();

function hasKey({ type, key }: AnyVNode): boolean {
  const isOurs = (OURS as unknown[]).includes(type);
  return key !== undefined && (type as unknown) !== Fragment && !isOurs;
}

const OURS = [HeadCollector, PartialBoundary, IslandBoundary, ServerSlot];

/** A component wrapped with its key, for the client. */
function keyed(type: ComponentType<Props>, key: unknown) {
  const name = String(key ?? "").replaceAll(":", "_");
  return (props: Props) => {
    const child = h(type, props);
    kept.add(child);
    return [comment(`frsh:key:${name}`), child, comment("/frsh:key")];
  };
}

/** An island in an island is part of it, unless it is in one of its slots. */
function isInsideIsland(vnode: AnyVNode): boolean {
  for (let at = vnode.__; at; at = at.__) {
    if ((at.type as unknown) === IslandBoundary) return true;
    if ((at.type as unknown) === ServerSlot) return false;
  }
  return false;
}

function isInsidePartial(vnode: AnyVNode): boolean {
  for (let at = vnode.__; at; at = at.__) {
    if ((at.type as unknown) === PartialBoundary) return true;
  }
  return false;
}

function element(vnode: AnyVNode, state: RenderState): void {
  const original = originals.get(vnode);
  if (original !== undefined) vnode.props = original;
  const { props } = vnode;
  const { key } = vnode;
  if (HEAD_TYPES.has(vnode.type as unknown as string) && key != null) {
    change(vnode, { "data-key": key });
  }
  // The client needs the keys of what it hydrates.
  if (key !== undefined && (isInsidePartial(vnode) || isInsideIsland(vnode))) {
    change(vnode, { "data-frsh-key": String(key) });
  }
  if ("f-client-nav" in props) {
    state.hasClientNav = true;
    // false would omit the attribute, and with it the opt-out.
    change(vnode, { "f-client-nav": String(props["f-client-nav"]) });
  }
  switch (vnode.type as unknown as string) {
    case "html":
      state.hasHtml = true;
      break;
    case "head":
      state.hasHead = true;
      change(vnode, { children: [props.children, comment(HEAD_MARK)] });
      break;
    case "body":
      state.hasBody = true;
      change(vnode, { children: [props.children, comment(BODY_MARK)] });
      break;
    case "script":
    case "style":
      // Stored in the vnode: a module-level one keeps the nonce of its first page.
      if (!props.nonce) props.nonce = state.nonce;
      break;
    case "img":
    case "source": {
      const { src, srcset, srcSet } = props;
      if (typeof src === "string") change(vnode, { src: asset(src) });
      if (typeof srcset === "string") {
        change(vnode, { srcset: assetSrcSet(srcset) });
      }
      if (typeof srcSet === "string") {
        change(vnode, { srcSet: assetSrcSet(srcSet) });
      }
      break;
    }
  }
}

function change(vnode: AnyVNode, changes: Props): void {
  if (!originals.has(vnode)) originals.set(vnode, vnode.props);
  vnode.props = { ...vnode.props, ...changes };
}
