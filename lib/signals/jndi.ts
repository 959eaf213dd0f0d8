/** The deepest nesting that is read. */
const DEEPEST = 64;
/** How much of a resolved look-up is kept, because only its beginning matters. */
const LONGEST = 48;

/**
 * Whether a folded text makes Log4j look up an address, with any nesting: `${jndi:…}`,
 * `${${lower:j}ndi:…}`, `${${env:x:-j}${::-n}di:…}`. One pass with a stack.
 */
export function hasJndi(text: string): boolean {
  if (text.includes("jndi") && DIRECT.test(text)) return true;
  if (!text.includes("${")) return false;
  if (!text.includes("}")) return false;
  const stack: string[] = [];
  let current = "";
  for (let at = text.indexOf("${"); at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x24 && text.charCodeAt(at + 1) === 0x7b) {
      if (stack.length === DEEPEST) return false;
      stack.push(current);
      current = "";
      at++;
    } else if (code === 0x7d && stack.length > 0) {
      if (LOOK_UP.test(current)) return true;
      current = joined(stack.pop()!, resolved(current));
      // The resolved text may itself open a look-up
      if (current.endsWith("$") && text.charCodeAt(at + 1) === 0x7b) {
        stack.push(current.slice(0, -1));
        current = "";
        at++;
      }
    } else if (stack.length > 0) {
      if (
        code === 0x2d && text.charCodeAt(at - 1) === 0x3a &&
        !current.startsWith(":-")
      ) {
        // The look-up before it fails
        current = ":-";
      } else if (current.length < LONGEST) current += text[at]!;
      if (code === 0x3a && LOOK_UP.test(current)) return true;
    } else current = code === 0x24 ? "$" : "";
  }
  return false;
}

/** Also if a brace was lost in transit. */
const DIRECT = /\$\{?\s{0,3}jndi\s{0,3}:/;
const LOOK_UP = /^\s{0,8}jndi\s{0,8}:/;

/** The result of a look-up that fails, or that only changes case. */
function resolved(text: string): string {
  const fallback = text.indexOf(":-");
  if (fallback >= 0) return text.slice(fallback + 2);
  const colon = text.indexOf(":");
  if (colon < 0) return text;
  const keeps = /^\s{0,4}(?:lower|upper|date)$/.test(text.slice(0, colon));
  return keeps
    ? text.slice(colon + 1).replaceAll("'", "")
    : text.slice(text.lastIndexOf(":") + 1);
}

function joined(before: string, after: string): string {
  const text = before + after;
  return text.length > LONGEST ? text.slice(0, LONGEST) : text;
}
