/**
 * The `when:` escape hatch: a condition in CEL over what is known of a machine. The library stays behind this file.
 * A fact that is not known is *not given*, so a condition that depends on it cannot be judged; CEL's own `&&` and `||`
 * still decide where the other side settles it. A missing tag cannot be judged either (`has(tags.x)` asks for it).
 */
import { Environment, EvaluationError, ParseError, type ASTNode } from '@marcbachmann/cel-js';

/** Every variable a condition may use, with its CEL type. Strings are given in lower case. */
export const conditionVariables = {
  name: 'string',
  resourceGroup: 'string',
  subscription: 'string',
  location: 'string',
  environment: 'string',
  criticality: 'string',
  role: 'string',
  application: 'string',
  disasterRecovery: 'bool',
  tags: 'map<string, string>',
  os: 'string',
  power: 'string',
  generalized: 'bool',
  size: 'string',
  architecture: 'string',
  securityType: 'string',
  striping: 'string',
  dataDisks: 'int',
  spot: 'bool',
  scaleSetMember: 'bool',
} as const;

export type ConditionVariable = keyof typeof conditionVariables;
export type ConditionValue = string | boolean | number | Readonly<Record<string, string>>;
/** A variable left out is a fact that is not known. */
export type ConditionFacts = Readonly<Partial<Record<ConditionVariable, ConditionValue>>>;

export type Judgement =
  | { readonly kind: 'true' }
  | { readonly kind: 'false' }
  /** `needs`: the variables it names that were not given. */
  | { readonly kind: 'not-judged'; readonly why: string; readonly needs: readonly ConditionVariable[] };

export interface Condition {
  readonly text: string;
  /** Text it compares with that can never be equal: it has upper-case letters. */
  readonly upperCase: readonly string[];
  judge(facts: ConditionFacts): Judgement;
}

export type Compiled =
  | { readonly ok: true; readonly condition: Condition }
  /** `offset`: characters into the text. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

const environment = Object.entries(conditionVariables).reduce(
  (env, [name, type]) => env.registerVariable(name, type),
  new Environment(),
);

/** Parses and type-checks; a condition that is not a yes-or-no question is refused. */
export const compileCondition = (text: string): Compiled => {
  try {
    const program = environment.parse(text);
    const checked = program.check();
    if (!checked.valid) {
      return {
        ok: false,
        message: checked.error?.summary ?? 'does not type-check',
        offset: checked.error?.range?.start ?? 0,
      };
    }
    if (checked.type !== 'bool') {
      return { ok: false, message: `answers with ${checked.type ?? 'nothing'}, not with true or false`, offset: 0 };
    }
    const refused = patternIn(program.ast);
    if (refused !== undefined) return { ok: false, message: noPatterns, offset: refused };
    const named = new Set<string>();
    const upperCase: string[] = [];
    visit(program.ast, (node) => {
      if (node.op === 'id') named.add(node.args);
      if (node.op === 'value' && typeof node.args === 'string' && node.args !== node.args.toLowerCase())
        upperCase.push(node.args);
    });
    return { ok: true, condition: { text, upperCase, judge: (facts) => judge(program, named, facts) } };
  } catch (error) {
    if (error instanceof ParseError) return { ok: false, message: error.summary, offset: error.range?.start ?? 0 };
    return { ok: false, message: error instanceof Error ? error.message : String(error), offset: 0 };
  }
};

/** A pattern against a tag can take longer than anyone waits, and nothing can interrupt it. */
const noPatterns = 'matches() is not offered: compare with ==, in, startsWith(), endsWith() or contains()';

/** Where the condition first asks for a regular expression, in characters. */
const patternIn = (ast: ASTNode): number | undefined => {
  const found: number[] = [];
  visit(ast, ({ op, args, range }) => {
    if ((op === 'rcall' || op === 'call') && args[0] === 'matches') found.push(range?.start ?? 0);
  });
  return found.length === 0 ? undefined : Math.min(...found);
};

const judge = (
  program: (context: Record<string, unknown>) => unknown,
  named: Set<string>,
  facts: ConditionFacts,
): Judgement => {
  const needs = (Object.keys(conditionVariables) as ConditionVariable[]).filter(
    (name) => named.has(name) && facts[name] === undefined,
  );
  const context = Object.fromEntries(
    Object.entries(facts)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, typeof value === 'number' ? BigInt(value) : value]),
  );
  try {
    const answer = program(context);
    if (typeof answer === 'boolean') return { kind: answer ? 'true' : 'false' };
    return { kind: 'not-judged', why: 'the condition gave neither true nor false', needs };
  } catch (error) {
    // Whatever goes wrong inside a condition (a missing key, a bad regular expression) is a judgement not made.
    const why = error instanceof EvaluationError ? error.summary : String(error);
    return { kind: 'not-judged', why, needs };
  }
};

const visit = (value: unknown, see: (node: ASTNode) => void): void => {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
  } else if (isNode(value)) {
    see(value);
    visit(value.args, see);
  }
};

const isNode = (value: unknown): value is ASTNode =>
  typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
