import { decodePath } from "../base/decode_path.ts";

/** Segments of paths that scanners try on every site. */
const SEGMENTS = new Set([
  // WordPress, Joomla, Drupal and their tools
  "wp-admin",
  "wp-login.php",
  "wp-config.php",
  "wp-content",
  "wp-includes",
  "wp-json",
  "xmlrpc.php",
  "wlwmanifest.xml",
  "administrator",
  "admin.php",
  "configuration.php",
  "config.php",
  "install.php",
  "setup.php",
  "phpinfo.php",
  "info.php",
  "shell.php",
  "eval-stdin.php",
  // Databases
  "phpmyadmin",
  "phpmyadmin2",
  "pma",
  "myadmin",
  "mysqladmin",
  "adminer.php",
  // Secrets and repositories left in the open
  ".git",
  ".svn",
  ".hg",
  ".aws",
  ".ssh",
  ".htpasswd",
  ".htaccess",
  ".ds_store",
  ".npmrc",
  ".vscode",
  "id_rsa",
  "web.config",
  "dump.sql",
  "backup.sql",
  "backup.zip",
  // Servers and appliances
  "server-status",
  "actuator",
  "cgi-bin",
  "boaform",
  "hnap1",
  "goform",
  "jmx-console",
  "web-inf",
  "solr",
  "_profiler",
  "telescope",
  "owa",
  "autodiscover",
  "geoserver",
  "struts2-showcase",
]);

/** How such segments begin. */
const BEGINNINGS = [".env", "phpmyadmin-", "wp-config.php."];

/**
 * Makes the function that tells whether a path is one that scanners are known for. Whether the app
 * has such a page is for the caller to know: its status says so.
 */
export function compileProbePaths(): (path: string) => boolean {
  return function isProbe(path) {
    const segments = decodePath(path).toLowerCase().split("/");
    return segments.some((segment) =>
      SEGMENTS.has(segment) ||
      BEGINNINGS.some((beginning) => segment.startsWith(beginning))
    );
  };
}
