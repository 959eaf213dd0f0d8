/**
 * Makes a browser delete this site's data except cookies: the session cookie is deleted by name,
 * and the known-device cookie outlives logouts. Under a base path, storage stays, as it belongs to
 * another app on the host.
 */
export function clearSiteData(headers: Headers, basePath: string): void {
  headers.set(
    "clear-site-data",
    basePath === "" ? '"cache", "storage"' : '"cache"',
  );
}
