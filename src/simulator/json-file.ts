import { isNode, parseDocument } from 'yaml';
import type { z } from 'zod';
import { placeIn } from './yaml-value.ts';

/** A JSON file by its shape, or what is wrong with it as `name:line:column: …`. */
export function parseJson<Shape extends z.ZodType>(
  text: string,
  name: string,
  shape: Shape,
): { readonly value: z.output<Shape> } | { readonly problems: readonly string[] } {
  const told = (offset: number, message: string): string => {
    const { line, column } = placeIn(text, offset);
    return `${name}:${line}:${column}: ${message}`;
  };
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // JSON is YAML, whose parser says where it stopped; what only JSON forbids (a trailing comma) it lets through.
    const { errors } = parseDocument(text, { prettyErrors: false });
    return { problems: [told(errors[0]?.pos[0] ?? 0, `not JSON: ${error.message.split('\n')[0] ?? ''}`)] };
  }
  const parsed = shape.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const document = parseDocument(text, { prettyErrors: false });
  const offsetOf = (path: readonly PropertyKey[]): number => {
    for (let depth = path.length; depth > 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true);
      if (isNode(node) && node.range) return node.range[0];
    }
    return 0;
  };
  return {
    problems: parsed.error.issues.map(({ path, message }) =>
      told(offsetOf(path), path.length === 0 ? message : `${path.join('.')}: ${message}`),
    ),
  };
}
