/**
 * What a command line may hold, as data: commands, their options and their arguments.
 *
 * The parser, the help pages and shell completion are three readers of one table (`table/`), so that they cannot disagree. Order matters
 * twice: an option's first name is the one that error messages lead with, and commands are listed by name.
 */

/** Who may use a remote that is named on the command line: both ways, or only one of them. */
export type RemotePurpose = "all" | "pull" | "push";

/** What a single value may be, checked while parsing. */
export type ValueType =
  | { readonly type: "text" }
  | { readonly type: "integer" }
  | { readonly type: "choice"; readonly choices: readonly string[] }
  /** A path on this machine; `accepts` says what it may name when something is there. */
  | {
      readonly type: "path";
      readonly accepts: "file" | "directory" | "any";
      readonly exists: boolean;
      readonly writable: boolean;
    }
  /** A file that will be written. */
  | { readonly type: "output" }
  | { readonly type: "remote"; readonly purpose: RemotePurpose };

/** An option. `flags` take no value; with `negative` names a flag can be switched off too. */
export interface Option {
  /** The name under which the parsed value is found. */
  readonly name: string;
  readonly flags: readonly string[];
  readonly negative: readonly string[];
  /** Types of the values it takes, one each; empty for a flag. */
  readonly values: readonly ValueType[];
  readonly multiple: boolean;
  readonly metavar: string | undefined;
  /** Used when the option is not given; undefined leaves the choice to the user configuration. */
  readonly default: string | undefined;
  readonly help: string;
  /** Accepted, but neither listed in help nor offered by completion. */
  readonly hidden: boolean;
  /** Not one of BuildStream's: listed in help, but not offered by completion. */
  readonly extension: boolean;
  /** `help` and `version` answer at once, before anything else is looked at. */
  readonly answers: "help" | "version" | undefined;
}

/** A positional argument; one with `many` takes all that is left. */
export interface Argument {
  readonly name: string;
  readonly metavar: string;
  readonly value: ValueType;
  readonly many: boolean;
  readonly required: boolean;
  /** What shell completion offers. */
  readonly completes: "elements" | "artifacts" | "commands" | "type";
}

export interface Command {
  readonly name: string;
  /** One line, in the list of commands. */
  readonly summary: string;
  /** Paragraphs of the help page; a paragraph that begins with a line break is kept as it is. */
  readonly description: readonly string[];
  readonly options: readonly Option[];
  readonly arguments: readonly Argument[];
  /** Sub-commands by name; empty for a command that does something itself. */
  readonly commands: readonly Command[];
  /** BuildStream does not have it: completion offers it only where what is written is the beginning of none of its commands, so that all else is the same. */
  readonly extension?: boolean;
}

const text: ValueType = { type: "text" };

interface OptionDetails {
  readonly negative?: readonly string[];
  readonly multiple?: boolean;
  readonly metavar?: string;
  readonly default?: string;
  readonly hidden?: boolean;
  readonly extension?: boolean;
  readonly answers?: "help" | "version";
}

function details(given: OptionDetails) {
  return {
    negative: given.negative ?? [],
    multiple: given.multiple ?? false,
    metavar: given.metavar,
    default: given.default,
    hidden: given.hidden ?? false,
    extension: given.extension ?? false,
    answers: given.answers,
  };
}

/** An option that takes one value or, with several types, that many values. */
export function option(
  name: string,
  flags: readonly string[],
  value: ValueType | readonly ValueType[],
  help: string,
  given: OptionDetails = {},
): Option {
  return { name, flags, values: Array.isArray(value) ? value : [value as ValueType], help, ...details(given) };
}

/** An option without a value. */
export function flag(name: string, flags: readonly string[], help: string, given: OptionDetails = {}): Option {
  return { name, flags, values: [], help, ...details(given) };
}

/** An argument; its completion follows from its meaning. */
export function argument(
  name: string,
  completes: Argument["completes"],
  given: {
    readonly metavar?: string;
    readonly value?: ValueType;
    readonly many?: boolean;
    readonly required?: boolean;
  },
): Argument {
  return {
    name,
    metavar: given.metavar ?? name.toUpperCase(),
    value: given.value ?? text,
    many: given.many ?? false,
    required: given.required ?? false,
    completes,
  };
}

/** The help option, which every command but `help` has. */
export const helpOption: Option = flag("help", ["-h", "--help"], "Show this message and exit.", { answers: "help" });

/** A sub-command by name. */
export function find(command: Command, name: string): Command | undefined {
  return command.commands.find((candidate) => candidate.name === name);
}
