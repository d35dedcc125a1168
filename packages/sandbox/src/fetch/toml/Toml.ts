/**
 * TOML 1.0 as values: what `Cargo.lock` and `Cargo.toml` are written in.
 *
 * Tables are maps, since their order matters where they are written again and JavaScript's objects would sort keys that look like numbers. Integers,
 * floats and dates stay apart for the same reason: what is read as `1.0` must not come out as `1`.
 */

export class Float {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A date, a time or both, in the form of ISO 8601 that Python prints. */
export class Moment {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Table = ReadonlyMap<string, Value>;

export type Value = string | boolean | bigint | Float | Moment | readonly Value[] | Table;

/** A table in the making. */
export type MutableTable = Map<string, Value>;

/** Whether a value is a table. */
export function isTable(value: Value | undefined): value is Table {
  return value instanceof Map;
}

/** Whether a value is an array. */
export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** A text member of a table; undefined when it is absent or something else. */
export function text(table: Table, key: string): string | undefined {
  const value = table.get(key);
  return typeof value === "string" ? value : undefined;
}

/** A table in a table; undefined when it is absent or something else. */
export function table(of: Table, key: string): Table | undefined {
  const value = of.get(key);
  return isTable(value) ? value : undefined;
}
