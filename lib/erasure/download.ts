import { jsonBody } from "./json_stream.ts";

/** An answer that a browser saves as a file: all of somebody's data as JSON. */
export function download(
  name: string,
  members: Record<string, unknown> | null,
): Response {
  // A name may hold what a header must not.
  const safe = name.replaceAll(/[^\w.-]+/g, "_").slice(0, 80);
  return new Response(members && jsonBody(members), {
    headers: {
      "content-type": "application/json",
      "content-disposition": `attachment; filename="${safe}.json"`,
      "cache-control": "no-store",
    },
  });
}
