import { type OriginPolicy, provesSameOrigin } from "../http/same_origin.ts";

/** Larger bodies are not kept. */
const MAX_BYTES = 8_192;
const MAX_FIELDS = 200;

/**
 * The fields of a form that a challenge may send again, or null.
 *
 * Only forms of our own pages: sent again by the challenge's page, a form of another site would
 * come from this one, with its cookies, which is what cross-site checks are there to prevent.
 */
export async function keptForm(
  request: Request,
  origins: OriginPolicy = { publicOrigin: null },
): Promise<[name: string, value: string][] | null> {
  const { headers, method, body } = request;
  const type = headers.get("content-type")?.split(";", 1)[0]?.trim()
    .toLowerCase();
  const size = Number(headers.get("content-length") ?? NaN);
  if (
    method !== "POST" || body === null ||
    type !== "application/x-www-form-urlencoded" ||
    !(size >= 0 && size <= MAX_BYTES)
  ) return null;
  if (!provesSameOrigin(request, origins)) return null;
  try {
    const bytes = new Uint8Array(await request.arrayBuffer());
    if (bytes.length > MAX_BYTES) return null;
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const fields = [...new URLSearchParams(text)];
    return fields.length > MAX_FIELDS ? null : fields;
  } catch {
    return null;
  }
}
