import { quoted } from "../base/quoted.ts";
import { type JsonNode, lineAndColumn } from "./jsonc.ts";
import { nearest } from "../base/nearest.ts";

/** An error in a declaration, and its position. */
export interface RuleIssue {
  /** For example `rules[2].when.path`. */
  path: string;
  /** From 1; null if the declaration is not text. */
  line: number | null;
  column: number | null;
  /** For example `unknown word "pth": did you mean "path"?`. */
  message: string;
}

/** An invalid declaration; nothing of it is applied. */
export class PolicyError extends Error {
  override name = "PolicyError";
  readonly issues: readonly RuleIssue[];

  constructor(issues: readonly RuleIssue[]) {
    const first = issues[0]!;
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
    super(`Cannot read the policy: ${issueText(first)}${more}`);
    this.issues = issues;
  }
}

/** One line: position, then the error. */
export function issueText({ path, line, column, message }: RuleIssue): string {
  const at = line === null ? "" : `line ${line}, column ${column}: `;
  return at + (path === "" ? message : `${path}: ${message}`);
}

/** Collects the errors of a text. */
export class Issues {
  readonly found: RuleIssue[] = [];
  readonly #text: string | null;

  /** @param text Null if there is none to show positions in. */
  constructor(text: string | null) {
    this.#text = text;
  }

  add(node: Pick<JsonNode, "at">, path: string, message: string): void {
    const place = this.#text === null
      ? { line: null, column: null }
      : lineAndColumn(this.#text, node.at);
    this.found.push({ path, ...place, message });
  }

  /** @throws {PolicyError} if there are errors. */
  throwIfAny(): void {
    if (this.found.length > 0) throw new PolicyError(this.found);
  }
}

/** The message for an unknown word. */
export function unknownWord(word: string, known: readonly string[]): string {
  return `unknown word ${quoted(word)}` +
    (hint(word, known) || `: expected one of ${known.join(", ")}`);
}

/** `: did you mean "path"?`, or an empty text. */
export function hint(word: string, known: readonly string[]): string {
  const meant = nearest(word, known, true);
  return meant === null ? "" : `: did you mean "${meant}"?`;
}

/** A value as shown in a message. */
export function shown(node: JsonNode): string {
  if (node.kind === "array") return "a list";
  if (node.kind === "object") return "an object";
  return node.kind === "string" ? quoted(node.value) : String(node.value);
}
