import { assertEquals } from "@std/assert";
import { ADMIN } from "./_admin.ts";

/** Logs the admin in like a browser; returns the cookies and the redirect. */
export async function logInByForm(
  origin: string,
  path = "/login",
): Promise<{ cookie: string; to: string | null }> {
  const response = await fetch(`${origin}${path}`, {
    method: "POST",
    redirect: "manual",
    headers: { origin, "sec-fetch-site": "same-origin" },
    body: new URLSearchParams({ ...ADMIN }),
  });
  await response.body?.cancel();
  assertEquals(response.status, 303);
  const cookie = response.headers.getSetCookie()
    .map((one) => one.split(";")[0]).join("; ");
  return { cookie, to: response.headers.get("location") };
}
