/**
 * Parses the upstream's URL.
 *
 * @throws {TypeError} if it is not an http(s) URL, or has a query or a password.
 */
export function upstreamUrl(text: string | URL): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isUsable = url !== null &&
    (url.protocol === "http:" || url.protocol === "https:") &&
    url.search + url.hash + url.username + url.password === "";
  if (!isUsable) {
    throw new TypeError(
      `Cannot proxy to ${
        JSON.stringify(String(text))
      }: expected a URL such as http://127.0.0.1:3000`,
    );
  }
  return url;
}
