import { dirname } from "node:path";
import { keyFileOf } from "../accounts/secret_box.ts";
import { isKvFile } from "../store/open.ts";
import { hasModes, readableByOthers } from "../store/owner_only.ts";
import type { DoctorContext } from "./context.ts";
import type { Check } from "./doctor.ts";

/** Who may read the store's files, and what its secrets are encrypted with. */
export async function checkAtRest(
  { config: { kvPath, secretKey } }: Pick<DoctorContext, "config">,
  os: typeof Deno.build.os = Deno.build.os,
): Promise<Check[]> {
  return [
    ...isKvFile(kvPath) ? [await modes(kvPath, os)] : [],
    ...kvPath === ":memory:" ? [] : [secrets(kvPath, secretKey !== null)],
  ];
}

async function modes(
  kvPath: string,
  os: typeof Deno.build.os,
): Promise<Check> {
  const title = "Files";
  if (!hasModes(os)) {
    return {
      level: "ok",
      title,
      detail:
        `Who can read the store's files is what Windows allows for their folder, ${
          dirname(kvPath)
        }; that is not looked at.`,
    };
  }
  const open = await readableByOthers(kvPath).catch(() => []);
  return open.length === 0
    ? {
      level: "ok",
      title,
      detail: "Only their owner can read the store's files.",
    }
    : {
      level: "bad",
      title,
      detail: `Other users can read ${
        open.join(", ")
      }: password hashes, sessions and the whole log are in them.`,
      fix: `chmod 600 ${open.join(" ")}`,
    };
}

function secrets(kvPath: string, hasKey: boolean): Check {
  const title = "Stored secrets";
  if (hasKey) {
    return {
      level: "ok",
      title,
      detail:
        "Keys of second factors are encrypted with SECRET_KEY: keep it apart from the backups.",
    };
  }
  const file = keyFileOf(kvPath);
  return file === null
    ? {
      level: "warn",
      title,
      detail:
        "Keys of second factors are stored unencrypted: SECRET_KEY is not set, and each process would create its own key.",
      fix: "SECRET_KEY=<the output of openssl rand -base64 32>",
    }
    : {
      level: "ok",
      title,
      detail:
        `Keys of second factors are encrypted with ${file}: back it up, apart from the backups of the store.`,
    };
}
