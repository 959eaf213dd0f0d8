import type { SeenBody } from "../http/first_piece.ts";
import { type OriginPolicy, provesSameOrigin } from "../http/same_origin.ts";
import type { RequestView } from "../http/request_view.ts";

/** Larger bodies are not kept. */
const MAX_BYTES = 8_192;
const MAX_FIELDS = 200;

/**
 * The fields of a form that a challenge may resubmit, or null.
 *
 * Only forms of our own pages: if the challenge's page resubmitted a form of another site, it would
 * come from this one, with its cookies, which cross-site checks exist to prevent.
 *
 * @param seen The body, if it was received completely; else the request itself is read.
 */
export async function keptForm(
  head: RequestView & { readonly original?: Request },
  seen: SeenBody | null,
  origins: OriginPolicy = { publicOrigin: null },
): Promise<[name: string, value: string][] | null> {
  const { headers, method, original } = head;
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim()
    .toLowerCase();
  const size = Number(headers.get("content-length") ?? NaN);
  if (
    method !== "POST" || type !== "application/x-www-form-urlencoded" ||
    !(size >= 0 && size <= MAX_BYTES)
  ) return null;
  if (!provesSameOrigin(head, origins)) return null;
  const text = seen?.text ?? await textOf(original);
  // Invalid text cannot be resubmitted unchanged.
  if (text === null || text.includes("\ufffd")) return null;
  const fields = [...new URLSearchParams(text)];
  return fields.length > MAX_FIELDS ? null : fields;
}

async function textOf(request: Request | undefined): Promise<string | null> {
  if (!request?.body || request.bodyUsed || request.body.locked) return null;
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > MAX_BYTES ? null : new TextDecoder().decode(bytes);
  } catch {
    return null;
  }
}
