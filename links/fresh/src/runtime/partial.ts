import { type ComponentChildren, Fragment, h, type VNode } from "preact";

export interface PartialProps {
  /** Unique in the page. */
  name: string;
  /**
   * How a navigation changes the region.
   * @default "replace"
   */
  mode?: "replace" | "append" | "prepend";
  children?: ComponentChildren;
}

/** A region of the page that client navigation can replace alone. */
export function Partial(props: PartialProps): VNode {
  return h(Fragment, null, props.children);
}
