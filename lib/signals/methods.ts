/**
 * The methods registered at IANA (HTTP Method Registry, read in November 2026) except `PRI`, which
 * only opens an HTTP/2 connection, and `*`, which is reserved; and unregistered ones of deployed
 * software, each with its source.
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
  // Cache purges: Squid, Varnish, Fastly, nginx
  "PURGE",
  // UPnP (GENA, SSDP), Exchange and Icecast; node:http knows them, too
  "M-SEARCH",
  "NOTIFY",
  "SOURCE",
  "SUBSCRIBE",
  "UNSUBSCRIBE",
]);

/** Whether a method is known; methods are case-sensitive (RFC 9110, 9.1). */
export function isKnownMethod(method: string): boolean {
  return METHODS.has(method);
}
