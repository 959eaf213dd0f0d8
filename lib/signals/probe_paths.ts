import { decodePath } from "../base/decode_path.ts";

/** Names in paths that scanners try on every site, with the reason. */
export interface Probes {
  why: string;
  /** People request these, too: pages of an app or a tool. */
  shared?: true;
  /** Whole segments, or several consecutive ones, in lower case. */
  names: string;
  /** Beginnings of segments. */
  beginnings?: string;
}

/** All probes, with their reasons. */
export const PROBES: readonly Probes[] = [
  {
    why: "settings with passwords in them, and copies of such files",
    names:
      `.env wp-config.php .htpasswd .npmrc .pypirc .dockercfg .docker .aws .azure .gcloud .kube .s3cfg .boto
.pgpass .netrc .my.cnf .bash_history .zsh_history .mysql_history .terraform .ftpconfig
.remote-sync.json sftp-config.json sftp.json credentials.json service-account.json
wp-config.txt database.yml.bak secrets.yml parameters.yml.bak appsettings.production.json local_settings.py.bak
env.bak aws.yml .flaskenv .msmtprc`,
    beginnings: ".env. .env~ .env- .env_ wp-config.php. wp-config.bak",
  },
  {
    why: "repositories and editors' folders left in the open",
    names:
      `.git .gitlab .svn .hg .bzr cvs .ssh .idea .vscode .vscode-server .settings id_rsa id_dsa
id_ed25519 id_ecdsa authorized_keys .bashrc .profile .viminfo`,
  },
  {
    why: "folders of assistants that write code, with keys",
    names:
      `.claude .cursor .continue .aider .roo .zed .cline .kiro .windsurf .rovodev .codex
.opencode .a0proj .plandex .fabric .n8n .junie .gemini .copilot .codeium .tabnine .augment
.trae .amazonq .goose .crush .qwen .openhands .devin .sourcegraph .supermaven .pearai
.aider.conf.yml .aider.chat.history.md .cursorrules .windsurfrules .clinerules .roomodes
.mcp.json .openai .anthropic .ollama .huggingface`,
    beginnings: ".aider. .claude. .cursor.",
  },
  {
    why: "shells that an earlier intruder may have left",
    names: `c99.php r57.php wso.php wso2.php alfa.php b374k.php cmd.php
backdoor.php uploader.php indoxploit.php marijuana.php
gel4y.php xleet.php leafmailer.php wp-l0gin.php wp-conflg.php cmd.jsp
cmd.aspx cmd.asp antsword.php godzilla.php behinder.php
alfacgiapi alfa_data sllolx.php `,
  },
  {
    why: "one page each of software with a known hole",
    names:
      `eval-stdin.php vendor/phpunit tp/public/index.php tp/index.php elrekt.php level/15/exec htmlawedtest.php getphpinfo.php ztp_gate.php remote_agent.php api/v2/cmdb
api/v2.0/cmdb api/experimental/test cgi-bin/videoconfiguration.cgi crx/packmgr crx/de
crx/explorer sap/bc/gui sap/public/bc sap/hostcontrol core/skin/login.aspx
suite-api/api mgmt/shared/authn api/sonicos/auth rest/v1/authenticationactions
setup/setup-s setup/setupadministrator.action server-setup/setupadministrator
template/aui/text-inline.vm pages/doenterpagevariables.action
plugins/servlet/oauth/users/icon-uri rest/tinymce/1/macro/preview
goanywhere/lic/accept moveitisapi/moveitisapi.dll guestaccess.aspx
human.aspx human2.aspx webtools/control/xmlrpc webtools/control/forgotpassword
api/v1/validate/code api/v1/totp/user-backup-code dana-ws/saml20.ws
oauth/idp/.well-known/openid-configuration epa/scripts nsconfig/ns.conf logon/logonpoint
sslmgr clients/mycpl cgi-bin/ztp cgi-bin/export_debug_msg.exp
spog/welcome versa/login appliance/login.ns zentao/user-login.html
include/dialog/select_templets_post.php api/geojson
functionrouter gateway/routes cobbler_api
maint/modules/home
ajax/render/widget_php ajax/render/widget_tabbedcontainer_tab_panel`,
  },
  {
    why: "what PHP says about its machine",
    names: `phpinfo.php phpinfo _phpinfo.php php_info.php phpinfo1.php pinfo.php
php-info.php infophp.php old_phpinfo.php`,
  },
  {
    why: "databases' consoles in one file",
    names: `adminer.php mysql-adminer.php dumper.php sxd
mysqldumper dbadmin.php phpminiadmin.php`,
    beginnings: "adminer-",
  },
  {
    why: "copies of databases and sites",
    names:
      `dump.sql backup.sql database.sql db.sql mysql.sql site.sql www.sql data.sql users.sql
wordpress.sql dump.sql.gz backup.sql.gz db.sql.gz backup.zip backup.tar.gz backup.tgz
backup.rar www.zip www.tar.gz www.rar site.zip site.tar.gz wwwroot.zip wwwroot.rar
htdocs.zip public_html.zip web.zip website.zip source.zip db_backup.sql dump.zip db.zip
sql.zip database.zip bak.zip`,
  },
  {
    why: "routers, cameras and firewalls with known holes",
    names: `boaform hnap1 goform setup.cgi currentsetting.htm tmunblock.cgi
cgi-bin/luci cgi-bin/viewer cgi-bin/nobody sdk/vimservicelocator
remote/fgt_lang dana-na dana-cached +cscoe+ +cscot+ sslvpn_logon.shtml
wsman device.rsp shell.cgi isapi/security ui_base.js web_shell_cmd.gch
dvr_box onvif/device_service
gponform cgi-bin/mainfunction.cgi cgi-bin/nas_sharing.cgi cgi-bin/supervisor
cgi-bin/authlogin.cgi cgi-bin/kerbynet cgi-bin/jarrewrite.sh cgi-bin/test-cgi
cgi-bin/php cgi-bin/php5 cgi-bin/php4 cgi-bin/bash cgi-bin/sh
php-cgi.exe php-cgi mgmt/tm tmui vpns/portal webui/logoutconfirm.html
evox picsdesc.xml wanipcn.xml upnpdev.xml`,
  },
  {
    why: "consoles of servers and frameworks that run code for whoever asks",
    names:
      `jmx-console web-console/invoker invoker/jmxinvokerservlet invoker/readonly
_ignition/execute-solution _ignition/health-check struts2-showcase struts-showcase
solr/admin manager/html host-manager/html console/login/loginform.jsp
wls-wsat _async/asyncresponseservice uddiexplorer _profiler _wdt _environment
telescope/requests horizon/api/stats actuator/env actuator/heapdump
actuator/gateway actuator/jolokia actuator/configprops actuator/mappings actuator/trace
actuator/httptrace actuator/logfile actuator/threaddump actuator/beans jolokia/list
jolokia/exec heapdump hystrix.stream druid/indexer druid/index.html
nacos/v1 elfinder/php/connector.minimal.php wp-file-manager
debug/default/view debug/pprof __clockwork
api/jsonws/invoke hudson/script jenkins/script asynchpeople
securityrealm/user descriptorbyname ws_utc _layouts/15/toolpane.aspx
ecp/default.flt aspnet_client/system_web
phpunit.xml containers/json v1.41/containers/json v1.24/containers/json
_cat/indices cluster/jobmanager
ws/v1/cluster/apps/new-application servlet/~ic nc/servlet seeyon/htmlofficeservlet
seeyon/thirdpartycontroller.do weaver/bsh.servlet.bshservlet general/login_code.php
thinkphp/html ueditor/controller.ashx
tomcat/manager axis2-admin axis2/axis2-admin
developmentserver/metadatauploader ctcwebservice confluence/pages/createpage-entervariables.action
server-info nifi-api showcase.action
`,
  },
  {
    why: "names by which scanners learn how missing pages look",
    names: "burpcollaborator proxyheader.php azenv.php",
    beginnings:
      "nmaplowercheck nmapuppercheck nice+ports w00tw00t muieblackcat acunetix- wvs_test_",
  },
  {
    why: "asked for to find WordPress",
    names: "wlwmanifest.xml",
  },
  {
    why: "blogs, databases' consoles and servers, where there are none",
    shared: true,
    names: `wp-admin wp-login.php wp-content wp-includes wp-json xmlrpc.php
administrator admin.php configuration.php config.php install.php setup.php info.php
phpmyadmin phpmyadmin2 pma myadmin mysqladmin .ds_store
server-status actuator cgi-bin web-inf solr owa autodiscover geoserver telescope`,
    beginnings: "wp-config.php. phpmyadmin-",
  },
  {
    why: "how a site is built and served",
    names:
      `.htaccess web.config .gitignore .gitmodules .gitattributes .dockerignore .dockerenv
docker-compose.yml docker-compose.yaml docker-compose.override.yml .travis.yml .gitlab-ci.yml
.circleci .drone.yml jenkinsfile composer.lock gemfile.lock .yarnrc .svnignore .php_cs
.user.ini php.ini .well-known.zip nginx.conf httpd.conf`,
  },
];

