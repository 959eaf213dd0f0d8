/** Maximum width of source lines for roff. */
const WIDTH = 80;

/** Escapes a text for roff: nothing in it is a request. */
export function roff(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll(
    /^([.'])/gm,
    "\\&$1",
  ).replaceAll(
    /[^\n\x20-\x7e]/gu,
    (letter) =>
      `\\[u${
        letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")
      }]`,
  );
}

/** A paragraph, in lines that roff fills. */
export function paragraph(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const both = line === "" ? word : `${line} ${word}`;
    if (line !== "" && roff(both).length > WIDTH) {
      lines.push(roff(line));
      line = word;
    } else line = both;
  }
  if (line !== "") lines.push(roff(line));
  return lines;
}

/** A text of several lines: columns become a list, the rest paragraphs. */
export function blocks(text: string): string[] {
  const lines = text.split("\n");
  if (lines.some((line) => /\S {2,}\S/.test(line))) {
    return lines.flatMap((line) => {
      const [, term = "", rest = ""] = /^\s*(\S*)\s*(.*)$/.exec(line)!;
      return term === "" ? [] : tagged([`.B ${roff(term)}`], rest);
    });
  }
  return text.split(/\n\s*\n/).flatMap((each) => [".PP", ...paragraph(each)]);
}

/** A term and its description. */
export function tagged(term: readonly string[], text: string): string[] {
  return [".TP", ...term, ...paragraph(text)];
}
