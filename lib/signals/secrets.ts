import { BIT } from "./signal.ts";

/** Names of fields in which people type, and programs make up, whatever characters they like. */
const SECRET =
  /pass(?:w(?:or)?d|phrase|code)?\d?(?:$|[^a-z])|passw|pwd|kennwort|contrase|mot_de_passe|senha|secret|_pass/i;

/** What no generator of passwords puts together, and a login's query would fall for. */
const CONDITION =
  /\b(?:or|and|xor|union|select|sleep|waitfor|benchmark|like)\b|^[\w@.-]{3,64}['"]\)*\s{0,4}(?:--|#|\/\*)/i;

/** Whether a name is one of a password's field. */
export function isSecret(name: string): boolean {
  return name.length < 64 && SECRET.test(name);
}

/** What counts of all that a password shows. */
export function ofSecret(found: number, value: string): number {
  if (found === 0) return 0;
  return found & (CONDITION.test(value) ? BIT.sqli | BIT.jndi : BIT.jndi);
}