/** A web shell by its name, or an editor's backup of a script. */
const OLD_OR_SHELL =
  /shell\.(?:php\d?|jspx?|aspx?)$|\.(?:php\d?|jspx?|aspx?|inc|cfg|conf|config)(?:~|\.(?:bak|old|orig|save|swp|swo|backup))$|^\.\w{1,40}\.(?:php\d?|jsp|aspx?)\.sw[op]$/;

interface Names {
  segments: Set<string>;
  /** By the first of several segments. */
  pairs: Map<string, string[]>;
  beginnings: string[];
}

function names(probes: readonly Probes[]): Names {
  const segments = new Set<string>();
  const pairs = new Map<string, string[]>();
  const beginnings: string[] = [];
  for (const probe of probes) {
    for (const name of probe.names.trim().split(/\s+/)) {
      const slash = name.indexOf("/");
      if (slash < 0) segments.add(name);
      else {
        const first = name.slice(0, slash);
        pairs.set(first, [...pairs.get(first) ?? [], name]);
      }
    }
    beginnings.push(...probe.beginnings?.trim().split(/\s+/) ?? []);
  }
  return { segments, pairs, beginnings };
}

function holds(
  { segments, pairs, beginnings }: Names,
  path: readonly string[],
  at: number,
): boolean {
  const segment = path[at]!;
  if (segments.has(segment) || OLD_OR_SHELL.test(segment)) {
    return true;
  }
  if (beginnings.some((beginning) => segment.startsWith(beginning))) {
    return true;
  }
  return pairs.get(segment)?.some((name) => {
    const rest = path.slice(at, at + name.split("/").length).join("/");
    return rest === name || rest.startsWith(`${name}/`);
  }) ?? false;
}

