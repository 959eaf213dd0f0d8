/**
 * The environment, read once at start. Nothing else reads it.
 *
 * @module
 */
import { closeDatabases, openOwnDatabases } from "../geo/own_databases.ts";
import {
  type Config,
  ConfigError,
  type Environment,
  parseConfig,
} from "../settings/config.ts";
import type { SettingOptions } from "../settings/options.ts";
import { readEnvText } from "../settings/env_file.ts";
import { SECRETS } from "../settings/table.ts";

/**
 * The configuration of this process: the environment, then `.env` in the working directory, if
 * there is one.
 *
 * @param options Settings that take precedence over both, by their names in camel case.
 * @param defaults Defaults for variables set in neither.
 * @throws {ConfigError} see {@linkcode parseConfig}
 */
export function readConfig(
  options: SettingOptions = {},
  defaults: Environment = {},
): Config {
  const env = { ...defaults, ...readEnvironment() };
  const config = parseConfig(env, options);
  // KV Connect's client reads its token from the environment by itself.
  const token = config.denoKvAccessToken;
  if (token && !Deno.env.has("DENO_KV_ACCESS_TOKEN")) {
    Deno.env.set("DENO_KV_ACCESS_TOKEN", token);
  }
  config.policyFile ??= usualPolicyFile();
  checkDatabases(config.geoDatabase);
  return config;
}

/** Custom data files are checked before anything is opened. */
function checkDatabases(files: readonly string[]): void {
  try {
    closeDatabases(openOwnDatabases(files));
  } catch (error) {
    throw new ConfigError(
      `GEO_DATABASE is ${
        JSON.stringify(files.join(","))
      }: expected MMDB files, separated by commas: ${
        (error as Error).message.split("\n", 1)[0]
      }`,
    );
  }
}

/** `./portcullis.jsonc`, where there is one. */
function usualPolicyFile(): string | null {
  const file = "./portcullis.jsonc";
  try {
    return Deno.statSync(file).isFile ? file : null;
  } catch {
    return null;
  }
}

/** The environment, `.env`, and the contents of files named by `<name>_FILE`. */
function readEnvironment(): Environment {
  const env: Environment = {
    ...readEnvFile(),
    ...Deno.env.toObject(),
  };
  for (const name of SECRETS) {
    const file = env[`${name}_FILE`]?.trim();
    if (file) env[name] = secretFrom(file, name, env[name]);
  }
  return env;
}

/** A longer file is not a secret but was named by mistake. */
const MAX_SECRET_BYTES = 64 * 1024;

function secretFrom(
  file: string,
  name: string,
  variable: string | undefined,
): string {
  const shown = `${name}_FILE is ${JSON.stringify(file)}`;
  if (variable) {
    throw new ConfigError(`${shown}: expected ${name} not to be set beside it`);
  }
  let text: string;
  try {
    const { size } = Deno.statSync(file);
    if (size > MAX_SECRET_BYTES) throw new Error("it is too large");
    text = Deno.readTextFileSync(file);
  } catch (error) {
    throw new ConfigError(
      `${shown}: expected a file that can be read: ${
        (error as Error).message.split("\n", 1)[0]
      }`,
    );
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new ConfigError(`${shown}: expected a secret in it`);
  return secret;
}

function readEnvFile(): Environment {
  try {
    return readEnvText(Deno.readTextFileSync(".env"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw new ConfigError(`.env cannot be read: ${(error as Error).message}`);
  }
}

/**
 * The access tokens of two KV Connect servers, for copying from one to the other:
 * `KV_FROM_ACCESS_TOKEN`, without it `DENO_KV_ACCESS_TOKEN`, and `DENO_KV_ACCESS_TOKEN`.
 */
export function loadKvTokens(): { from?: string; to?: string } {
  const env = readEnvironment();
  const to = env.DENO_KV_ACCESS_TOKEN || undefined;
  return { from: env.KV_FROM_ACCESS_TOKEN || to, to };
}

/** Sets what KV Connect's client reads when it opens a store. */
export function setKvToken(token: string | undefined): void {
  if (token) Deno.env.set("DENO_KV_ACCESS_TOKEN", token);
  else Deno.env.delete("DENO_KV_ACCESS_TOKEN");
}

/** {@linkcode readConfig}, but a bad variable ends the process with status 1 and one line. */
export function loadConfigOrExit(
  print: (line: string) => void = console.error,
): Config {
  try {
    return readConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print(error.message);
    Deno.exit(1);
  }
}
