import { type ComponentChildren, Fragment, h, type VNode } from "preact";

export interface PartialProps {
  /** Unique in the page. */
  name: string;
  /**
   * What a navigation does with the region.
   * @default "replace"
   */
  mode?: "replace" | "append" | "prepend";
  children?: ComponentChildren;
}

/** A region of the page that client navigation swaps on its own. */
export function Partial(props: PartialProps): VNode {
  return h(Fragment, null, props.children);
}
