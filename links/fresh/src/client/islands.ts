import {
  type ComponentChild,
  type ComponentType,
  Fragment,
  h,
  hydrate,
  render,
  type VNode,
} from "preact";
import { revive } from "../islands/revive.ts";
import { childrenToVNodes } from "./dom_to_vnodes.ts";
import { eachMarker, endOf, readMarker } from "./markers.ts";
import { RootFragment } from "./root_fragment.ts";

type Island = ComponentType<Record<string, unknown>>;

/** The mounted trees, by the comment they start after. */
const roots = new Map<Comment, RootFragment>();

/** The islands of one response: a page, or a navigation's part. */
export class IslandPage {
  #instances: [number, Record<string, unknown>][];
  #components: Island[];
  #source: Document;
  #slots = new Map<number, ComponentChild[]>();

  /** `source` contains the templates of slots that are not shown yet. */
  constructor(components: Island[], props: unknown[], source: Document) {
    this.#components = components;
    this.#source = source;
    const Slot = ({ id }: { id: number }) =>
      h(Fragment, null, this.#slotContent(id));
    this.#instances = revive(props, (id) => h(Slot, { id })) as [
      number,
      Record<string, unknown>,
    ][];
  }

  /** Hydrates the islands between two siblings, at any depth. */
  hydrate(from: Node | null, to: Node | null): void {
    eachMarker(from, to, "island", (start, end, args) => {
      const vnode = this.#islandVNode(start, end, Number(args[0]));
      const root = new RootFragment(start, end);
      roots.set(start, root);
      hydrate(vnode, root as unknown as Element);
    });
  }

  #islandVNode(start: Comment, end: Comment, instance: number): VNode {
    eachMarker(start.nextSibling, end, "slot", (from, to, args) => {
      this.#slots.set(Number(args[0]), this.#between(from, to));
      from.remove();
      to.remove();
    });
    const [component, props] = this.#instances[instance]!;
    return h(this.#components[component]!, props);
  }

  /** An island inside a slot becomes part of the same tree. */
  #between(start: Node, end: Node | null): ComponentChild[] {
    return childrenToVNodes(start.nextSibling, end, (node) => {
      const marker = readMarker(node);
      if (marker?.kind !== "island") return null;
      const last = endOf(node, "island");
      const vnode = this.#islandVNode(
        node as Comment,
        last,
        Number(marker.args[0]),
      );
      return { vnode, last };
    });
  }

  #slotContent(id: number): ComponentChild[] {
    let content = this.#slots.get(id);
    if (content === undefined) {
      const template = this.#source.getElementById(`frsh-slot-${id}`) as
        | HTMLTemplateElement
        | null;
      const start = new Comment();
      const nodes = new DocumentFragment();
      nodes.append(start);
      if (template !== null) nodes.append(template.content.cloneNode(true));
      content = this.#between(start, null);
      this.#slots.set(id, content);
    }
    return content;
  }
}

/** Unmounts the islands between two siblings, so that their effects clean up. */
export function unmountIslands(from: Node | null, to: Node | null): void {
  eachMarker(from, to, "island", (start) => {
    const root = roots.get(start);
    roots.delete(start);
    if (root !== undefined) render(null, root as unknown as Element);
  });
}
