import {
  compareClient,
  find,
  freePort,
  plain,
  run,
  startApp,
} from "./_bench.ts";

const SETUP = `from setuptools import setup
setup(name="portcullis-tried", version="1.0", py_modules=["tried"])
`;

compareClient("twine and pip at pypiserver", {
  needs: ["twine", "pip", "pypi-server"],
  async start(folder) {
    await Deno.mkdir(`${folder}/packages`);
    const port = freePort();
    return await startApp("pypi-server", [
      ...["run", "-p", `${port}`, "-i", "127.0.0.1", "-a", ".", "-P", "."],
      ...["--disable-fallback", `${folder}/packages`],
    ], port);
  },
  async client(url, folder) {
    await Deno.mkdir(`${folder}/source`);
    await Deno.writeTextFile(`${folder}/source/setup.py`, SETUP);
    await Deno.writeTextFile(`${folder}/source/tried.py`, "print('tried')\n");
    const env = { HOME: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" };
    const outcomes: [number, string][] = [];
    const tried = async (program: string, ...args: string[]) => {
      const options = { cwd: `${folder}/source`, env };
      const { code } = await run(program, args, options);
      outcomes.push([code, program]);
    };
    const python = find("pip")!.replace(/pip$/, "python");
    await tried(python, "setup.py", "-q", "sdist");
    const upload = ["upload", "--repository-url", `${url}/`];
    const file = (await Array.fromAsync(Deno.readDir(`${folder}/source/dist`)))
      .map(({ name }) => `dist/${name}`);
    await tried("twine", ...upload, "-u", "a", "-p", "b", ...file);
    // The same upload again is a conflict.
    await tried("twine", ...upload, "-u", "a", "-p", "b", ...file);
    const index = ["--index-url", `${url}/simple/`, "--no-cache-dir"];
    const download = ["download", "-q", "--no-deps", "--no-build-isolation"];
    const name = "portcullis-tried";
    await tried("pip", ...download, ...index, "-d", `${folder}/got`, name);
    await tried("pip", ...download, ...index, "-d", `${folder}/got`, "missing");
    const got = (await Array.fromAsync(Deno.readDir(`${folder}/got`)))
      .map(({ name }) => name);
    return { outcomes, got };
  },
});

compareClient("vdirsyncer at radicale", {
  needs: ["vdirsyncer", "radicale"],
  async start(folder) {
    const port = freePort();
    return await startApp("radicale", [
      ...["--server-hosts", `127.0.0.1:${port}`, "--auth-type", "none"],
      ...["--storage-filesystem-folder", `${folder}/radicale`],
    ], port);
  },
  async client(url, folder) {
    const event = (uid: string) =>
      [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//tests//EN",
        "BEGIN:VEVENT",
        `UID:${uid}`,
        "DTSTAMP:20260101T000000Z",
        "DTSTART:20260102T000000Z",
        `SUMMARY:${uid} caf\u00e9`,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
      ].join("\r\n");
    // radicale requires an existing collection.
    const made = await run("curl", [
      ...["-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "MKCALENDAR"],
      ...["-u", "ann:x", `${url}/ann/work/`],
    ]);
    await Deno.mkdir(`${folder}/here/work`, { recursive: true });
    for (const uid of ["one", "two", "three"]) {
      await Deno.writeTextFile(`${folder}/here/work/${uid}.ics`, event(uid));
    }
    await Deno.writeTextFile(
      `${folder}/config`,
      `[general]
status_path = "${folder}/status/"
[pair calendar]
a = "here"
b = "there"
collections = ["work"]
[storage here]
type = "filesystem"
path = "${folder}/here/"
fileext = ".ics"
[storage there]
type = "caldav"
url = "${url}/ann/"
username = "ann"
password = "x"
`,
    );
    const sync = async (...args: string[]) => {
      const { code } = await run(
        "vdirsyncer",
        ["-c", `${folder}/config`, ...args],
        { env: { HOME: folder }, stdin: "y\ny\n" },
      );
      return code;
    };
    const codes = [await sync("discover"), await sync("sync")];
    await Deno.remove(`${folder}/here/work/two.ics`);
    await Deno.writeTextFile(`${folder}/here/work/four.ics`, event("four"));
    codes.push(await sync("sync"), await sync("sync"));
    const report = await run("curl", [
      ...["-s", "-X", "REPORT", "-u", "ann:x", "-H", "Depth: 1"],
      ...["--data", REPORT, `${url}/ann/work/`],
    ]);
    return {
      codes,
      made: made.stdout,
      events: [...plain(report.stdout, url, folder).matchAll(/SUMMARY:.*/g)]
        .map(([line]) => line.trim()).sort(),
    };
  },
});

const REPORT =
  `<C:calendar-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:prop><C:calendar-data/></D:prop><C:filter><C:comp-filter name="VCALENDAR"/></C:filter></C:calendar-query>`;

const VERDACCIO = `storage: ./storage
auth: { htpasswd: { file: ./htpasswd, max_users: 10 } }
packages:
  "**": { access: $all, publish: $all, unpublish: $all }
log: { type: stdout, level: error }
`;

compareClient("npm at verdaccio", {
  needs: ["npm", "verdaccio"],
  async start(folder) {
    const port = freePort();
    await Deno.writeTextFile(`${folder}/verdaccio.yaml`, VERDACCIO);
    return await startApp(
      "verdaccio",
      [
        ...[
          "--config",
          `${folder}/verdaccio.yaml`,
          "--listen",
          `127.0.0.1:${port}`,
        ],
      ],
      port,
      { cwd: folder, env: { HOME: folder } },
    );
  },
  async client(url, folder) {
    const source = `${folder}/source`;
    await Deno.mkdir(source);
    await Deno.writeTextFile(
      `${source}/package.json`,
      JSON.stringify({ name: "@tried/one", version: "1.0.0", main: "main.js" }),
    );
    await Deno.writeTextFile(`${source}/main.js`, "module.exports = 1;\n");
    await Deno.writeTextFile(
      `${folder}/.npmrc`,
      `registry=${url}/\n//${url.slice(7)}/:_authToken=none\n`,
    );
    const npm = async (cwd: string, ...args: string[]) => {
      const { code, stdout } = await run("npm", args, {
        cwd,
        env: {
          HOME: folder,
          npm_config_userconfig: `${folder}/.npmrc`,
          npm_config_cache: `${folder}/cache`,
          npm_config_registry: `${url}/`,
          npm_config_audit: "false",
          npm_config_fund: "false",
          npm_config_update_notifier: "false",
        },
      });
      return [code, plain(stdout, url, folder).replace(/\s+/g, " ")];
    };
    await Deno.mkdir(`${folder}/user`);
    return [
      await npm(source, "publish", "--silent"),
      await npm(source, "publish", "--silent"),
      await npm(folder, "view", "@tried/one", "version"),
      await npm(`${folder}/user`, "install", "--silent", "@tried/one"),
      await npm(`${folder}/user`, "install", "--silent", "@tried/none"),
      await npm(folder, "dist-tag", "add", "@tried/one@1.0.0", "stable"),
      await npm(folder, "dist-tag", "ls", "@tried/one"),
      await npm(folder, "unpublish", "--force", "--silent", "@tried/one@1.0.0"),
      await Deno.readTextFile(
        `${folder}/user/node_modules/@tried/one/main.js`,
      ),
    ];
  },
});
