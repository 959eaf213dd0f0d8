/** Fields that a form may send several times: what was chosen in a list. */
const REPEATABLE = new Set(["id"]);

/**
 * Names that a page's POST form would send twice, as its handler refuses that: by hand-written HTML,
 * of which `<form>` and its controls are told apart by their tags. Of buttons one is sent.
 */
export function repeatedFields(html: string): string[] {
  const found: string[] = [];
  for (const [, attributes, inner] of html.matchAll(FORM)) {
    if (!/method="post"/i.test(attributes!)) continue;
    const id = attribute(attributes!, "id");
    const outside = id === null
      ? []
      : [...html.replaceAll(FORM, "").matchAll(CONTROL)]
        .filter(([, , own]) => attribute(own!, "form") === id);
    const names = new Map<string, number>();
    const buttons = new Set<string>();
    const radios = new Set<string>();
    for (const [, tag, own] of [...inner!.matchAll(CONTROL), ...outside]) {
      const name = attribute(own!, "name");
      const of = attribute(own!, "form");
      if (name === null || (of !== null && of !== id)) continue;
      if (tag === "button") buttons.add(name);
      else if (attribute(own!, "type") === "radio") radios.add(name);
      else names.set(name, (names.get(name) ?? 0) + 1);
    }
    for (const name of [...buttons, ...radios]) {
      names.set(name, (names.get(name) ?? 0) + 1);
    }
    for (const [name, count] of names) {
      if (count > 1 && !REPEATABLE.has(name)) found.push(name);
    }
  }
  return found;
}

const FORM = /<form\b([^>]*)>(.*?)<\/form>/gs;
const CONTROL = /<(input|select|textarea|button)\b([^>]*)>/g;

function attribute(text: string, name: string): string | null {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? null;
}
