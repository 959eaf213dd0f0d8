/**
 * Makes a browser delete this site's data except cookies: the session's is deleted by name, and the
 * known device's outlives logouts. Under a base path the rest of the host is another app's, whose
 * storage stays.
 */
export function clearSiteData(headers: Headers, basePath: string): void {
  headers.set(
    "clear-site-data",
    basePath === "" ? '"cache", "storage"' : '"cache"',
  );
}
