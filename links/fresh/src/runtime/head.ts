import { type ComponentChildren, toChildArray, type VNode } from "preact";
import { useEffect } from "preact/hooks";
import { IS_BROWSER } from "./is_browser.ts";

export interface HeadProps {
  children?: ComponentChildren;
}

/**
 * Adds its children to the document's head. On the server, any element is allowed; in an island,
 * title and meta elements follow the island's state.
 */
export function Head({ children }: HeadProps): VNode | null {
  if (IS_BROWSER) {
    // deno-lint-ignore react-rules-of-hooks -- the same on every render
    useEffect(() => {
      for (const child of toChildArray(children)) update(child);
    });
  }
  return null;
}

function update(child: ReturnType<typeof toChildArray>[number]): void {
  if (typeof child !== "object") return;
  const props = child.props as Record<string, unknown>;
  if (child.type === "title") {
    document.title = toChildArray(props.children as ComponentChildren).join("");
  } else if (child.type === "meta" && typeof props.name === "string") {
    const selector = `meta[name="${CSS.escape(props.name)}"]`;
    let meta = document.head.querySelector(selector);
    if (meta === null) {
      meta = document.createElement("meta");
      meta.setAttribute("name", props.name);
      document.head.append(meta);
    }
    meta.setAttribute("content", String(props.content ?? ""));
  }
}
