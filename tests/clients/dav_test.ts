import { assertEquals } from "@std/assert";
import {
  type App,
  compareClient,
  freePort,
  plain,
  run,
  startApp,
  treeOf,
} from "./_bench.ts";
import { startNginx } from "./_nginx.ts";

async function startWsgidav(folder: string): Promise<App> {
  await Deno.mkdir(`${folder}/www`);
  const port = freePort();
  return await startApp("wsgidav", [
    ...["--host", "127.0.0.1", "--port", `${port}`, "--root", `${folder}/www`],
    ...["--auth", "anonymous", "--no-config", "-q"],
  ], port);
}

/** nginx's own methods, and PROPFIND if Debian's module for it is installed. */
function startNginxDav(folder: string): Promise<App> {
  return startNginx(
    folder,
    `client_max_body_size 0; autoindex on;
    location / {
      dav_methods PUT DELETE MKCOL COPY MOVE; create_full_put_path on;
      dav_ext_methods PROPFIND OPTIONS;
    }`,
    "load_module /usr/lib/nginx/modules/ngx_http_dav_ext_module.so;",
  );
}

const APPS: [
  name: string,
  needs: string[],
  start: (folder: string) => Promise<App>,
][] = [["wsgidav", ["wsgidav"], startWsgidav]];
try {
  Deno.statSync("/usr/lib/nginx/modules/ngx_http_dav_ext_module.so");
  APPS.push(["nginx's DAV", ["nginx"], async (folder) => {
    const app = await startNginxDav(folder);
    return app;
  }]);
} catch {
  console.log("skipped: DAV clients at nginx (libnginx-mod-http-dav-ext)");
}

/** Names and sizes that are known to cause problems. */
async function fill(folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/deep/er`, { recursive: true });
  await Deno.mkdir(`${folder}/empty`);
  const bytes = (size: number) =>
    new Uint8Array(size).map((_, i) => i * 31 + (i >> 7));
  for (
    const [name, size] of [
      ["none", 0],
      ["one", 1],
      ["large.bin", 3_000_000],
      ["a b.txt", 20],
      ["caf\u00e9 \u65e5\u672c.txt", 40],
      ["plus+and&hash#.txt", 60],
      ["percent%20.txt", 70],
      ["deep/er/semi;colon.txt", 80],
    ] as const
  ) await Deno.writeFile(`${folder}/${name}`, bytes(size));
}

for (const [name, needs, start] of APPS) {
  compareClient(`rclone at ${name}`, {
    needs: ["rclone", ...needs],
    start,
    async client(url, folder) {
      await Deno.mkdir(`${folder}/local`);
      await fill(`${folder}/local`);
      const remote = `:webdav:`;
      const codes: number[] = [];
      const rclone = async (...args: string[]) => {
        const { code, stdout } = await run("rclone", [
          ...["--config", "/dev/null", "--webdav-url", url],
          ...["--webdav-vendor", "other", "--retries", "1", ...args],
        ], { env: { HOME: folder } });
        codes.push(code);
        return stdout;
      };
      await rclone("copy", `${folder}/local`, `${remote}copied`);
      const listed = await rclone(
        "lsf",
        "-R",
        "--format",
        "ps",
        `${remote}copied`,
      );
      await rclone("check", `${folder}/local`, `${remote}copied`, "--download");
      await rclone("copy", `${remote}copied`, `${folder}/back`);
      await rclone("moveto", `${remote}copied/one`, `${remote}copied/two`);
      await rclone("deletefile", `${remote}copied/none`);
      await rclone("rcat", `${remote}copied/piped`);
      await rclone("cat", `${remote}copied/missing`);
      await rclone("size", `${remote}copied`);
      await rclone("purge", `${remote}copied/deep`);
      const back = await treeOf(`${folder}/back`);
      const sent = await treeOf(`${folder}/local`);
      for (const [file, digest] of Object.entries(back)) {
        assertEquals(digest, sent[file], file);
      }
      return {
        codes,
        listed: listed.split("\n").sort(),
        back,
        stored: await treeOf(`${folder}/www`),
      };
    },
  });

  compareClient(`litmus at ${name}`, {
    needs: ["litmus", ...needs],
    start,
    async client(url, folder) {
      const { code, stdout } = await run("litmus", [`${url}/`], {
        cwd: folder,
        env: { TESTS: "basic copymove props" },
      });
      const text = plain(stdout, url, folder).replaceAll("\r", "")
        // nginx deletes /frag/ for "/frag/#ment"; the proxy refuses that with 400, as litmus
        // expects.
        .replace(/ 9\. delete_fragment[^]*?(?=10\. mkcol)/, "")
        .replace(/.*delete_fragment.*\n|.*pass \(with 1 warning\)\n/g, "")
        .replace(/-> \d+ warnings? (was|were) issued\.\n/g, "")
        .replace(/^[ .]*10\. mkcol[. ]+(?:10\. mkcol[. ]+)?/m, "10. mkcol");
      return { code, text };
    },
  });

  compareClient(`cadaver at ${name}`, {
    needs: ["cadaver", ...needs],
    start,
    async client(url, folder) {
      await fill(folder);
      const { code } = await run("cadaver", [`${url}/`], {
        cwd: folder,
        env: { HOME: folder },
        stdin: [
          "mkcol things",
          "cd things",
          "put large.bin",
          "put one",
          "ls",
          "copy one two",
          "move two three",
          "get large.bin back.bin",
          "delete one",
          "rmcol nothing",
          "quit",
          "",
        ].join("\n"),
      });
      const sent = await treeOf(folder);
      assertEquals(sent["back.bin"], sent["large.bin"]);
      return { code, stored: await treeOf(`${folder}/www`) };
    },
  });
}
