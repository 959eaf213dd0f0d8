/**
 * The methods that are registered at IANA (HTTP Method Registry, read in November 2026) but `PRI`,
 * which only opens an HTTP/2 connection, and `*`, which is reserved; and those that deployed
 * software uses without having registered them, each with who.
 */
const METHODS = new Set([
  "ACL",
  "BASELINE-CONTROL",
  "BIND",
  "CHECKIN",
  "CHECKOUT",
  "CONNECT",
  "COPY",
  "DELETE",
  "GET",
  "HEAD",
  "LABEL",
  "LINK",
  "LOCK",
  "MERGE",
  "MKACTIVITY",
  "MKCALENDAR",
  "MKCOL",
  "MKREDIRECTREF",
  "MKWORKSPACE",
  "MOVE",
  "OPTIONS",
  "ORDERPATCH",
  "PATCH",
  "POST",
  "PROPFIND",
  "PROPPATCH",
  "PUT",
  "QUERY",
  "REBIND",
  "REPORT",
  "SEARCH",
  "TRACE",
  "UNBIND",
  "UNCHECKOUT",
  "UNLINK",
  "UNLOCK",
  "UPDATE",
  "UPDATEREDIRECTREF",
  "VERSION-CONTROL",
  // Caches that are told to forget: Squid, Varnish, Fastly, nginx
  "PURGE",
  // UPnP (GENA, SSDP), Exchange and Icecast; node:http knows them, too
  "M-SEARCH",
  "NOTIFY",
  "SOURCE",
  "SUBSCRIBE",
  "UNSUBSCRIBE",
]);

/** Whether anybody has such a method; methods are case-sensitive (RFC 9110, 9.1). */
export function isKnownMethod(method: string): boolean {
  return METHODS.has(method);
}
