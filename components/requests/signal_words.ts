import type { Signal } from "../../lib/signals/signal.ts";

/** What each signal means, in a few words. */
export const SIGNAL_WORDS: Record<Signal, string> = {
  sqli: "SQL injection",
  xss: "script injection (XSS)",
  lfi: "path traversal, local files",
  rfi: "inclusion of a remote file",
  rce: "shell commands",
  code: "code of PHP, Node or a template language",
  jndi: "JNDI look-up (Log4Shell)",
  scanner: "user agent of a scanner",
  probe: "a path that only scanners request",
  proxy: "tried to use the server as a proxy",
  protocol: "malformed, forged or contradictory HTTP",
};
