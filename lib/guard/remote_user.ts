import type { FieldReader } from "../http/request_view.ts";
import type { ClientIp } from "./client_ip.ts";
import type { RemoteUser } from "./visitor.ts";

/** The fields to read; null: none. */
export interface RemoteUserSettings {
  remoteUserHeader: string | null;
  remoteRolesHeader: string | null;
}

/** Letters, digits and the characters of names and mail addresses; longer ones are refused. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._@+-]{0,127}$/u;
const MOST_ROLES = 200;

/**
 * Reads the user that a trusted peer names for a request; undefined if no field is configured. From
 * other peers the fields are ignored, as anybody could send them.
 *
 * A repeated field is joined by commas, which no name contains, so two names count as none.
 */
export function remoteUserReader(
  { remoteUserHeader, remoteRolesHeader }: RemoteUserSettings,
  clientIp: Pick<ClientIp, "trusts">,
): ((headers: FieldReader, peer: string) => RemoteUser | null) | undefined {
  if (remoteUserHeader === null) return undefined;
  return function remoteUser(headers, peer) {
    if (!clientIp.trusts(peer)) return null;
    const text = headers.get(remoteUserHeader);
    // Proxies send the field empty for users who are not signed in.
    if (text === null || text.trim() === "") return null;
    const name = decoded(text)?.trim() ?? "";
    return {
      name: NAME.test(name) ? name : null,
      roles: remoteRolesHeader === null
        ? null
        : rolesIn(headers.get(remoteRolesHeader)),
    };
  };
}

/** Names of roles or groups, separated by commas, semicolons or bars, as proxies do. */
function rolesIn(text: string | null): string[] {
  const plain = text === null ? null : decoded(text);
  if (plain === null) return [];
  return plain.split(/[,;|]/, MOST_ROLES).map((role) => role.trim())
    .filter((role) => role !== "");
}

/** A field's text: its bytes are read as UTF-8; null if they are invalid. */
function decoded(text: string): string | null {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  // If the server already decoded them, there are characters that are not bytes.
  // deno-lint-ignore no-control-regex
  if (/[^\x00-\xff]/.test(text)) return text.includes("\ufffd") ? null : text;
  try {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
