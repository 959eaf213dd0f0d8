import { BIT } from "./signal.ts";

/** Names of fields whose values may contain any characters. */
const SECRET =
  /pass(?:w(?:or)?d|phrase|code)?\d?(?:$|[^a-z])|passw|pwd|kennwort|contrase|mot_de_passe|senha|secret|_pass/i;

/** SQL conditions, which no password generator produces. */
const CONDITION =
  /\b(?:or|and|xor|union|select|sleep|waitfor|benchmark|like)\b|^[\w@.-]{3,64}['"]\)*\s{0,4}(?:--|#|\/\*)/i;

/** Whether a name is that of a password field. */
export function isSecret(name: string): boolean {
  return name.length < 64 && SECRET.test(name);
}

/** The signals that count in a password. */
export function ofSecret(found: number, value: string): number {
  if (found === 0) return 0;
  return found & (CONDITION.test(value) ? BIT.sqli | BIT.jndi : BIT.jndi);
}
