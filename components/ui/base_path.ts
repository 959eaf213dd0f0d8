import { options } from "preact";

/** The path prefix from the server (`BASE_PATH`); empty on the server itself. */
const base = globalThis.document?.documentElement.dataset.base ?? "";
const LINKS = ["href", "action", "formAction", "formaction", "src"];

/** A path of this site with the prefix, for the browser. */
export function atBase(path: string): string {
  return base + path;
}

// The server cannot rewrite what islands render in the browser.
if (base !== "") {
  const before = options.vnode;
  options.vnode = (vnode) => {
    before?.(vnode);
    if (typeof vnode.type !== "string") return;
    const props = vnode.props as Record<string, unknown>;
    for (const name of LINKS) {
      const value = props[name];
      if (typeof value === "string" && /^\/(?!\/)/.test(value)) {
        props[name] = atBase(value);
      }
    }
  };
}