/**
 * Makes a function that checks whether scanners are known to request a path. The caller must check
 * by the status whether the app has such a page.
 */
export function compileProbePaths(): (path: string) => boolean {
  const all = names(PROBES);
  return function isProbe(path) {
    const segments = decodePath(path).toLowerCase().split("/");
    return segments.some((_, at) => holds(all, segments, at));
  };
}

const ONLY = names(PROBES.filter(({ shared }) => !shared));

/** How many segments are checked: a deeper name is one of many in a user's folders. */
const DEEPEST = 4;

/** Longer segments are not probes. */
const LONG = 64;

/** Segments after which a path names its subject: pages of a wiki, files of a repository. */
const ABOUT = new Set(
  `wiki w blog posts post news articles article docs doc documentation manual help questions question
tag tags search topic topics forum thread src raw blob blame tree commit commits compare browse edit
_edit contents browser trac source cgit gitweb gitiles dav webdav remote.php svn`
    .trim().split(/\s+/),
);

/**
 * Segments that may begin a probe, by their first two letters and length: most pages are ruled out
 * here.
 */
const MAYBE = new Uint8Array(4_096);
for (const name of [...ONLY.segments, ...ONLY.pairs.keys()]) {
  MAYBE[placeOf(name.charCodeAt(0), name.charCodeAt(1), name.length)] = 1;
}
for (const name of ONLY.beginnings) {
  for (let length = name.length; length < LONG; length++) {
    MAYBE[placeOf(name.charCodeAt(0), name.charCodeAt(1), length)] = 1;
  }
}

function placeOf(first: number, second: number, length: number): number {
  return (Math.imul(first | 0x20, 619) + Math.imul(second | 0x20, 37) +
    length) & 4_095;
}

/** Parts of names that are matched by patterns, not by lists. */
const MARKS = [
  "%",
  "hell.",
  "~",
  ".bak",
  ".old",
  ".orig",
  ".sav",
  ".sw",
];

/** Whether only scanners request a path, whatever the app. */
export function isProbePath(path: string): boolean {
  if (MARKS.some((mark) => path.includes(mark))) return isProbe(path);
  let depth = 0;
  for (let at = 1; depth < DEEPEST && at <= path.length; depth++) {
    let end = path.indexOf("/", at);
    if (end < 0) end = path.length;
    const place = placeOf(
      path.charCodeAt(at),
      path.charCodeAt(at + 1),
      end - at,
    );
    if (MAYBE[place] === 1) return isProbe(path);
    at = end + 1;
  }
  return false;
}

function isProbe(path: string): boolean {
  const segments = decodePath(path).toLowerCase().split("/").slice(1);
  for (let at = 0; at < Math.min(segments.length, DEEPEST); at++) {
    if (holds(ONLY, segments, at)) return true;
    if (ABOUT.has(segments[at]!)) return false;
  }
  return segments.includes("eval-stdin.php");
}
