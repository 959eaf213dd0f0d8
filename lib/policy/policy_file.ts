import { type Declaration, readPolicy } from "./read_rules.ts";
import { issueText, PolicyError } from "./rule_error.ts";

/** A declaration in a file. */
export class PolicyFile {
  readonly file: string;
  #text: string | null = null;

  constructor(file: string) {
    this.file = file;
  }

  /**
   * The declaration in the file, or null if the text is unchanged.
   *
   * @throws {PolicyFileError} if it cannot be read or is invalid; each invalid text is reported
   * once.
   */
  async read(): Promise<Declaration | null> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.file);
    } catch (error) {
      text = UNREADABLE + (error as Error).message;
    }
    if (text === this.#text) return null;
    this.#text = text;
    if (text.startsWith(UNREADABLE)) {
      throw new PolicyFileError(
        `Cannot read the policy in ${this.file}: ${text.slice(1)}`,
      );
    }
    try {
      return readPolicy(text);
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      throw new PolicyFileError(
        `Cannot apply the policy in ${this.file}: ${
          issueText(error.issues[0]!)
        }`,
        { cause: error },
      );
    }
  }
}

/** Marks a read error; no valid declaration begins with this. */
const UNREADABLE = "\u0000";

/** A policy file that is invalid; the message is one line. */
export class PolicyFileError extends Error {
  override name = "PolicyFileError";
}

/** Exits with status 1 and one line if the policy file is invalid. */
export function exitOnPolicyFile(error: unknown): never {
  if (!(error instanceof PolicyFileError)) throw error;
  console.error(error.message);
  Deno.exit(1);
}
