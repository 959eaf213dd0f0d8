import {
  type ComponentChildren,
  type ComponentType,
  Fragment,
  h,
  isValidElement,
  toChildArray,
  type VNode,
} from "preact";
import { Signal } from "@preact/signals";
import { renderState } from "./state.ts";

/** A marker in the page for the client, or for the end of the render. */
export function comment(text: string): VNode {
  return h(Fragment, { UNSTABLE_comment: text } as Record<string, unknown>);
}

/** The place of the collected head elements. */
export const HEAD_MARK = "frsh:head";
/** The place of scripts. */
export const BODY_MARK = "frsh:body";

/** Replaces <Head>. */
export function HeadCollector(props: { children?: ComponentChildren }) {
  const isOfHead = (child: ComponentChildren) =>
    isValidElement(child) && HEAD_TYPES.has(child.type as string);
  const children = toChildArray(props.children);
  renderState()!.head.push(...children.filter(isOfHead));
  return children.filter((child) =>
    isValidElement(child) && typeof child.type === "string" && !isOfHead(child)
  );
}

const HEAD_TYPES = new Set([
  "title",
  "meta",
  "link",
  "style",
  "script",
  "base",
  "noscript",
  "template",
]);

/** Replaces <Partial>. */
export function PartialBoundary(
  props: { name: string; mode?: string; children?: ComponentChildren },
) {
  const state = renderState()!;
  if (state.partials.has(props.name)) {
    throw new Error(
      `Cannot render two partials named "${props.name}": expected each name once`,
    );
  }
  state.partials.add(props.name);
  state.hasClientNav = true;
  const name = encodeURIComponent(props.name).replaceAll("-", "%2D");
  return [
    comment(`frsh:partial:${name}:${props.mode ?? "replace"}`),
    props.children,
    comment("/frsh:partial"),
  ];
}

interface IslandBoundaryProps {
  component: ComponentType<Record<string, unknown>>;
  props: Record<string, unknown>;
}

/** Replaces an island: records its props and marks its start and end. */
export function IslandBoundary({ component, props }: IslandBoundaryProps) {
  const state = renderState()!;
  const island = state.cache!.islands.get(component)!;
  let used = state.islands.indexOf(island);
  if (used === -1) used = state.islands.push(island) - 1;

  const withSlots: Record<string, unknown> = {};
  for (const name in props) {
    const value = props[name];
    // JSX in a list or an object is data, and lost, except for children.
    withSlots[name] = name === "children" || isJsx(value)
      ? h(ServerSlot, {
        id: state.slots.push(slot(value as ComponentChildren)) - 1,
      })
      : value;
  }
  const instance = state.instances.push([used, withSlots]) - 1;
  return [
    comment(`frsh:island:${instance}`),
    h(component, withSlots),
    comment("/frsh:island"),
  ];
}

function slot(content: ComponentChildren) {
  return { content, rendered: false };
}

/** Server-rendered JSX for an island. */
export function ServerSlot({ id }: { id: number }) {
  const slot = renderState()!.slots[id]!;
  slot.rendered = true;
  return [comment(`frsh:slot:${id}`), slot.content, comment("/frsh:slot")];
}

/** The slot's id if a value represents server-rendered JSX, else null. */
export function slotId(value: unknown): number | null {
  return isValidElement(value) && (value.type as unknown) === ServerSlot
    ? (value.props as unknown as { id: number }).id
    : null;
}

function isJsx(value: unknown): value is ComponentChildren {
  // A signal looks like a vnode, so that JSX can render it.
  return isValidElement(value) && !(value instanceof Signal) &&
    (value.type as unknown) !== ServerSlot;
}
