/**
 * The steps of a new user with Deno, an empty folder and a registry.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { taskEnv } from "../_server.ts";
import { waitFor } from "../_wait.ts";

/** The output and exit status of a command. */
export interface Ran {
  code: number;
  out: string;
}

/** A running app. */
export interface Served extends AsyncDisposable {
  origin: string;
  /** Its output so far. */
  out(): string;
}

/** A new user's folder. */
export interface Newcomer extends AsyncDisposable {
  folder: string;
  /** The number of commands typed so far. */
  commands: string[];
  write(name: string, text: string): Promise<void>;
  /** Runs `deno …`. */
  deno(...args: string[]): Promise<Ran>;
  /** Runs `deno …`, which serves; resolves once it listens. */
  serve(...args: string[]): Promise<Served>;
  /** The npm packages that were downloaded, if the cache is the user's own. */
  fromNpm(): Promise<string[]>;
}

/** Makes an empty folder, with a Deno that knows the registry and no other JSR. */
export async function newcomer(
  registry: string,
  { deno = Deno.execPath(), env: more = {}, sharesNpm = true }: {
    deno?: string;
    env?: Record<string, string>;
    /** Whether the cache already contains this machine's npm packages. */
    sharesNpm?: boolean;
  } = {},
): Promise<Newcomer> {
  const folder = await Deno.makeTempDir({ prefix: "portcullis_new_" });
  const cache = await Deno.makeTempDir({ prefix: "portcullis_deno_" });
  if (sharesNpm) await shareNpm(cache);
  const commands: string[] = [];
  const command = (args: string[]) => {
    commands.push(`deno ${args.join(" ")}`);
    return new Deno.Command(deno, {
      args,
      cwd: folder,
      clearEnv: true,
      env: taskEnv({
        JSR_URL: registry,
        DENO_DIR: cache,
        // Older Denos revalidate cached files, and need this to know the machine's certificate
        // authorities.
        DENO_TLS_CA_STORE: "mozilla,system",
        NO_COLOR: "1",
        DENO_NO_UPDATE_CHECK: "1",
        DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
        HOST: "127.0.0.1",
        PORT: "0",
        ...more,
      }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  };
  return {
    folder,
    commands,
    write: (name, text) => Deno.writeTextFile(`${folder}/${name}`, text),
    async deno(...args) {
      const { code, stdout, stderr } = await command(args).output();
      const text = new TextDecoder();
      return { code, out: text.decode(stdout) + text.decode(stderr) };
    },
    serve: (...args) => serve(command(args).spawn()),
    fromNpm: () => packagesIn(`${cache}/npm/registry.npmjs.org`),
    async [Symbol.asyncDispose]() {
      for (const each of [folder, cache]) {
        await Deno.remove(each, { recursive: true });
      }
    },
  };
}

/**
 * The response of an app once its guard is open: a request waits for up to two seconds, which a
 * busy machine may need, and then gets 503.
 */
export async function firstAnswer(
  origin: string,
  out: () => string,
): Promise<[status: number, text: string]> {
  try {
    return await waitFor("the guard to open", async () => {
      const response = await fetch(origin, { redirect: "manual" });
      const text = await response.text();
      return response.status === 503 ? null : [response.status, text];
    });
  } catch (error) {
    throw new Error(out(), { cause: error });
  }
}

/** Logs in to the console with a password, from which a worker derives a key. */
export async function logsIn(
  { origin, out }: Pick<Served, "origin" | "out">,
): Promise<void> {
  const response = await fetch(`${origin}/portcullis/login`, {
    method: "POST",
    headers: { origin },
    body: new URLSearchParams({
      username: ADMIN.ADMIN_USERNAME,
      password: ADMIN.ADMIN_PASSWORD,
    }),
    redirect: "manual",
  });
  await response.body?.cancel();
  assertEquals(response.status, 303, out());
  const cookie = response.headers.getSetCookie()
    .map((each) => each.split(";")[0]).join("; ");
  const page = await fetch(`${origin}/portcullis/admin`, {
    headers: { cookie },
  });
  assertEquals(page.status, 200, out());
  assertStringIncludes(await page.text(), "</html>");
  // Modules that are loaded on demand, such as the worker that derives keys, are available.
  assertEquals(out().match(/not found|Uncaught|"ERROR"/g) ?? [], [], out());
}

/** The environment for an admin at the start. */
export const ADMIN = {
  ADMIN_USERNAME: "ann",
  ADMIN_PASSWORD: "a password for tests",
};

/** Waits until the process prints its address. */
export async function serve(child: Deno.ChildProcess): Promise<Served> {
  let out = "";
  const reading = [child.stdout, child.stderr].map((stream) =>
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (out += text) }))
  );
  const status = child.status.then((status) => ({ ended: status }));
  // Downloads are printed with their URLs, too.
  const find = () =>
    /^(?!Download ).*?(https?:\/\/127\.0\.0\.1:\d+)/m.exec(out)?.[1];
  while (find() === undefined) {
    const ended = await Promise.race([
      status,
      new Promise<null>((resolve) => setTimeout(resolve, 20, null)),
    ]);
    if (ended !== null) {
      await Promise.all(reading);
      assert(false, `It ended with ${ended.ended.code}: ${out}`);
    }
  }
  return {
    origin: find()!,
    out: () => out,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await Promise.all([status, ...reading]);
    },
  };
}

/** npm's packages are not tested here, and need not be downloaded again. */
async function shareNpm(cache: string): Promise<void> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json"],
  }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  await Deno.mkdir(npmCache, { recursive: true });
  await Deno.symlink(npmCache, `${cache}/npm`);
}

/** The names of the packages whose files are in a cache. */
async function packagesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  async function look(below: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder + below)) {
      if (isDirectory && name.startsWith("@")) await look(`/${name}`);
      else if (isDirectory && await hasVersion(`${folder}${below}/${name}`)) {
        names.push(`${below}/${name}`.slice(1));
      }
    }
  }
  await look("");
  return names.sort();
}

/** npm's metadata of a package is stored beside the folders of its versions. */
async function hasVersion(folder: string): Promise<boolean> {
  for await (const { isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) return true;
  }
  return false;
}
