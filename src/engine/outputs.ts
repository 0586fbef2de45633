/** Fills `${step-id.output}` in a step's strings with what earlier steps gave. */
import type { Step } from '../core/plan.ts';
import { filledParts, outputReference } from '../core/step-outputs.ts';

export type Outputs = ReadonlyMap<string, Readonly<Record<string, string>>>;

export type Filled =
  { readonly kind: 'step'; readonly step: Step } | { readonly kind: 'missing'; readonly reference: string };

export const fillOutputs = (step: Step, outputs: Outputs): Filled => {
  let missing: string | undefined;
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string') {
      return value.replace(outputReference, (whole, id: string, name: string) => {
        const found = outputs.get(id)?.[name];
        if (found === undefined) missing ??= whole;
        return found ?? whole;
      });
    }
    if (Array.isArray(value)) return value.map(fill);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fill(inner)]));
  };
  const filled = fill(filledParts(step)) as ReturnType<typeof filledParts>;
  return missing === undefined
    ? { kind: 'step', step: { ...step, ...filled } as Step }
    : { kind: 'missing', reference: missing };
};
