import { options } from "preact";

/** What the server put before its paths (`BASE_PATH`); empty on the server itself. */
const base = globalThis.document?.documentElement.dataset.base ?? "";
const LINKS = ["href", "action", "formAction", "formaction", "src"];

/** A path of this site as the browser has to ask for it. */
export function atBase(path: string): string {
  return base + path;
}

// What islands render in the browser, the server does not get to see.
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
