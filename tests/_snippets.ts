/** A fenced block of a document. */
export interface Snippet {
  document: string;
  /** The line of its first line of content, from 1. */
  line: number;
  /** The info string after the backticks; empty for pictures. */
  language: string;
  code: string;
}

/** The fenced blocks of a Markdown text, without common indentation. */
export function snippetsOf(document: string, text: string): Snippet[] {
  const found: Snippet[] = [];
  let open: Snippet & { indent: number } | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    const [, indent, language] = /^(\s*)```(\S*)/.exec(line) ?? [];
    if (open) {
      if (indent === undefined) {
        open.code += `${line.slice(open.indent)}\n`;
        continue;
      }
      const { indent: _, ...snippet } = open;
      found.push(snippet);
      open = undefined;
    } else if (indent !== undefined) {
      open = {
        document,
        line: i + 2,
        language: language!,
        code: "",
        indent: indent.length,
      };
    }
  }
  return found;
}

/** The commands of a shell script, one per line, without comments and empty lines. */
export function commandsOf(script: string): string[] {
  return script.replace(/\\\n\s*/g, "").replace(/&&\n\s*/g, "&& ").split("\n")
    .map((line) => line.replace(/(^|\s)#\s.*$/, "").trim())
    .filter((line) => line !== "");
}
