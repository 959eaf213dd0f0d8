const PARTS =
  /"(?:[^"\\]|\\.)*"|\s*=>\s*(\d{4}-\d\d-\d\dT[\d:.]{8,18}Z?)?|:(\w{1,64})(?=\s*=>)|\bnil\b/g;
/** Escapes that JSON does not have. */
const ESCAPE = /\\(?:(["\\/bfnrt]|u[\da-f]{4})|(.))/gis;
/** Older versions of Fluent Bit leave quotes in the text as they are. */
const ONLY =
  /^\{(?:"timestamp"=>[\d.]+, )?"(?:log|message|MESSAGE)"=>"(.*)"\}$/;

/** Reads an object as Ruby and Fluent Bit print it: `{"log"=>"…"}`; null for any other text. */
export function readRubyHash(text: string): Record<string, unknown> | null {
  const json = text.replace(PARTS, (part, time?: string, symbol?: string) => {
    if (time !== undefined) return `:"${time}"`;
    if (symbol !== undefined) return `"${symbol}"`;
    if (part === "nil") return "null";
    return part.startsWith('"')
      ? part.replace(
        ESCAPE,
        (escape, known, other) =>
          known ? escape : other === "e" ? "\\u001b" : other,
      )
      : ":";
  });
  try {
    return JSON.parse(json);
  } catch {
    const log = ONLY.exec(text)?.[1];
    return log === undefined ? null : { log };
  }
}
