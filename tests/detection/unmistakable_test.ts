import { isEntrance } from "../../lib/detection/entrances.ts";
import {
  type Unmistakable,
  unmistakableIn,
} from "../../lib/detection/unmistakable.ts";
import { assertEquals } from "@std/assert";

/** Of these, one request cannot be an accident. */
const ONE_IS_ENOUGH: Record<Unmistakable, string[]> = {
  exploit: [
    "/GponForm/diag_Form",
    "//boaform/admin/formLogin",
    "/cgi-bin/hi3510/param.cgi",
    "/webfig/",
    "/level/15/exec/-/sh/run/CR",
    "/dana-cached/fb/smb/wfmd.cgi",
    "/vpns/cfg/smb.conf",
    "/mifs/aad/api/v2/authorized/users",
    "/struts2-rest-showcase/orders/3",
    "/bea_wls_internal/a.jsp",
    "/FxCodeShell.jsp%20",
    "/_layouts/15/ToolPane.aspx",
    "/owa/auth/RedirSuiteServerProxy.aspx",
    "/cluster/apps/new-application",
    "/v1.24/containers/create",
    "/NmapUpperCheck1586423423",
    "/Nmap/folder/check1586423423",
    "/.well-known/acme-challenge/wp.php",
    "/wp-content/uploads/2020/05/x.php",
    "/wp-admin/css/colors/blue/blue.php",
    "/scripts/setup.php",
    "/stalker/clients_live.php",
  ],
  file: [
    "/.env.example",
    "/sendgrid.env",
    "/wp-config.php",
    "/.cursor/mcp.json",
    "/.htaccess",
    "/www-2020.tar.gz",
    "/dump_1.sql.gz",
  ],
  neverServed: ["/.env", "/.git/config", "/storage/logs/laravel.log"],
};

/** People ask for these, or an app of its own may have them. */
const ACCIDENTS = [
  "/",
  "/users/dana",
  "/artists/nwa",
  "/movies/jaws",
  "/vpns/best-of",
  "/products/ssl-vpn",
  "/language/swedish",
  "/~taro/board.cgi",
  "/download/database.tar.gz",
  "/docs/wp-config.php",
  "/ann/site/src/branch/main/.vscode/settings.json",
  "/.well-known/caldav",
  "/.well-known/acme-challenge/abc",
  "/v1.24/info",
  "/formLogin",
  "/saas/api/me",
  "/api/v1/configuration/users",
  "/horizon/api/stats",
];

for (const [kind, paths] of Object.entries(ONE_IS_ENOUGH)) {
  for (const path of paths) {
    Deno.test(`unmistakable: ${path} is one of ${kind}`, () => {
      assertEquals<string | null>(unmistakableIn(path), kind);
    });
  }
}

Deno.test("unmistakable: what may be an accident is not", () => {
  assertEquals(ACCIDENTS.filter((path) => unmistakableIn(path) !== null), []);
});

const ENTRANCES = [
  "/wp-login.php",
  "/blog/wp-login.php",
  "/WordPress/wp-admin/",
  "/phpMyAdmin-4.9.5-all-languages/index.php",
  "/tools/phpmyadmin/",
  "/PMA2012/",
  "/sqlite/main.php",
  "/admin//config.php",
  "/a2billing/admin/Public/index.php",
  "/c/version.js",
  "/owa/auth/logon.aspx",
  "/zabbix/",
  "/console/",
  "/1.php",
  "/wp-content/plugins/any-name/readme.txt",
];
const NO_ENTRANCES = [
  "/",
  "/index.php",
  "/old/viewtopic.php",
  "/wp-content/uploads/2014/05/plan.pdf",
  "/wp-json/oembed/1.0/embed",
  "/pmc/",
  "/console/orders",
  "/club/history/test.php",
  "/main.html",
  "/manual/solr",
];

Deno.test("entrances: of products under their many names", () => {
  assertEquals(ENTRANCES.filter((path) => !isEntrance(path)), []);
  assertEquals(NO_ENTRANCES.filter(isEntrance), []);
});
