/**
 * Generates the settings part of documents and commands from their table.
 *
 * @module
 */
import { optionName, type SettingUser } from "./setting.ts";
import { HELP, type SettingHelp } from "./help.ts";
import { SECRETS, SETTING_LIST } from "./table.ts";

/** The description of one setting. */
export interface DescribedSetting {
  name: string;
  /** Markdown; empty without a default. */
  default: string;
  help: string;
  used_by: readonly SettingUser[];
  is_secret: boolean;
}

/** Every setting, or those that one user reads. */
export function describeSettings(user?: SettingUser): DescribedSetting[] {
  return SETTING_LIST
    .filter(({ usedBy }) => user === undefined || usedBy.includes(user))
    .map((setting) => ({
      name: setting.name,
      default: HELP[setting.name].defaultHelp ??
        (typeof setting.default === "string" ? `\`${setting.default}\`` : ""),
      help: HELP[setting.name].help,
      used_by: setting.usedBy,
      is_secret: setting.isSecret ?? false,
    }));
}

/** README's table, formatted as by `deno fmt`. */
export function settingsTable(): string {
  const rows = [
    ["variable", "default", ""],
    ...describeSettings().map((each) => [
      `\`${each.name}\``,
      each.default,
      each.help,
    ]),
    [
      "`*_FILE`",
      "",
      `a file with the secret: ${
        SECRETS.map((name) => `\`${name}\``).join(", ")
      }`,
    ],
  ];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  const lines = rows.map((row) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [lines[0], rule, ...lines.slice(1)].join("\n");
}

/** A `.env` template with every setting commented out. */
export function envExample(): string {
  const blocks = SETTING_LIST.map((setting) => {
    const { default: fallback, name } = setting;
    const { help, defaultHelp }: SettingHelp = HELP[name];
    const value = typeof fallback === "string" ? fallback : "";
    const about = value === "" && defaultHelp
      ? `${help} (default: ${defaultHelp})`
      : help;
    return `# ${plain(about)}\n# ${name}=${value}\n`;
  });
  return `# Copy to .env, which is read at start; set variables win over it.\n` +
    `# A secret can be read from a file: <NAME>_FILE=<path>.\n\n` +
    blocks.join("\n");
}

/** `options.ts`: the types of the settings as options. */
export function optionsModule(): string {
  const fields = SETTING_LIST.map((setting) => {
    const { default: fallback, parser } = setting;
    const { defaultHelp }: SettingHelp = HELP[setting.name];
    const help = HELP[setting.name].help.replace(
      /^\S/,
      (first) => first.toUpperCase(),
    );
    const value = defaultHelp ??
      (typeof fallback === "string" ? JSON.stringify(fallback) : "none");
    return `  /**\n   * \`${setting.name}\`: ${help}.\n   *\n   * @default ${value}\n   */\n` +
      `  ${optionName(setting.name)}?: ${parser.option} | null;\n`;
  });
  const guard = SETTING_LIST.filter(({ usedBy }) => usedBy.includes("guard"))
    .map(({ name }) => `  | "${optionName(name)}"`);
  return `// Made of table.ts by \`deno task settings --write\`.\n` +
    `import type { Rate } from "../limits/rate.ts";\n` +
    `import type { Cidr } from "../net/cidr.ts";\n\n` +
    `/**\n * The settings as options, named as their variables are, in camel case. Texts mean the same as in\n` +
    ` * the variables; null is the same as no value.\n *\n` +
    example(
      "SettingOptions",
      "const settings: SettingOptions = {",
      '  trustedProxies: "10.0.0.0/8",',
      "  ipv6Prefix: 56,",
      '  privacyIp: "hashed",',
      "};",
    ) + ` */\n` +
    `export interface SettingOptions {\n${fields.join("\n")}}\n\n` +
    `/**\n * The settings of the guard alone.\n *\n` +
    example(
      "GuardOption, SettingOptions",
      'const settings: Pick<SettingOptions, GuardOption> = { logRetention: "7d" };',
    ) + ` */\n` +
    `export type GuardOption =\n${guard.join("\n")};\n`;
}

/** An example in a comment, which is run as a test. */
function example(names: string, ...lines: string[]): string {
  const all = [
    `import type { ${names} } from "@portcullis/portcullis/guard";`,
    "",
    ...lines,
  ].map((line) => ` * ${line}`.trimEnd());
  return ` * @example\n * \`\`\`ts\n${all.join("\n")}\n * \`\`\`\n`;
}

/** The lines of `--help` for the settings of one user, or for all. */
export function settingsHelp(user?: SettingUser): string {
  const settings = describeSettings(user);
  const width = Math.max(...settings.map(({ name }) => name.length)) + 2;
  return settings.map((each) => {
    const fallback = each.default === "" ? "" : ` (${plain(each.default)})`;
    return `  ${each.name.padEnd(width)}${plain(each.help)}${fallback}`;
  }).join("\n");
}

function plain(markdown: string): string {
  return markdown.replaceAll("`", "");
}
