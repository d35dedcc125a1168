/** What a terminal shows of what is written to it: enough of one for line output, colours, and going up to erase. */

export interface Screen {
  readonly write: (text: string) => void;
  /** Lines keep their rows, as in a terminal that does not wrap anew. */
  readonly resize: (columns: number) => void;
  /** All rows from the beginning, without blanks at their ends. */
  readonly rows: () => readonly string[];
}

const pieces = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[^[]|[\s\S]/gu;

export function make(width: number): Screen {
  let columns = width;
  const rows: string[][] = [[]];
  let row = 0;
  let column = 0;
  const line = (): string[] => {
    while (rows.length <= row) rows.push([]);
    return rows[row] as string[];
  };
  const control = (sequence: string) => {
    const count = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    switch (sequence.at(-1)) {
      case "A":
        row = Math.max(0, row - count);
        break;
      case "J":
        line().length = Math.min(line().length, column);
        rows.length = row + 1;
        break;
      case "K":
        line().length = Math.min(line().length, column);
        break;
      case "G":
        column = count - 1;
        break;
      default:
        break;
    }
  };
  const put = (character: string) => {
    if (column >= columns) {
      row++;
      column = 0;
    }
    const cells = line();
    while (cells.length < column) cells.push(" ");
    cells[column++] = character;
  };
  return {
    write: (text) => {
      for (const [piece] of text.matchAll(pieces)) {
        if (piece.startsWith("\u001b")) control(piece);
        else if (piece === "\r") column = 0;
        else if (piece === "\n") {
          row++;
          line();
        } else if (piece >= " ") put(piece);
      }
    },
    resize: (next) => {
      columns = next;
    },
    rows: () => rows.map((cells) => cells.join("").trimEnd()),
  };
}
