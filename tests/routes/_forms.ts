/** Fields that a form may send several times: selections in a list. */
const REPEATABLE = new Set(["id"]);

/**
 * Names that a page's POST form would send twice, which its handler refuses: parsed from
 * hand-written HTML by the tags of `<form>` and its controls. Of buttons one is sent.
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

/**
 * The URL of each GET form of a page when it is submitted unchanged, without a script; buttons that
 * name an action are left out.
 */
export function sentForms(html: string, path: string): string[] {
  return [...html.matchAll(FORM)].flatMap(([, attributes, inner]) => {
    // A button may submit its form this way, whatever the form's method is.
    const button = /<button\b[^>]*formmethod="get"[^>]*>/i.exec(inner!)?.[0];
    if (!button && !/method="get"/i.test(attributes!)) return [];
    const fields = new URLSearchParams();
    for (const [, own, options] of inner!.matchAll(FIELD)) {
      const name = attribute(own!, "name");
      const type = attribute(own!, "type");
      if (name === null || /\bdisabled\b/.test(own!)) continue;
      if (/checkbox|radio/.test(type ?? "") && !/\bchecked\b/.test(own!)) {
        continue;
      }
      const chosen = options && [...options.matchAll(OPTION)];
      const option = chosen &&
        (chosen.find(([, each]) => /\bselected\b/.test(each!)) ?? chosen[0]);
      const value = attribute(option ? option[1]! : own!, "value") ??
        option?.[2] ?? "";
      fields.append(name, value.replaceAll("&amp;", "&"));
    }
    const action = attribute(button ?? "", "formaction") ??
      attribute(attributes!, "action") ?? path;
    return [`${action.split(/[?#]/)[0]}?${fields}`];
  });
}

const FIELD = /<(?:input|select)\b([^>]*)>(?:(<option.*?)<\/select>)?/gs;
const OPTION = /<option\b([^>]*)>([^<]*)/g;
const FORM = /<form\b([^>]*)>(.*?)<\/form>/gs;
const CONTROL = /<(input|select|textarea|button)\b([^>]*)>/g;

function attribute(text: string, name: string): string | null {
  // An empty one is rendered without its value.
  const found = new RegExp(`\\b${name}(?:="([^"]*)"|(?=[\\s/]|$))`, "i").exec(
    text,
  );
  return found && (found[1] ?? "");
}
