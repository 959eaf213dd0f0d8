/** `deno task completions`: shell completions, generated from the commands' arguments. */
import { isProgram, parseTaskArgs, usageError } from "./_cli.ts";
import { COMMANDS, specOf } from "./_commands.ts";

const usage = "deno task completions <bash|zsh|fish>";
const { positional: [shell] } = parseTaskArgs({
  usage,
  about: "Prints a shell's completions for the program `portcullis`.",
  positional: { min: 1, max: 1, what: "bash, zsh or fish" },
  more:
    "bash: portcullis completions bash > ~/.local/share/bash-completion/completions/portcullis\n" +
    "zsh:  portcullis completions zsh > a folder of $fpath, as _portcullis\n" +
    "fish: portcullis completions fish > ~/.config/fish/completions/portcullis.fish",
});

/** A command, its description, and its options. */
interface Row {
  name: string;
  about: string;
  options: [name: string, help: string, takesValue: boolean][];
}

const rows: Row[] = [];
for (const command of COMMANDS.filter(({ run }) => run)) {
  const { options = {}, flags = {} } = await specOf(command);
  rows.push({
    name: command.name,
    about: command.about,
    options: [
      ...Object.entries(options).map((
        [name, [, help]],
      ): [string, string, boolean] => [name, help, true]),
      ...Object.entries(flags).map((
        [name, help],
      ): [string, string, boolean] => [name, help, false]),
      ["help", "how it is called", false],
      ["version", "which version this is", false],
    ],
  });
}
const program = isProgram() ? "portcullis" : "portcullis";
switch (shell) {
  case "bash":
    console.log(bash());
    break;
  case "zsh":
    console.log(zsh());
    break;
  case "fish":
    console.log(fish());
    break;
  default:
    usageError(
      `Cannot complete for ${
        JSON.stringify(shell)
      }: expected bash, zsh or fish`,
      usage,
    );
}

function bash(): string {
  const cases = rows.map(({ name, options }) =>
    `    ${name}) words="${options.map(([name]) => `--${name}`).join(" ")}" ;;`
  );
  return `_${program}() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" = 1 ]; then
    COMPREPLY=($(compgen -W "${
    rows.map(({ name }) => name).join(" ")
  } --help --version" -- "$word"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join("\n")}
  esac
  if [[ "$word" == -* ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  else
    COMPREPLY=($(compgen -f -- "$word"))
  fi
}
complete -o filenames -F _${program} ${program}`;
}

function zsh(): string {
  const quote = (text: string) => text.replaceAll("'", "'\\''");
  const clean = (text: string) =>
    quote(text).replaceAll(/[[\]]/g, "\\$&").replaceAll(":", "\\:");
  const cases = rows.map(({ name, options }) => {
    const specs = options.map(([option, help, takesValue]) =>
      `'--${option}${takesValue ? "=" : ""}[${clean(help)}]${
        takesValue ? ":value:_files" : ""
      }'`
    );
    return `      ${name}) _arguments ${specs.join(" ")} '*:file:_files' ;;`;
  });
  return `#compdef ${program}
_${program}() {
  local -a commands
  commands=(
${rows.map(({ name, about }) => `    '${name}:${clean(about)}'`).join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
  else
    local name=$words[2]
    shift words
    (( CURRENT-- ))
    case $name in
${cases.join("\n")}
    esac
  fi
}
_${program} "$@"`;
}

function fish(): string {
  const quote = (text: string) =>
    `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = [`complete -c ${program} -f`];
  for (const { name, about, options } of rows) {
    lines.push(
      `complete -c ${program} -n __fish_use_subcommand -a ${name} -d ${
        quote(about)
      }`,
    );
    for (const [option, help, takesValue] of options) {
      lines.push(
        `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -l ${option} ${
          takesValue ? "-rF " : ""
        }-d ${quote(help)}`,
      );
    }
    lines.push(
      `complete -c ${program} -n '__fish_seen_subcommand_from ${name}' -F`,
    );
  }
  return lines.join("\n");
}
