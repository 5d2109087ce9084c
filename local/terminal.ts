// Colours, where somebody looks at them: never in a file or a pipe (https://no-color.org).
const isColoured = process.stdout.isTTY === true && !process.env['NO_COLOR'];

const style = (code: number) => (text: string) => (isColoured ? `\u001B[${code}m${text}\u001B[0m` : text);

export const bold = style(1);
export const dim = style(2);
export const red = style(31);
export const green = style(32);

export function print(line = ''): void {
  clearProgress();
  process.stdout.write(`${line}\n`);
}

let progressShown = false;

/** One line that the next one replaces; nothing at all when nobody watches. */
export function showProgress(text: string): void {
  if (!isColoured) return;
  clearProgress();
  process.stdout.write(dim(text));
  progressShown = true;
}

function clearProgress(): void {
  if (progressShown) process.stdout.write('\r\u001B[2K');
  progressShown = false;
}
