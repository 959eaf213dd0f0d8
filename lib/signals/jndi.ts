/** Deeper than this nobody nests what is to be read by a logger. */
const DEEPEST = 64;
/** Of a resolved look-up only its beginning tells. */
const LONGEST = 64;

/**
 * Whether a folded text makes Log4j look something up at an address, through whatever nesting:
 * `${jndi:…}`, `${${lower:j}ndi:…}`, `${${env:x:-j}${::-n}di:…}`. One pass with a stack.
 */
export function hasJndi(text: string): boolean {
  if (!text.includes("${") && !text.includes("jndi")) return false;
  // Also where a brace was swallowed on the way
  if (/\$\{?\s{0,3}jndi\s{0,3}:/.test(text)) return true;
  const open: string[] = [];
  let current = "";
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b && current.endsWith("$")) {
      if (open.length === DEEPEST) open.shift();
      open.push(current.slice(0, -1));
      current = "";
    } else if (code === 0x7d && open.length > 0) {
      if (isLookUp(current)) return true;
      current = open.pop()! + resolved(current);
    } else current += text[at]!;
    if (current.length > 2 * LONGEST) {
      // The beginning names the look-up, the end may become another's
      current = current.slice(0, LONGEST) + current.slice(-LONGEST);
    }
    if (code === 0x3a && open.length > 0 && isLookUp(current)) return true;
  }
  return false;
}

function isLookUp(text: string): boolean {
  return /^\s{0,8}jndi\s{0,8}:/.test(text);
}

/** What a look-up that fails, or one that only changes case, leaves behind. */
function resolved(text: string): string {
  const fallback = text.indexOf(":-");
  if (fallback >= 0) return text.slice(fallback + 2);
  const colon = text.lastIndexOf(":");
  return colon >= 0 ? text.slice(colon + 1) : text;
}
