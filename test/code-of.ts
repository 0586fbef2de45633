/** TypeScript source without its words: comments and the contents of strings and regular expressions are blanked. */

type State = 'code' | 'template' | "'" | '"' | 'line' | 'block' | 'regex' | 'class';

/** After these a slash begins a regular expression; after anything else it divides. */
const beforeRegex = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|await|yield))\s*$/;

/** As long as `text`, with every line break in its place; quotes stay, and so does the code within `${…}`. */
export const codeOf = (text: string): string => {
  let out = '';
  let state: State = 'code';
  /** For each template that is open, how many braces of its `${` are. */
  const braces: number[] = [];
  const blank = (char: string): string => (char === '\n' ? '\n' : ' ');
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i]!;
    const two = char + (text[i + 1] ?? '');
    const take = (next: State, width: number, keep: boolean): void => {
      out += keep ? text.slice(i, i + width) : ' '.repeat(width);
      i += width - 1;
      state = next;
    };
    if (state === 'code') {
      if (two === '//') take('line', 2, false);
      else if (two === '/*') take('block', 2, false);
      else if (char === "'" || char === '"') take(char, 1, true);
      else if (char === '`') take('template', 1, true);
      else if (char === '/' && beforeRegex.test(out.slice(-40))) take('regex', 1, true);
      else {
        if (char === '{' && braces.length > 0) braces[braces.length - 1]! += 1;
        if (char === '}' && braces.length > 0 && (braces[braces.length - 1]! -= 1) === 0) {
          braces.pop();
          take('template', 1, true);
        } else out += char;
      }
    } else if (state === 'line' || state === 'block') {
      if (state === 'line' && char === '\n') take('code', 1, true);
      else if (state === 'block' && two === '*/') take('code', 2, false);
      else out += blank(char);
    } else if (char === '\\') {
      out += ` ${blank(text[i + 1] ?? '')}`;
      i += 1;
    } else if (state === 'template') {
      if (char === '`') take('code', 1, true);
      else if (two === '${') {
        braces.push(1);
        take('code', 2, true);
      } else out += blank(char);
    } else if (state === 'regex' || state === 'class') {
      if (state === 'regex' && char === '/') take('code', 1, true);
      else take(char === '[' ? 'class' : char === ']' ? 'regex' : state, 1, false);
    } else if (char === state) take('code', 1, true);
    else out += blank(char);
  }
  return out;
};
