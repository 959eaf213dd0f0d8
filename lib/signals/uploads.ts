import { fold } from "./fold.ts";
import { BIT } from "./signal.ts";

/**
 * A script by its extension, also with characters that some file systems remove: dots, spaces,
 * digits.
 */
const SCRIPT =
  /\.\s{0,4}(?:php\d{0,4}|phtml|phar|phps|pht|phpt|php-s|jspx?|jspf?|jsw|jsv|aspx?|ashx|asmx|cer|cdx|shtml)[.\s]{0,20}$/;

/** Files that a server or system program reads itself. */
const OWN =
  /(?:^|[\\/])(?:\.(?:boto|htaccess|htpasswd|user\.ini|env|bashrc|profile|ssh|git|aws|npmrc|netrc|bash_history)|wp-config[-_. ]{0,3}php(?:\.\w{2,4})?|config\.(?:yml|yaml|ini|inc\.php|php)|settings\.(?:php|py)|local\.xml|web\.config|php\.ini|httpd\.conf|mtrr|acpi|passwd|shadow|fstab|sudoers|crontab|authorized_keys|id_rsa|boot\.ini|win\.ini)\s{0,4}$/;

/** A PHP session file, planted under the name that PHP looks for. */
const SESSION = /(?:^|[\\/])sess_[a-z0-9,-]{18,128}$/;

/** The signals of an uploaded file's name. */
export function uploadOf(name: string): number {
  const folded = fold(name);
  if (SCRIPT.test(folded) || SESSION.test(folded)) return BIT.code;
  return OWN.test(folded) ? BIT.lfi : 0;
}
