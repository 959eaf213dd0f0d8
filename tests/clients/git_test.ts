import { assertEquals } from "@std/assert";
import { compareClient, find, run, treeOf } from "./_bench.ts";
import { startNginx } from "./_nginx.ts";

const AUTHOR = {
  GIT_AUTHOR_NAME: "Ann",
  GIT_AUTHOR_EMAIL: "ann@example.org",
  GIT_COMMITTER_NAME: "Ann",
  GIT_COMMITTER_EMAIL: "ann@example.org",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_TERMINAL_PROMPT: "0",
};

compareClient("git at http-backend, with a chunked push", {
  needs: ["git", "nginx", "fcgiwrap", "git-http-backend"],
  async start(folder) {
    const repository = `${folder}/repositories/a.git`;
    const git = (...args: string[]) => run("git", args, { env: AUTHOR });
    await git("init", "--bare", "-b", "main", repository);
    await git("-C", repository, "config", "http.receivepack", "true");
    const socket = `${folder}/cgi.sock`;
    const cgi = new Deno.Command(find("fcgiwrap")!, {
      args: ["-s", `unix:${socket}`],
      env: { HOME: folder, ...AUTHOR },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    const nginx = await startNginx(
      folder,
      `
    client_max_body_size 0;
    location / {
      fastcgi_pass unix:${socket};
      fastcgi_param SCRIPT_FILENAME ${find("git-http-backend")};
      fastcgi_param GIT_PROJECT_ROOT ${folder}/repositories;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_param REMOTE_USER ann;
    }`,
    );
    return {
      url: nginx.url,
      async [Symbol.asyncDispose]() {
        await nginx[Symbol.asyncDispose]();
        cgi.kill("SIGTERM");
        await cgi.status;
      },
    };
  },
  async client(url, folder) {
    const codes: number[] = [];
    const work = `${folder}/work`;
    const git = async (...args: string[]) => {
      const { code, stdout } = await run("git", args, { env: AUTHOR });
      codes.push(code);
      return stdout;
    };
    await git("clone", "-q", `${url}/a.git`, work);
    const bytes = new Uint8Array(2_000_000).map((_, i) =>
      (i * 2_654_435_761) >>> 24
    );
    await Deno.writeFile(`${work}/big.bin`, bytes);
    await git("-C", work, "add", ".");
    await git("-C", work, "commit", "-q", "-m", "one");
    // With a buffer of one byte git sends its pack in chunks.
    const buffer = ["-c", "http.postBuffer=1"];
    await git("-C", work, ...buffer, "push", "-q", "origin", "HEAD:main");
    await Deno.writeTextFile(`${work}/b.txt`, "two\n");
    await git("-C", work, "add", ".");
    await git("-C", work, "commit", "-q", "-m", "two");
    await git("-C", work, "push", "-q", "origin", "HEAD:main");
    await git("clone", "-q", "--depth", "1", `${url}/a.git`, `${folder}/again`);
    await git("-C", work, "fetch", "-q", "--unshallow");
    const refs = await git("ls-remote", `${url}/a.git`);
    await git("ls-remote", `${url}/none.git`);
    await Deno.remove(`${folder}/again/.git`, { recursive: true });
    const tree = await treeOf(`${folder}/again`);
    assertEquals(Object.keys(tree), ["b.txt", "big.bin"]);
    return { codes, refs, tree };
  },
});
