/** A table as text: a title, a header, rows; columns of numbers stand to the right. */
export function table(
  title: string,
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [header, ...rows].map((row) => row.map((cell) => clean(String(cell))))
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column] ?? ''))))
  const numeric = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, numeric[column] === true))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((one) => '─'.repeat(one)).join('──')
  return [`\n${title}`, `  ${lines[0]}`, `  ${rule}`, ...lines.slice(1).map((line) => `  ${line}`), ''].join('\n')
}

const graphemes = new Intl.Segmenter('de', { granularity: 'grapheme' })

function width(cell: string): number {
  return [...graphemes.segment(cell)].length
}

function pad(cell: string, to: number, right: boolean): string {
  const blanks = ' '.repeat(to - width(cell))
  return right ? blanks + cell : cell + blanks
}

/** What comes out of a file is printed, never obeyed: control characters could move the cursor. */
function clean(cell: string): string {
  return cell.replaceAll(/\p{Cc}/gu, '·')
}
