/**
 * Words by which a list says that addresses are let in, or are no entries for other reasons.
 *
 * @module
 */

const NAME =
  /(?<![a-z])(?<!not[ _.-]?|dis)(?:allow|permit|white|safe|trusted|except|exclu(?:de|sion)|exempt|ignore|bypass|never[ _-]?block)/i;
/** Sections with addresses of one's own. */
const OWN =
  /^(?:(?:dns|ntp|web|mail|name|time|app|db|our|my|trusted)[_ -]?)?(?:servers?|resolvers?|gateways?|upstreams?|backends?|proxy|proxies)$|^(?:dns|ntp)$/i;
const VALUE =
  /^(?:allow(?:ed|list(?:ed)?)?|accept(?:ed)?|permit(?:ted)?|pass|whitelist(?:ed)?|white|safelist(?:ed)?|safe|trusted|benign|clean|harmless|un-?block(?:ed)?|un-?ban(?:ned)?|removed?|deleted?|del|expired|captcha|throttle|(?:js_|managed_)?challenge)$/i;
/** A longer line is no heading. */
const LONGEST = 100;
/** Comments that are headings of what follows. */
const HEADING =
  /^(?:(?:our|my|the) )?(?:(?:allow|white|safe)[ -]?list(?:ed)?|allowed|trusted|permitted|exempt(?:ed)?|excluded|ignored)(?: (?:ips?|ip addresses|addresses|networks|hosts|ranges|entries))?$|^exceptions?$|^(?:do not|don't|never) (?:block|ban|drop)\b.{0,20}$|^examples?$/i;
const BLOCKS =
  /\b(?:block|black|deny|denied|ban|bad|drop|reject|malicious|attack)/i;

/** Whether a field, a section or a list of this name has addresses that are let in. */
export function namesLetIn(name: string): boolean {
  return name.length <= 128 &&
    NAME.test(name.replace(/([a-z])(?=[A-Z][a-z])/g, "$1_"));
}

/** Whether a field's value says that something else is done about an address than to block it. */
export function letsIn(value: unknown): boolean {
  return typeof value === "string" && VALUE.test(value.trim());
}

/** Follows the sections of a list: of YAML, of INI, and those that comments begin. */
export class Sections {
  /** The indentation of the heading that began a section with addresses that are let in. */
  #indent: number | null = null;
  #isCommented = false;
  #wasComment = false;

  /** Whether a line is in a section with addresses that are let in. */
  isLetIn(line: string): boolean {
    if (line.length > LONGEST) {
      return this.#isCommented || this.#indent !== null;
    }
    const [, comment] = /^\s*(?:#|;|\/\/)[\s#;/=*-]*(.*?)[\s#:=*-]*$/
      .exec(line) ?? [];
    if (comment !== undefined) {
      this.#comment(comment);
      return false;
    }
    this.#wasComment = false;
    const [, blanks = "", yaml, ini] =
      /^(\s*)(?:(?:- +)?["']?([\w .-]{1,64})["']?:|\[([\w .:-]{1,64})\])\s*$/
        .exec(line) ?? [];
    const name = yaml ?? ini;
    if (name !== undefined) {
      this.#isCommented = false;
      if (this.#indent === null || blanks.length <= this.#indent) {
        this.#indent = namesLetIn(name) || OWN.test(name)
          ? blanks.length
          : null;
      }
    }
    return this.#isCommented || this.#indent !== null;
  }

  #comment(text: string): void {
    const words = text.replace(/\s*\(.*\)$/, "");
    if (HEADING.test(words)) this.#isCommented = true;
    // A second line of the same heading only explains it.
    else if (!this.#wasComment && BLOCKS.test(words)) this.#isCommented = false;
    this.#wasComment = true;
  }
}
