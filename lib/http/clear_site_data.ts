/**
 * Has a browser forget what it keeps of this site besides cookies: the session's is taken from it by
 * name, and the known device's outlives logouts. Under a base path the rest of the host is another
 * app's, whose storage stays.
 */
export function clearSiteData(headers: Headers, basePath: string): void {
  headers.set(
    "clear-site-data",
    basePath === "" ? '"cache", "storage"' : '"cache"',
  );
}
